"""Agreement with TFLM to the bit, of real numbers too."""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer.builder import ModelBuilder

from support.oracle import Interpreter, tflm

__all__ = ["same_bits"]


def same_bits(builder: ModelBuilder, *inputs: Any) -> None:
    """The model's first output has TFLM's bits, shape and type."""
    model = builder.build()
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    (wanted,) = tflm(model, inputs)
    assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
    if found.dtype.kind == "f":  # a NaN's sign hangs on the compiler, in TFLM as here
        both = np.isnan(found) & np.isnan(wanted)
        found, wanted = (np.where(both, np.float32(np.nan), values) for values in (found, wanted))
    assert found.tobytes() == wanted.tobytes()
