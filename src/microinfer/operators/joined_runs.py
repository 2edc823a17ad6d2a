"""What runs one after the other in as few native calls as may be."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from ctypes import c_int64
from types import FunctionType
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .node import Array, Run

__all__ = ["BlockRun", "Part", "Turns", "as_kernels", "at_once", "in_blocks", "joined", "put_before"]


class BlockRun(Protocol):
    """`kernels.blocks.BlockRun`."""

    def face(self, arrays: Sequence[Array], counter: Array) -> bool: ...
    def __call__(self, most: int) -> int: ...


Part: TypeAlias = Callable[["Sequence[Run | int]"], "Run | None"]
"""From runs, and subgraphs by number, to one kernel's run; None where there is something else among them."""


class Turns(Protocol):
    """`TurnCount` of the room above."""

    numbers: array[int]

    def loop(self, place: str) -> int: ...
    def look(self) -> None: ...


def joined(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The same runs in as few calls as may be."""
    if not runs:
        return ()
    from ..kernels.chain import chain

    return chain(runs)


def at_once(
    runs: Sequence[Run], block: array[int], halted: NDArray[np.int64], ask: Callable[[Run], None]
) -> Callable[[], object] | None:
    """What makes these runs of kernels past ctypes where `block` (of `kernels._direct`) allows it.

    It returns None where it did, else False. None for other runs, and where Python is not known. `ask` gets
    the run behind a kernel that is asked what the number that it looks at means, where it is not 0. `halted`:
    two numbers, the second of which becomes 0 at the start of every run in which something looks.
    """
    if not any(hasattr(run, "kernel") for run in runs):
        return None
    from ..kernels.chain import at_once as made

    return made(runs, block, halted, ask)


def put_before(owner: type, whole: FunctionType, arguments: str, attribute: str) -> None:
    """Let a class's method `whole` be asked only where an object's `attribute` does not allow a call at once.

    That is None, or the `__self__` of what `at_once` made. `arguments`: those of `whole`, as a built-in
    function shows them. Only where `at_once` has made something.
    """
    from ..kernels._method import put_before as put

    put(owner, whole, arguments, attribute)


def as_kernels(
    runs: Sequence[Run], subgraph: Callable[[int], Sequence[Run]], turns: Turns
) -> tuple[Run, ...]:
    """The same runs, joined, those that call subgraphs as machine code where these are no more than kernels,
    and behind each a look at how often loops have turned. `subgraph` gives a subgraph's runs."""
    from ..kernels.branches import LOOP, begin
    from ..kernels.chain import chain, only_kernel

    def part(items: Sequence[Run | int]) -> Run | None:
        found: list[Run] = []
        for item in items:
            found += map(made, subgraph(item)) if isinstance(item, int) else [item]
        return only_kernel(found)

    def made(run: Run) -> Run:
        native = getattr(run, "native", None)
        return run if native is None else native(part, turns) or run

    def look() -> None:
        turns.look()

    look.number = c_int64.from_buffer(turns.numbers, LOOP * turns.numbers.itemsize)  # type: ignore[attr-defined]
    found: list[Run] = [begin.bind(np.frombuffer(turns.numbers, np.int64))]
    for run in runs:
        found += [made(run), look] if hasattr(run, "native") else [run]
    return chain(found)


def in_blocks(runs: Sequence[Run], inputs: Sequence[Array], outputs: Sequence[Array]) -> BlockRun | None:
    """What takes these runs' tensors, [samples, *shape] each, through many samples in one call, where the
    runs are one kernel; None where they are not."""
    if len(runs) != 1 or not hasattr(runs[0], "kernel"):
        return None
    from ..kernels.blocks import in_blocks as made

    return made(runs, inputs, outputs)
