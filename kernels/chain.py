"""Neighbouring kernels in one native call: a table of (function, argument), walked by machine code.

Going from Python to a kernel and back takes as long as a small layer. So the calls of a graph are joined:
what are kernels side by side, and the moves of whole tensors between them, becomes one call; anything else
stays a call of its own, in its place. The interpreter's lock is given up once for all of them.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import setitem
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._direct import direct
from ._helpers import Native
from ._jit import kernel, switched_off
from .strided_moves import move

__all__ = ["address", "at_once", "chain", "is_kernel", "only_kernel", "walk"]

Run: TypeAlias = Callable[[], None]

call_entry = Native("_entries", "call_entry")
number_at = Native("_entries", "number_at")
_GOES_ON = np.zeros(1, np.int64)


@kernel("void(int64[::1])")
def walk(table: Any) -> None:
    """Calls every function of a table of pairs: its address, the address of its argument."""
    for i in range(0, len(table), 2):
        call_entry(table[i], table[i + 1])


@kernel("void(int64[::1], int64[::1])")
def walk_to_a_halt(table: Any, halted: Any) -> None:
    """As `walk`, of a table of triples: behind a call, halts where the number at the third address is not 0.

    halted[0]: the row, counted from 1, else 0. halted[1]: set to 0 at the start, for who keeps something of
    the run before.
    """
    halted[0], halted[1] = 0, 0
    for i in range(0, len(table), 3):
        call_entry(table[i], table[i + 1])
        if number_at(table[i + 2]) != 0:
            halted[0] = i // 3 + 1
            return


def chain(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The same runs in the same order, those of neighbouring kernels as one.

    What `bind` returned for a kernel is recognised, and so are moves, which become kernels, and what is made
    of several; a move onto itself is left out. The arrays of all runs stay as they were bound.
    """
    if switched_off():
        return tuple(runs)
    found: list[Run] = []
    native = (made for run in flat(runs) if (made := _as_kernel(run)) is not None)
    for joined, group in groupby(native, is_kernel):
        members = tuple(group)
        found += [_joined(members)] if joined and len(members) > 1 else members
    return tuple(found)


def at_once(
    runs: Sequence[Any], block: array[int], halted: NDArray[np.int64], ask: Callable[[Run], None]
) -> Callable[[], object] | None:
    """Kernels' runs in turn past ctypes, as `_direct` has it; None where there is no such way.

    Behind a kernel may stand what looks at one number, its `number`, and does nothing where that is 0. It is
    asked by machine code; only where the number is another, `ask` gets what looks, in place of all behind it.
    `halted`: two numbers, as `walk_to_a_halt` has them, where something looks.
    """
    if len(runs) == 1 and is_kernel(runs[0]):
        return direct(runs[0], block)
    rows: list[tuple[Any, Any]] = []
    for run in runs:
        if is_kernel(run):
            rows.append((run, None))
        elif hasattr(run, "number") and rows and rows[-1][1] is None:
            rows[-1] = rows[-1][0], run
        else:
            return None
    table = [
        (*address(run), _GOES_ON.ctypes.data if look is None else ctypes.addressof(look.number))
        for run, look in rows
    ]
    made: Any = walk_to_a_halt.bind(np.array(table, np.int64).reshape(-1), halted)
    made.runs = rows

    def why() -> None:
        ask(rows[int(halted[0]) - 1][1])

    return direct(made, block, halted, why) if rows else None


def is_kernel(run: Run) -> bool:
    made = getattr(run, "kernel", None)
    return isinstance(run, partial) and made is not None and run.func is made._entry


def flat(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs, and for what is made of several (its `members`) each of these."""
    for run in runs:
        members = getattr(run, "members", None)
        if members is None:
            yield run
        else:
            yield from flat(members)


def only_kernel(runs: Sequence[Run]) -> Run | None:
    """These runs as that of one kernel; None where something else is among them."""
    if switched_off():
        return None
    joined = chain(runs)
    if not joined:
        return walk.bind(np.zeros(0, np.int64))
    return joined[0] if len(joined) == 1 and is_kernel(joined[0]) else None


def _as_kernel(run: Run) -> Run | None:
    """A move as a kernel's, None where it moves nothing; all else as it is."""
    if not (isinstance(run, partial) and run.func is setitem and len(run.args) == 3):
        return run
    target, where, source = run.args
    if where is not Ellipsis or not isinstance(source, np.ndarray) or source.dtype != target.dtype:
        return run
    if target.size == 0:
        return None
    if source.shape != target.shape:
        source = np.broadcast_to(source, target.shape)
    if source.strides == target.strides and source.ctypes.data == target.ctypes.data:
        return None
    return run if np.may_share_memory(source, target) else move(source, target)


def address(run: Any) -> tuple[int | None, int]:
    """Of a kernel's machine code, and of its arguments."""
    return ctypes.cast(run.func, ctypes.c_void_p).value, ctypes.addressof(run.args[0]._obj)


def _joined(runs: tuple[Any, ...]) -> Run:
    addresses = [address(run) for run in runs]
    made: Any = walk.bind(np.array(addresses, np.int64).reshape(-1))
    made.runs = runs
    return made  # type: ignore[no-any-return]
