"""Samples that are sequences of steps, of a model that keeps state: run in order, answered by the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..operators.spec import Array
from ..run.interpreter import Interpreter
from ..run.samples import sample_shape
from .conforming import Fitter

__all__ = ["run_sequences", "steps_of"]


def steps_of(stored: Sequence[Array], fitters: Sequence[Fitter]) -> int | None:
    """How many steps each sample has, where samples are sequences; None where they are not.

    Raises:
        InputError: some inputs have sequences and others not, of other lengths, or of no step.
    """
    found = {
        array.shape[1] if array.ndim > 1 + len(sample_shape(fit.tensor)) else None
        for array, fit in zip(stored, fitters, strict=True)
    }
    if len(found) != 1 or 0 in found:
        raise InputError("the inputs' samples are sequences of unequal numbers of steps, or of none")
    return found.pop()


def run_sequences(interpreter: Interpreter, stored: Sequence[Array]) -> Any:
    """The outputs of the last step of each sample, as `run_batch` gives them.

    Every sample begins as after the start of the device.
    """
    last: list[list[Array]] = []
    for position in range(len(stored[0])):
        sample = [array[position] for array in stored]
        found = interpreter.run_batch(sample[0] if len(sample) == 1 else sample, keep_state=True)
        last.append([array[-1] for array in (found if isinstance(found, list) else [found])])
    columns = [np.stack(column) for column in zip(*last, strict=True)]
    return columns if len(columns) > 1 else columns[0]
