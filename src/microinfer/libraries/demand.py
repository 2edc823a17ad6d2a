"""What one operator asks of the firmware's memory."""

from __future__ import annotations

from ..words.dataclass import dataclass

__all__ = ["Demand"]


@dataclass(frozen=True, slots=True)
class Demand:
    """Bytes that an operator asks for, in the order in which it asks.

    `scratch_bytes` lie in the head during its own scope; `init_bytes` and `prepare_bytes` in the tail for
    good, as `builtin_data`, (size, alignment). `temporaries` is what its Prepare does between head and
    tail, step by step: "i1" takes a temporary tensor for input 1, "o0" for output 0, "i*" for each input
    in turn, "+" makes the next request of `prepare_bytes`, and "=" says that what follows reads all of the
    last tensor, its zero points, too.
    """

    variant: str
    scratch_bytes: tuple[int, ...] = ()
    init_bytes: tuple[int, ...] = ()
    prepare_bytes: tuple[int, ...] = ()
    builtin_data: tuple[int, int] | None = None
    temporaries: str = ""
