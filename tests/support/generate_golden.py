"""Writes the golden files from the declared plan, with what TFLM computes; needs tflite-micro.

    python tests/support/generate_golden.py [--output FOLDER] [OPERATOR ...]

The same plan and the same oracle give the same files. Without names those of all operators are written.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from microinfer.operators.registry import row_names

from support import golden_file
from support.golden_plan import SEED, kinds, model_and_inputs
from support.oracle import Interpreter, tflm

__all__ = ["cases", "oracle_version"]


def oracle_version() -> dict[str, str]:
    """Package, version and commit; the package names the last two as VERSION-gCOMMIT."""
    from tflite_micro.python.tflite_micro._version import __version__

    version, _, commit = __version__.rpartition("-g")
    return {"package": "tflite-micro", "version": version, "commit": commit}


def cases(operator: str) -> list[dict[str, Any]]:
    """An operator's models with inputs and TFLM's outputs. Raises RuntimeError where TFLM refuses one."""
    made = []
    for number in range(len(kinds(operator))):
        model, inputs = model_and_inputs(operator, number)
        count = len(Interpreter(model).get_output_details())
        made.append(golden_file.encode_case(model, inputs, tflm(model, inputs, outputs=count)))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("operators", nargs="*", metavar="OPERATOR")
    parser.add_argument("--output", type=Path, default=golden_file.FOLDER, help="default: %(default)s")
    given = parser.parse_args(arguments)
    oracle = oracle_version()
    found = {operator: cases(operator) for operator in given.operators or sorted(row_names())}
    size = sum(
        golden_file.write(operator, {"oracle": oracle, "seed": SEED, "cases": made}, given.output)
        for operator, made in found.items()
    )
    models = sum(map(len, found.values()))
    said = f"{oracle['package']} {oracle['version']}, commit {oracle['commit']}"
    print(f"{given.output}: {len(found)} operators, {models} models, {size} bytes, by {said}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
