"""How often loops turn that several of the kernels in C share."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from ..short_factors import short_record

if TYPE_CHECKING:
    from ..kernel import Counts


def dot(outputs: int, taps: int) -> Counts:
    """Four products at a time, then what is left one by one."""
    return {
        "outputs": outputs,
        "outputs_with_quads": outputs * (taps >= 4),
        "quads": outputs * (taps // 4),
        "outputs_with_singles": outputs * (taps % 4 > 0),
        "singles": outputs * (taps % 4),
    }


def odometer(sizes: Sequence[int], times: int = 1, prefix: str = "") -> Counts:
    """Nested loops with an index each, gone round as often as `times`.

    The innermost index is stepped each turn and carries into the others; compilers make code of its own for
    it. Without a loop there is one turn and no step.
    """
    turns = [times * prod(sizes[:axis]) for axis in range(len(sizes) + 1)]
    found = {
        "turns": turns[-1],
        "steps": turns[-1] if sizes else 0,
        "carries": turns[-2] if sizes else 0,
        "outer_steps": sum(turns[1:-1]),
        "outer_carries": sum(turns[:-2]),
    }
    return {prefix + event: count for event, count in found.items()}


def product(shift: int) -> Counts:
    """`mi_multiply`: shifts on AVR are loops, of bits to the left, of bytes and then bits to the right."""
    right = max(0, -shift - 1)
    return {
        "bits_left": max(0, shift),
        "roundings": int(shift <= 0),
        "right_shifts": int(shift < 0),
        "bytes_right": right // 8,
        "bits_right": right % 8,
    }


def rescaled(shift: int, outputs: int) -> Counts:
    """`requantise`: outputs of the short form, or of the long one."""
    if short_record(shift):
        return {"outputs": outputs}
    return {"long_outputs": outputs, **{event: outputs * n for event, n in product(shift).items()}}
