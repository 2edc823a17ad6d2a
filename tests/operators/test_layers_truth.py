"""Layers of int16 data and of real numbers, drawn from numbers: bits and arena bytes as TFLM had them.

The models are drawn anew; what came of them on a Cortex-M4F, under both libraries, is in tests/truth.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
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


def output(model: bytes, **settings: Any) -> Any:
    interpreter = Interpreter(model, **settings)
    for index, detail in enumerate(interpreter.get_input_details()):
        interpreter.set_tensor(detail["index"], pattern(tuple(detail["shape"]), detail["dtype"], index))
    interpreter.invoke()
    return np.array(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def crc(model: bytes, **settings: Any) -> str:
    return f"{crc32(output(model, **settings).tobytes()):08x}"


@pytest.mark.parametrize("kind", KINDS)
def test_arena(kind: str) -> None:
    for row in rows(kind):
        model = load(drawn(kind, row["seed"]))
        steps = prepare(model)
        for key, library in LIBRARIES.items():
            found = plan_memory(model, steps, library).arena_used_bytes
            assert found == row[f"arena_{key}"], (row, library, steps[0].geometry)


@pytest.mark.parametrize("core", ["", "_m0plus"])
@pytest.mark.parametrize("kind", WHOLE)
def test_bits(kind: str, core: str) -> None:
    """CMSIS-NN's are the reference's, or what it does otherwise is told."""
    target, others = load_core("cortex-m0plus" if core else "cortex-m4"), 0
    for row in rows(kind):
        model = drawn(kind, row["seed"])
        assert crc(model) == row[f"crc_reference{core}"], row
        if row[f"crc_cmsis_nn{core}"] != row["crc_reference"]:
            (step,) = prepare(load(model))
            kernel = kernel_library("tflm-cmsis-nn").kernels[step.name]
            assert list(kernel.faults(step, step.geometry, target)), (row, step.geometry)
            others += 1
    assert others > 20 or kind != "int16"


@pytest.mark.parametrize("kind", ["float32", "float32 product", "float32 SVDF"])
def test_contracted_bits(kind: str) -> None:
    """gcc adds products on a Cortex-M4F without rounding them before. On a host, and on a core without an
    FPU, they are rounded, and many outputs are others."""
    others = 0
    for row in rows(kind):
        model = drawn(kind, row["seed"])
        assert crc(model, profile="cortex-m4") == row["crc_reference"] == row["crc_cmsis_nn"], row
        host = crc(model)
        assert host == row["crc_reference_m0plus"] == row["crc_cmsis_nn_m0plus"], row
        assert host == crc(model, profile="cortex-m0plus") == crc(model, profile="cortex-m4", contracts=False)
        others += host != row["crc_reference"]
    assert others > 15


def test_exponentials_differ_in_last_bits() -> None:
    """newlib's exponentials and tangents are others than this computer's: an LSTM's outputs lie two units of
    the last place of 1 apart."""
    exact = 0
    for row in rows("float32 LSTM"):
        found = output(drawn("float32 LSTM", row["seed"]), profile="cortex-m4").reshape(-1)
        measured = np.frombuffer(base64.b64decode(TRUTH["lstm_outputs"][str(row["seed"])]), np.float32)
        assert np.abs(found - measured).max() <= 2.0**-23, row
        exact += bool((found == measured).all())
    assert exact > 3
