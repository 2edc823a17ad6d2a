"""Every operator's bits on the nine real networks, held against what TFLM computed on Cortex-M4."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

import microinfer
from microinfer.run.patterns import pattern

from conftest import shared_folder

LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")


def truth() -> dict[str, Any]:
    folder = shared_folder()
    if folder is None:
        return {}
    read: dict[str, Any] = json.loads((folder / "truth/outputs.json").read_text())["models"]
    return read


TRUTH = truth()


@pytest.mark.skipif(not TRUTH, reason="the truth files are not here; MICROINFER_SHARED names their folder")
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", sorted(TRUTH))
def test_every_operator_has_the_devices_bits(name: str, library: str, number: int, shared: Path) -> None:
    truth = TRUTH[name]
    interpreter = microinfer.Interpreter(
        shared / f"models/{name}.tflite", profile="cortex-m4", library=library
    )
    for expected, detail in zip(
        [entry for entry in truth["inputs"] if entry["pattern"] == number],
        interpreter.get_input_details(),
        strict=True,
    ):
        value = pattern(number, tuple(detail["shape"]), np.dtype(detail["dtype"]).name)
        assert f"{crc32(value.tobytes()):08x}" == expected["crc32"]
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke(record=True)
    assert interpreter.recorded_crc32 is not None
    recorded = [[f"{crc:08x}" for crc in outputs] for outputs in interpreter.recorded_crc32]
    expected = [[out["crc32"] for out in entry["out"]] for entry in truth[f"op_crcs_pattern{number}"]]
    assert recorded == expected
    for entry, detail in zip(
        [entry for entry in truth["outputs"] if entry["pattern"] == number],
        interpreter.get_output_details(),
        strict=True,
    ):
        assert interpreter.get_tensor(detail["index"]).tobytes().hex() == entry["hex"]


@pytest.mark.skipif(not TRUTH, reason="the truth files are not here; MICROINFER_SHARED names their folder")
@pytest.mark.parametrize("name", sorted(TRUTH))
def test_the_arena_changes_nothing(name: str, shared: Path) -> None:
    """Running in the planned arena gives the bits of running with an array a tensor."""
    results = []
    for preserve in (False, True):
        interpreter = microinfer.Interpreter(shared / f"models/{name}.tflite", preserve_all_tensors=preserve)
        for detail in interpreter.get_input_details():
            value = pattern(1, tuple(detail["shape"]), np.dtype(detail["dtype"]).name)
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke(record=True)
        results.append(interpreter.recorded_crc32)
    assert results[0] == results[1]
