"""The error tree.

    MicroinferError
    ├── ModelError              the file or the graph in it
    │   ├── FormatError         bytes that are no well-formed .tflite
    │   └── UnsupportedError    well-formed, but no kernel runs it (TFLM would refuse it too)
    ├── InputError              what the caller handed in: arrays, indices, file names
    ├── ArenaError              the tensor arena is too small
    └── ProfileError            a profile or cost table that cannot be used

A message names the place in the user's object, then what was found, then what was wanted,
then what to do.
"""

from __future__ import annotations

__all__ = [
    "ArenaError",
    "FormatError",
    "InputError",
    "MicroinferError",
    "ModelError",
    "ProfileError",
    "UnsupportedError",
]


class MicroinferError(Exception):
    """Base of every error that microinfer raises on purpose."""


class ModelError(MicroinferError):
    """The model cannot be used. `place` names where in the model, e.g. ``subgraphs[0].operators[3]``."""

    def __init__(self, message: str, place: str = "") -> None:
        self.place = place
        super().__init__(f"{place}: {message}" if place else message)


class FormatError(ModelError):
    """The bytes are not a well-formed TensorFlow Lite flatbuffer."""


class UnsupportedError(ModelError):
    """The model is well formed, but an operator, type or option in it has no kernel."""


class InputError(MicroinferError, ValueError):
    """An argument of the caller: wrong shape, wrong type, no such tensor, no such file."""


class ArenaError(MicroinferError):
    """The tensor arena is too small.

    Attributes:
        requested: bytes that the plan needs.
        available: bytes that the arena has.
        missing: the difference, as TFLM prints it.
    """

    def __init__(self, message: str, *, requested: int, available: int, missing: int) -> None:
        self.requested = requested
        self.available = available
        self.missing = missing
        super().__init__(message)


class ProfileError(MicroinferError):
    """A profile or a cost table is missing, malformed or contradicts itself."""
