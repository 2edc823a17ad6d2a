"""What the bits of a model in flash are: of each byte the tensor or the field that it belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np

from ..libraries.library import kernel_library
from ..model.tables import Model, Tensor
from ..operators.spec import Array, Step
from ..words.dataclass import dataclass

__all__ = ["KINDS", "FlashMap", "Region", "flash_map"]

KINDS = ("weights", "bias", "constants", "scales", "zero-points", "structure")
"""Weights have several dimensions, biases one beside weights; constants are all other numbers of operators,
such as tables, shapes and paddings; structure is the rest of the file."""
WIDE = frozenset({"int32", "int64", "float32"})
"""Types of a bias."""


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes `start` to `start + size` of one kind, in items of `item_bytes`.

    `step` is the operator that they are of, -1 for none; `tensor` by its number in the whole graph, -1.
    """

    kind: str
    start: int
    size: int
    item_bytes: int
    step: int = -1
    tensor: int = -1

    def bit_in_item(self, byte: int, bit: int) -> int:
        """Which bit of its number a flipped one is: 0 the least."""
        return 8 * ((byte - self.start) % self.item_bytes) + bit


@dataclass(frozen=True, slots=True, eq=False)
class FlashMap:
    """`size` bytes; `regions` in order, without gaps. `is_file`: they are those of the model's file, else the
    constants of a generated program, one after the other. `constants` has each constant tensor's place."""

    size: int
    regions: tuple[Region, ...]
    is_file: bool
    constants: tuple[tuple[int, int, int], ...]
    _starts: tuple[int, ...]

    def region(self, byte: int) -> Region:
        return self.regions[bisect_right(self._starts, byte) - 1]

    def holding(self, byte: int) -> list[tuple[int, int]]:
        """The constant tensors with this byte, and which byte of theirs it is."""
        return [
            (index, byte - start) for index, start, size in self.constants if start <= byte < start + size
        ]


def flash_map(model: Model, steps: Sequence[Step], library: str) -> FlashMap:
    """The map of a model's file, or, where a program is generated, of the constants in it.

    Args:
        model: the graph that the library runs.
        steps: of all subgraphs.
    """
    is_file = kernel_library(library).interprets
    size = len(model.data) if is_file else 0
    base = np.frombuffer(model.data, np.uint8).ctypes.data
    found: dict[int, Region] = {}
    places: list[tuple[int, int, int]] = []
    seen: set[int] = set()
    for tensor, step, weighted in _used(steps):
        if tensor.index in seen:
            continue
        seen.add(tensor.index)
        if tensor.data is not None and tensor.data.nbytes:
            start = _offset(tensor.data, base, size) if is_file else size
            if start is not None:
                kind = _kind(tensor, weighted)
                item = tensor.data.dtype.itemsize
                found.setdefault(start, Region(kind, start, tensor.data.nbytes, item, step, tensor.index))
                places.append((tensor.index, start, tensor.data.nbytes))
                size += 0 if is_file else tensor.data.nbytes
        if is_file and (described := tensor.described) is not None:
            for kind, numbers in (("scales", described.scale), ("zero-points", described.zero_point)):
                start = _offset(numbers, base, size)
                if start is not None and numbers.nbytes:
                    item = numbers.dtype.itemsize
                    found.setdefault(start, Region(kind, start, numbers.nbytes, item, step, tensor.index))
    regions = tuple(_without_gaps(sorted(found.values(), key=lambda one: one.start), size))
    return FlashMap(size, regions, is_file, tuple(places), tuple(one.start for one in regions))


def _used(steps: Sequence[Step]) -> Iterator[tuple[Tensor, int, bool]]:
    """Every tensor of every step, with the step, and whether weights stand before it."""
    for position, step in enumerate(steps):
        weighted = False
        for tensor in (*step.node.inputs, *step.node.outputs):
            if tensor is None:
                continue
            yield tensor, position, weighted
            weighted |= tensor.data is not None and len(tensor.shape) > 1


def _kind(tensor: Tensor, weighted: bool) -> str:
    if len(tensor.shape) > 1:
        return "weights"
    return "bias" if weighted and tensor.dtype in WIDE else "constants"


def _offset(array: Array, base: int, size: int) -> int | None:
    """Where a view over the file begins; None of a copy."""
    start = array.ctypes.data - base
    return start if start >= 0 and start + array.nbytes <= size else None


def _without_gaps(regions: Sequence[Region], size: int) -> Iterator[Region]:
    end = 0
    for one in regions:
        if one.start < end:
            continue  # two fields that share their numbers: the first one's
        if one.start > end:
            yield Region("structure", end, one.start - end, 1)
        yield one
        end = one.start + one.size
    if end < size:
        yield Region("structure", end, size - end, 1)
