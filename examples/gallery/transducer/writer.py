"""Writes down what is heard, one frame after another: the loop round encoder, predictor and joint network.

A device's loop is the same: a frame to the encoder; then the joint network says a label, which is written
down and read by the predictor, and is asked again, or it says that nothing more is to be written yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

import microinfer

__all__ = ["JOINT", "MOST", "PREDICTOR", "Frame", "Writer", "written"]

PREDICTOR, JOINT = "transducer_predictor", "transducer_joint"
MOST = 3
"""Labels that a frame writes, at most."""
Frame: TypeAlias = "NDArray[np.int8]"
Heard = TypeVar("Heard")
Reads: TypeAlias = "Callable[[Sequence[int]], Heard]"
Weighs: TypeAlias = "Callable[[Heard, Heard], int]"
Written: TypeAlias = "tuple[list[tuple[int, int]], list[tuple[int, Heard, Heard]]]"


class Writer:
    """Predictor and joint network on a part."""

    def __init__(self, predictor: bytes | Path, joint: bytes | Path, part: str = "cortex-m4") -> None:
        self._predictor, self._joint = (microinfer.Interpreter(one, part) for one in (predictor, joint))
        self._at = [one["index"] for one in self._joint.get_input_details()]
        self._out = self._joint.get_output_details()[0]["index"]
        (self._context,) = (one["shape"][0] for one in self._predictor.get_input_details())
        self._read: dict[tuple[int, ...], Frame] = {}

    def reads(self, labels: Sequence[int]) -> Frame:
        """What the predictor gives for the last labels; kept, for there are not many."""
        key = (*([0] * self._context), *labels)[-self._context :]
        if key not in self._read:
            self._read[key] = self._predictor.run_batch(np.array([key], np.int32))[0]
        return self._read[key]

    def writes(self, frames: Iterable[Frame]) -> Written[Frame]:
        """What the device writes down of a row, as `written` says it."""
        return written(frames, self.reads, self.weighs)

    def untold(self, frames: Frame) -> int:
        """How many labels it would write of a stream if the predictor were told of none."""
        read = np.repeat(self.reads([]).reshape(1, -1), len(frames), 0)
        found = self._joint.run_batch([frames.reshape(len(frames), -1), read])
        return MOST * int((found.reshape(len(frames), -1).argmax(1) > 0).sum())

    def weighs(self, heard: Frame, read: Frame) -> int:
        for place, values in zip(self._at, (heard, read), strict=True):
            self._joint.set_tensor(place, values.reshape(1, -1))
        self._joint.invoke()
        return int(self._joint.get_tensor(self._out).argmax())


def written(frames: Iterable[Heard], reads: Reads[Heard], weighs: Weighs[Heard]) -> Written[Heard]:
    """Of what the encoder makes of a row: frame and label of all that is written, and what was weighed."""
    found: list[tuple[int, int]] = []
    weighed: list[tuple[int, Heard, Heard]] = []
    for number, heard in enumerate(frames):
        for _ in range(MOST):
            read = reads([label for _, label in found])
            label = weighs(heard, read)
            weighed.append((label, heard, read))
            if not label:
                break
            found.append((number, label))
    return found, weighed
