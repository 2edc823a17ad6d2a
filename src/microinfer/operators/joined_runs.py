"""What runs one after the other in as few native calls as may be."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .node import Array, Run

__all__ = ["BlockRun", "at_once", "in_blocks", "joined"]


class BlockRun(Protocol):
    """`kernels.blocks.BlockRun`."""

    def face(self, arrays: Sequence[Array], counter: Array) -> bool: ...
    def __call__(self, most: int) -> int: ...


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


def in_blocks(runs: Sequence[Run], inputs: Sequence[Array], outputs: Sequence[Array]) -> BlockRun | None:
    """What takes these runs' tensors, [samples, *shape] each, through many samples in one call, where the
    runs are one kernel; None where they are not."""
    if len(runs) != 1 or not hasattr(runs[0], "kernel"):
        return None
    from ..kernels.blocks import in_blocks as made

    return made(runs, inputs, outputs)
