"""Bits over several invocations, since state goes from one to the next."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from microinfer.builder import ModelBuilder

from support.oracle import ARENA_BYTES, Interpreter

__all__ = ["INVOCATIONS", "WITHOUT_COMPILER", "assert_agrees_in_time"]

WITHOUT_COMPILER = bool(os.environ.get("NUMBA_DISABLE_JIT"))
"""Compiled kernels call the C library's float32 functions; Python's own are those of float64, rounded."""
INVOCATIONS = 3


def assert_agrees_in_time(builder: ModelBuilder, inputs: list[NDArray[Any]]) -> None:
    """Invocation by invocation, the output has TFLM's bits; after a reset, the first one again."""
    from tflite_micro.python.tflite_micro import runtime

    model = builder.build()
    oracle = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    interpreter = Interpreter(model)
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def ours(x: NDArray[Any]) -> NDArray[Any]:
        interpreter.set_tensor(source["index"], x)
        interpreter.invoke()
        return np.array(interpreter.get_tensor(target["index"]))

    for x in inputs:
        oracle.set_input(x, 0)
        oracle.invoke()
        assert_array_equal(ours(x), oracle.get_output(0))
    interpreter.reset()
    oracle.reset()
    oracle.set_input(inputs[0], 0)
    oracle.invoke()
    assert_array_equal(ours(inputs[0]), oracle.get_output(0))
