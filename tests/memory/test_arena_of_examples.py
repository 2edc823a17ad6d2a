"""The arena of every operator in every type that it has, to the byte as TFLM used it on a Cortex-M4F.

The signal library, moved and compared elements, variables and control flow among them.
"""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.registry import row_names

TRUTH: dict[str, Any] = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "truth" / "cortex_m4_examples.json.gz").read_bytes())
)
ROWS = [dict(zip(TRUTH["columns"], row, strict=True)) for row in TRUTH["rows"]]
OPERATORS = sorted({row["operator"] for row in ROWS})


@pytest.mark.parametrize("operator", OPERATORS)
def test_arena_used(operator: str) -> None:
    for row in ROWS:
        if row["operator"] == operator:
            model = load(base64.b64decode(row["model"]))
            steps = prepare(model)
            for key, library in (("reference", "tflm-reference"), ("cmsis_nn", "tflm-cmsis-nn")):
                assert plan_memory(model, steps, library).arena_used_bytes == row[f"arena_{key}"], row[
                    "dtype"
                ]


def test_nearly_all_operators_were_measured() -> None:
    assert len(ROWS) > 1300
    assert set(OPERATORS) <= row_names()
    assert len(OPERATORS) > 110
