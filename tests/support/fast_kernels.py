"""A model of one layer, run by the kernels that the processor has, by the portable ones, and by TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor

from .oracle import Interpreter, tflm


def _as_bytes(values: Any) -> Any:
    """Of real numbers, too, -0 is another than +0."""
    return np.ascontiguousarray(values).view(np.uint8)


def assert_same_bits(builder: ModelBuilder, value: Any, module: str, compare: bool = True) -> str:
    """Fast and portable kernels agree with each other, and with TFLM; returns the fast kernel's name."""
    model = builder.build()
    found, names = [], []
    for switch in ("on", "off"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(_processor.SWITCH, switch)
            interpreter = Interpreter(model)
        names.append(interpreter._runs[0].kernel.name)  # type: ignore[attr-defined]
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
        interpreter.invoke()
        found.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    assert names[0].startswith(module)
    assert "dot_" not in names[1]
    assert "_tiles" not in names[1]
    assert_array_equal(_as_bytes(found[0]), _as_bytes(found[1]))
    if compare:
        assert_array_equal(_as_bytes(found[0]), _as_bytes(tflm(model, [value])[0]))
    return names[0]
