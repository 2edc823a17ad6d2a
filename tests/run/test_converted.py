"""Models of today's converters: what runs has the wheel's bits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from microinfer.errors import UnsupportedError

from support.golden_plan import drawn_values
from support.oracle import Interpreter, tflm


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="whole networks want compiled kernels")
def test_no_converted_model_has_other_bits(shared: Path) -> None:
    files = sorted((shared / "models/converted").glob("*.tflite"))
    ran, other = 0, []
    for path in files:
        data = path.read_bytes()
        generator = np.random.default_rng(1)
        try:
            interpreter = Interpreter(data, library="tflm-reference")
        except UnsupportedError:
            continue
        if interpreter.overlaps:  # what lay in the arena before shows through
            continue
        details = interpreter.get_input_details()
        inputs = [drawn_values(generator, tuple(d["shape"]), np.dtype(d["dtype"])) for d in details]
        for detail, value in zip(details, inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        outputs = interpreter.get_output_details()
        wanted = tflm(data, inputs, outputs=len(outputs))
        found = [interpreter.get_tensor(detail["index"]) for detail in outputs]
        ran += 1
        other += [
            path.name
            for mine, theirs in zip(found, wanted, strict=True)
            if mine.tobytes() != theirs.tobytes()
        ]
    assert not other
    assert ran > 0.9 * len(files)
