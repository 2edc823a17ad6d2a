"""The JSON Schema of every kind that a command prints, made of the types of what is printed.

python -m microinfer.cli.schemas docs/schemas      writes them anew
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ..difference import Difference
from ..injection import FaultReport
from ..learning import LearningReport, TrainingMemory
from ..reports.run_report import RunReport
from ..searches import SearchReport
from ..sweeps import SweepReport
from ..words.json_schema import json_schema
from . import forms, forms_of_checks, forms_of_plans, forms_of_tables

__all__ = ["FORMS", "schemas"]

FORMS: dict[str, Any] = {
    "battery": forms_of_tables.Battery,
    "bench": forms_of_tables.Bench,
    "calibrate": forms_of_tables.Calibrate,
    "change": forms.Change,
    "check": forms_of_checks.Check,
    "compare": forms.CompareParts,
    "compare-log": forms.CompareLog,
    "compare-models": forms.CompareModels,
    "compare-total": forms.CompareTotal,
    "diff": Difference | forms.DeviceDump,
    "export": forms.Export,
    "faults": FaultReport,
    "learning": LearningReport,
    "ops": forms_of_tables.Ops,
    "plan": forms_of_plans.Plan,
    "plan-shared": forms_of_plans.PlanShared,
    "profile": forms_of_tables.ShownProfile,
    "profiles": forms_of_tables.Profiles,
    "report": forms.Report,
    "report-models": forms.ReportModels,
    "rules": forms_of_checks.Rules,
    "run": RunReport,
    "search": SearchReport,
    "sweep": SweepReport,
    "tensors": forms.Tensors,
    "trace": forms.Trace,
    "training-memory": TrainingMemory,
    "validate": forms.Validate,
    "warmup": forms_of_tables.Warmup,
    "zoo": forms_of_tables.Zoo,
    "zoo-export": forms_of_tables.ZooExport,
}
"""Kind to the type of its content, but for the key "schema"."""

NOT_FINITE = ("diff", "validate")
"""Kinds whose figures may be infinite or undefined, which JSON has as null."""


def schemas() -> dict[str, dict[str, Any]]:
    """Kind to its JSON Schema."""
    return {
        kind: json_schema(f"microinfer.{kind}/1", form, finite=kind not in NOT_FINITE)
        for kind, form in FORMS.items()
    }


def main(folder: str) -> None:
    """Write a file a kind."""
    for kind, schema in schemas().items():
        Path(folder, f"{kind}.json").write_text(json.dumps(schema, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
