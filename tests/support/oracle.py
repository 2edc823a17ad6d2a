"""The outside oracle: TensorFlow Lite Micro's own Python runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import microinfer

ARENA_BYTES = 4 << 20
WHEEL = "2026-10"
"""The release of TFLM that the package is built from: it computes factors of scales finer than the one whose
bits the truth files hold."""


class Interpreter(microinfer.Interpreter):
    """Emulates the oracle's release of TFLM, unless another is named."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **{"release": WHEEL, **named})


def tflm(model: bytes, inputs: Sequence[NDArray[Any]], *, outputs: int = 1) -> list[NDArray[Any]]:
    """What TFLM computes for these inputs. Raises RuntimeError where it refuses the model."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    for index, value in enumerate(inputs):
        interpreter.set_input(value, index)
    interpreter.invoke()
    return [np.array(interpreter.get_output(index)) for index in range(outputs)]
