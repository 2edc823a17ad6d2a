"""What every export begins and ends with: a golden input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from ..errors import InputError
from ..run.inputs import patterned
from ..run.interpreter import Interpreter

__all__ = ["set_golden"]


def set_golden(interpreter: Interpreter, inputs: Sequence[NDArray[Any]] | None) -> str:
    """Set every input, to the pattern called 1 where none are given; says where they came from.

    Raises:
        InputError: the inputs do not fit the model.
    """
    indices = interpreter.subgraph.inputs
    if inputs is not None and len(inputs) != len(indices):
        raise InputError(f"got {len(inputs)} golden inputs, the model has {len(indices)}")
    for index, value in zip(indices, patterned(interpreter) if inputs is None else inputs, strict=True):
        interpreter.set_tensor(index, value)
    return "Pattern 1 of microinfer.run.patterns." if inputs is None else "Given by the caller."
