"""Layers of int16 data and of real numbers, drawn from numbers: bits and arena bytes as TFLM had them.

The models are drawn anew; what came of them on a Cortex-M4F, under both libraries, is in tests/truth.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from microinfer import Interpreter
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.drawn_layers import KINDS, drawn, pattern

TRUTH = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "truth" / "cortex_m4_layers.json.gz").read_bytes())
)
LIBRARIES = {"reference": "tflm-reference", "cmsis_nn": "tflm-cmsis-nn"}
WHOLE = [kind for kind in KINDS if kind.startswith("int16")]


def rows(kind: str) -> Iterator[dict[str, Any]]:
    for row in TRUTH["rows"]:
        if row[0] == kind:
            yield dict(zip(TRUTH["columns"], row, strict=True))


def crc(model: bytes) -> str:
    interpreter = Interpreter(model)
    for index, detail in enumerate(interpreter.get_input_details()):
        interpreter.set_tensor(detail["index"], pattern(tuple(detail["shape"]), detail["dtype"], index))
    interpreter.invoke()
    return f"{crc32(interpreter.get_tensor(interpreter.get_output_details()[0]['index']).tobytes()):08x}"


@pytest.mark.parametrize("kind", KINDS)
def test_arena(kind: str) -> None:
    for row in rows(kind):
        model = load(drawn(kind, row["seed"]))
        steps = prepare(model)
        for key, library in LIBRARIES.items():
            found = plan_memory(model, steps, library).arena_used_bytes
            assert found == row[f"arena_{key}"], (row, library, steps[0].geometry)


@pytest.mark.parametrize("kind", WHOLE)
def test_bits(kind: str) -> None:
    """CMSIS-NN's are the reference's, or what it does otherwise is told."""
    others = 0
    for row in rows(kind):
        model = drawn(kind, row["seed"])
        assert crc(model) == row["crc_reference"], row
        if row["crc_cmsis_nn"] != row["crc_reference"]:
            (step,) = prepare(load(model))
            kernel = kernel_library("tflm-cmsis-nn").kernels[step.name]
            assert list(kernel.faults(step, step.geometry, load_core("cortex-m4"))), (row, step.geometry)
            others += 1
    assert others > 20 or kind != "int16"
