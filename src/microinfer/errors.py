"""The error tree.

    MicroinferError
    ├── ModelError              the file or the graph in it
    │   ├── FormatError         bytes that are no well-formed .tflite
    │   └── UnsupportedError    well-formed, but no kernel runs it (TFLM would refuse it too)
    ├── InputError              what the caller handed in: arrays, indices, file names
    ├── ArenaError              the tensor arena is too small
    ├── ConcurrentUseError      two threads in one Interpreter
    └── ProfileError            a profile or cost table that cannot be used

A message names the place in the user's object, then what was found, then what was wanted,
then what to do.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

__all__ = [
    "ArenaError",
    "ConcurrentUseError",
    "FormatError",
    "InputError",
    "MicroinferError",
    "Mismatch",
    "ModelError",
    "ProfileError",
    "Reason",
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


class Reason(Enum):
    """Why a model is refused, for programs. A message is for people, and holds names that a file chose."""

    NO_KERNEL = "no-kernel"
    """The resolver has no such operator."""
    COUNT = "count"
    """Too few or too many inputs or outputs, or one that is needed is left out."""
    TYPE = "type"
    """A tensor's type; `UnsupportedError.mismatch` says which and what."""
    COMPUTED = "computed"
    """A parameter that must be constant is computed while the graph runs."""
    UNQUANTIZED = "unquantized"
    """A tensor needs a scale and a zero point, and has none."""
    MULTIPLIER = "multiplier"
    """Scales combine to a factor that the kernel's integers cannot hold."""
    FIXED_SCALE = "fixed-scale"
    """The kernel writes with a scale or zero point of its own, and the file says another."""
    CHANNEL_SCALES = "channel-scales"
    """One scale a channel where one is taken, or another number of them than channels."""
    OPEN_BATCH = "open-batch"
    """A shape that comes of a batch that was left open at conversion."""
    OUTSIDE_FILE = "outside-file"
    """Data that lies outside the flatbuffer."""
    BEYOND_16_BITS = "beyond-16-bits"
    """A number that one library's kernels cut off to 16 bits, and another's do not."""
    OTHER = "other"
    """Shapes, options and what else a kernel looks at."""


class Mismatch(NamedTuple):
    """A type that was found where another is wanted: "inputs[0]" is `found`, expected one of `wanted`."""

    where: str
    found: str
    wanted: tuple[str, ...]


class UnsupportedError(ModelError):
    """The model is well formed, but an operator, type or option in it has no kernel.

    Attributes:
        reason: what programs decide by.
        mismatch: the type that was found, where that is the reason.
    """

    def __init__(
        self,
        message: str,
        place: str = "",
        reason: Reason = Reason.OTHER,
        *,
        mismatch: Mismatch | None = None,
    ) -> None:
        self.reason = reason
        self.mismatch = mismatch
        super().__init__(message, place)


class TurnLimitError(UnsupportedError):
    """A loop turned more often than it may: with these inputs it does not end."""


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


class ConcurrentUseError(MicroinferError, RuntimeError):
    """Two threads use one Interpreter at once; one of them would have got a wrong answer."""
