"""What an operator keeps for itself from one invocation to the next, outside the tensors.

TFLM's kernels have it in persistent memory of the arena's tail; `Reset()` of the interpreter gives it the
values that it had before the first invocation.
"""

from __future__ import annotations

import numpy as np

from .node import Array, Run

__all__ = ["Remembering", "RunEndedError"]


class Remembering:
    """What runs an operator that remembers: called as any other, with its memory in hand."""

    __slots__ = ("_first", "kept", "members", "run")

    def __init__(self, run: Run, *kept: Array) -> None:
        self.run = run
        self.members = (run,)
        self.kept = kept
        self._first = tuple(array.copy() for array in kept)

    def __call__(self) -> None:
        self.run()

    def reset(self) -> None:
        """As before the first invocation."""
        for array, first in zip(self.kept, self._first, strict=True):
            np.copyto(array, first)


class RunEndedError(Exception):
    """An operator ends the inference, as kTfLiteAbort does: nothing is wrong, and nothing behind it runs.

    place: the operator's, in the model.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(f"{place} ends the run")
