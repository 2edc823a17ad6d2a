"""Elements of several tensors in turn in one, as a pack of cards is riffled, and dealt out again.

Only compiled; the same in numpy is an assignment for each of the tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import Kernel, Run, kernel, switched_off
from .data_movement import copy, in_turn, layers

__all__ = ["PLACES", "at_places", "bind_deal", "bind_riffle", "turned"]

Array = NDArray[Any]
SIZES, PLACES, BYTES = (1, 2, 4, 8), (2, 4, 8, 16), 64


copy_bytes = Native("_entries", "copy_bytes")


@kernel("void(int64[::1])")
def copies(table: Any) -> None:
    """Copies runs of bytes, a row of three numbers each: where to, from where, how many."""
    for i in range(0, len(table), 3):
        copy_bytes(table[i], table[i + 1], table[i + 2])


def _many(name: str, size: int, places: int) -> Kernel:
    units = Native("_riffles", name, (size, places))

    def move(one: Any, table: Any, count: Any) -> None:
        units(one, table, count)

    move.__name__ = f"{name}_{size}_{places}"
    return kernel("void(int64, int64[::1], int64)")(move)


def _turner(size: int, lanes: int) -> Kernel:
    units = Native("_riffles", "turn", (size, lanes))

    def turn(target: Any, source: Any, rows: Any, to_step: Any, step: Any, count: Any) -> None:
        units(target, source, rows, to_step, step, count)

    turn.__name__ = f"turn_{size}_{lanes}"
    return kernel(f"void({', '.join(['int64'] * 6)})")(turn)


_MANY = {
    (name, size, places): _many(name, size, places)
    for name in ("riffle", "deal")
    for size in SIZES
    for places in PLACES
}
_TURNERS = {
    (size, lanes): _turner(size, lanes)
    for size in SIZES
    for lanes in (2, 4, 8, 16, 32, 64)
    if lanes * size <= BYTES
}


def at_places(name: str, one: int, many: Sequence[int], count: int, size: int) -> Run | None:
    """A kernel's call that riffles ("riffle"), or deals, `count` units of `size` bytes at each of `many`
    addresses; None where there is no such kernel, or are too few units."""
    made = _MANY.get((name, size, len(many)))
    if made is None or count * size < BYTES:
        return None
    return made.bind(one, np.array(many, np.int64), count)


def turned(places: tuple[int, int], rows: int, to_step: int, step: int, count: int, size: int) -> Run | None:
    """A kernel's call that turns `rows` rows of `count` units round, whose last units are `step` apart."""
    lanes = next((n for n in (64, 32, 16, 8, 4, 2) if n <= count and n * size <= BYTES), None)
    made = _TURNERS.get((size, lanes)) if lanes else None
    return None if made is None else made.bind(*places, rows, to_step, step, count)


def _address(array: Array) -> int:
    found: int = array.__array_interface__["data"][0]
    return found


def _bound(
    name: str, one: Array, many: Sequence[Array], axis: int, assign: Callable[[Array, Array], Run]
) -> Run:
    sound = one.flags.c_contiguous and all(
        each.flags.c_contiguous and each.dtype == one.dtype for each in many
    )
    if sound and axis == one.ndim - 1 and not switched_off():
        count = one.size // max(1, len(many))
        run = at_places(name, _address(one), [_address(each) for each in many], count, one.itemsize)
        if run is not None:
            run.kept = one, many  # type: ignore[attr-defined]
            return run
    pairs = list(zip(layers(one, axis), many, strict=True))
    if sound and one.size and prod(one.shape[:axis]) == 1 and not switched_off():
        made = copies.bind(_table(name, pairs))
        made.kept = one, many  # type: ignore[attr-defined]
        return made
    return in_turn([assign(layer, each) for layer, each in pairs])


def _table(name: str, pairs: Sequence[tuple[Array, Array]]) -> NDArray[np.int64]:
    """Of layers that are one run each, and what each becomes or is made of: to, from, and how many bytes."""
    rows = [(_address(layer), _address(each), each.nbytes) for layer, each in pairs]
    ordered = [row if name == "riffle" else (row[1], row[0], row[2]) for row in rows]
    return np.array(ordered, np.int64).reshape(-1)


def bind_riffle(sources: Sequence[Array], target: Array, axis: int) -> Run:
    """The run that makes of each source a layer of the target along an axis."""
    return _bound("riffle", target, sources, axis, lambda layer, source: copy(source, layer))


def bind_deal(source: Array, targets: Sequence[Array], axis: int) -> Run:
    """The run that makes of each layer of the source along an axis a target."""
    return _bound("deal", source, targets, axis, copy)
