"""Many samples in one native call: block by block into a kernel's tensors, through it, and out again.

A block is as many samples as the tensors hold. Blocks are taken from a counter that threads share, so that
each gets the next one without asking Python, whose lock is given up once for all that a call takes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._helpers import Native
from ._jit import kernel
from .chain import is_kernel

__all__ = ["BlockRun", "in_blocks", "run_blocks"]

Run: TypeAlias = Callable[[], None]
Array: TypeAlias = NDArray[Any]

copy_bytes = Native("_entries", "copy_bytes")
call_entry = Native("_entries", "call_entry")
take = Native("_entries", "take")

FUNCTION, ARGUMENT, SAMPLES, INPUTS, COUNTER, TOTAL, MOST, FIRST = range(8)
"""Words of the table; behind them four for each array, inputs first: where the kernel's own lies, where the
caller's does, from there to the caller's next sample, and bytes of a sample."""
_WORDS = 4


@kernel("void(int64[::1])")
def run_blocks(table: Any) -> None:
    """As many blocks as `MOST` says, or as are left. In the last one what is behind the last sample is that
    sample again. Then `MOST` says how many blocks they were."""
    samples, total = table[2], table[5]
    middle = 7 + 4 * table[3]
    most = table[6]
    table[6] = 0
    for _ in range(most):
        start = take(table[4], samples)
        if start >= total:
            break
        table[6] += 1
        for i in range(7, middle, 4):
            own, theirs, step, size = table[i], table[i + 1], table[i + 2], table[i + 3]
            for n in range(samples):
                copy_bytes(own + n * size, theirs + min(start + n, total - 1) * step, size)
        call_entry(table[0], table[1])
        for i in range(middle, len(table), 4):
            own, theirs, step, size = table[i], table[i + 1], table[i + 2], table[i + 3]
            for n in range(min(samples, total - start)):
                copy_bytes(theirs + (start + n) * step, own + n * size, size)


class BlockRun:
    """A kernel's `run` over blocks; `inputs` and `outputs` are its tensors, [samples, *shape] each."""

    def __init__(self, run: Any, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        self._kept = (run, *inputs, *outputs)
        self._table = np.zeros(FIRST + _WORDS * len(self._kept[1:]), np.int64)
        self._table[FUNCTION] = ctypes.cast(run.func, ctypes.c_void_p).value or 0
        self._table[ARGUMENT] = ctypes.addressof(run.args[0]._obj)
        self._table[SAMPLES], self._table[INPUTS] = len(self._kept[1]), len(inputs)
        self._arrays = self._table[FIRST:].reshape(-1, _WORDS)
        for row, own in zip(self._arrays, self._kept[1:], strict=True):
            row[0], row[3] = own.ctypes.data, own[0].nbytes
        self._run = run_blocks.bind(self._table)

    def face(self, arrays: Sequence[Array], counter: NDArray[np.int64]) -> bool:
        """Take samples from the first of these arrays, and write them to the others, [n, *shape] each, from
        now on. `counter` is the next sample's number, which those who share the work have in common.

        Whoever calls keeps them. False, and nothing is changed, where bytes of a sample are scattered.
        """
        if not all(array[0].flags.c_contiguous for array in arrays):
            return False
        for row, other in zip(self._arrays, arrays, strict=True):
            row[1], row[2] = other.ctypes.data, other.strides[0]
        self._table[COUNTER], self._table[TOTAL] = counter.ctypes.data, len(arrays[0])
        return True

    def __call__(self, most: int) -> int:
        """Run so many blocks, or what is left; returns how many."""
        self._table[MOST] = most
        self._run()
        return int(self._table[MOST])


def in_blocks(runs: Sequence[Run], inputs: Sequence[Array], outputs: Sequence[Array]) -> BlockRun | None:
    """What runs over blocks, where one kernel is all that there is to run; None where it is not."""
    if len(runs) != 1 or not is_kernel(runs[0]) or not inputs:
        return None
    return BlockRun(runs[0], inputs, outputs)
