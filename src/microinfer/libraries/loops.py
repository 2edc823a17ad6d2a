"""Loop nests of bare-c's kernels, from geometry: the fewest loops that do the work, outermost first."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from ..operators.broadcast_to import BroadcastGeometry
from ..operators.depth_to_space import BlockGeometry
from ..operators.resize_nearest_neighbor import ResizeGeometry
from ..operators.reverse_v2 import ReverseGeometry
from ..operators.strided_slice import StridedSliceGeometry
from ..operators.transpose import TransposeGeometry

if TYPE_CHECKING:
    from ..operators.add import BinaryGeometry
    from ..operators.mean import ReduceGeometry
    from ..operators.pad import PadGeometry

__all__ = [
    "Moved",
    "broadcast_loops",
    "move_loops",
    "nested",
    "nested_broadcast",
    "pad_axes",
    "reduction_runs",
]

Moved: TypeAlias = (
    TransposeGeometry
    | StridedSliceGeometry
    | ResizeGeometry
    | BlockGeometry
    | BroadcastGeometry
    | ReverseGeometry
)
"""Operators that bare-c runs as one copy in nested loops."""

BROADCAST_LOOPS = 6
MOVE_LOOPS = 6
PAD_AXES = 5
REDUCTION_AXES = 4


def nested(loops: Sequence[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
    """The loops with as many of one turn in front as make `count`; more stay more."""
    width = len(loops[0]) if loops else 2
    return [(1, *[0] * (width - 1))] * (count - len(loops)) + list(loops)


def broadcast_loops(g: BinaryGeometry) -> list[tuple[int, ...]]:
    """(size, stride of input 1, stride of input 2) in elements."""
    return nested_broadcast(g.output_shape, g.shape_1, g.shape_2)


def nested_broadcast(output: Sequence[int], *inputs: Sequence[int]) -> list[tuple[int, ...]]:
    """(size, stride of each input) in elements, of inputs that broadcast to a shape."""
    rank = max(map(len, (output, *inputs)))
    sizes, *shapes = ((1,) * (rank - len(s)) + tuple(s) for s in (output, *inputs))
    loops: list[tuple[int, ...]] = []
    strides = [1] * len(inputs)
    for axis in reversed(range(rank)):
        size = sizes[axis]
        if size == 1:
            continue
        here = [stride if shape[axis] > 1 else 0 for stride, shape in zip(strides, shapes, strict=True)]
        strides = [stride * shape[axis] for stride, shape in zip(strides, shapes, strict=True)]
        if loops and all(
            (a == 0) == (b == 0) and (a == 0 or a == b * loops[-1][0])
            for a, b in zip(here, loops[-1][1:], strict=True)
        ):
            loops[-1] = (loops[-1][0] * size, *loops[-1][1:])
        else:
            loops.append((size, *here))
    return loops[::-1] or [(1, *[0] * len(inputs))]


def reduction_runs(g: ReduceGeometry) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(size, stride) of kept and of reduced runs of axes."""
    merged: list[tuple[int, int, bool]] = []
    strides = _strides(g.input_shape, 1)
    for axis, (size, stride) in enumerate(zip(g.input_shape, strides, strict=True)):
        reduced = axis in g.axes
        if size == 1:
            continue
        if merged and merged[-1][2] == reduced:
            merged[-1] = (merged[-1][0] * size, stride, reduced)
        else:
            merged.append((size, stride, reduced))
    kept = [(size, step) for size, step, reduced in merged if not reduced]
    return kept, [(size, step) for size, step, reduced in merged if reduced]


def pad_axes(g: PadGeometry) -> list[tuple[int, int, int]]:
    """(size, before, after), the innermost in bytes; trailing axes without a pad belong to the one before."""
    axes = [
        (size, before, after) for size, before, after in zip(g.input_shape, g.before, g.after, strict=True)
    ]
    axes.append((g.item_bytes, 0, 0))
    while len(axes) > 1 and axes[-1][1:] == (0, 0):
        size = axes.pop()[0]
        axes[-1] = (axes[-1][0] * size, axes[-1][1] * size, axes[-1][2] * size)
    return axes


def _strides(shape: Sequence[int], item: int) -> list[int]:
    return [item * prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _blocks(g: BlockGeometry) -> list[tuple[int, int]]:
    """Rows, columns and what lies in a block change places, whichever way it goes."""
    deepens = g.output_shape[1:3] < g.input_shape[1:3]
    batch, rows, columns = (g.output_shape if deepens else g.input_shape)[:3]
    depth = (g.input_shape if deepens else g.output_shape)[3]
    pixels, channels = (
        (batch, rows, g.block, columns, g.block, depth),
        (batch, rows, columns, g.block, g.block, depth),
    )
    shape = pixels if deepens else channels
    strides = _strides(shape, g.item_bytes)
    return [(shape[axis], strides[axis]) for axis in (0, 1, 3, 2, 4, 5)]


def _repeats(g: BroadcastGeometry) -> list[tuple[int, int]]:
    """What is repeated has no step."""
    shape = (1,) * (len(g.output_shape) - len(g.input_shape)) + g.input_shape
    strides = _strides(shape, g.item_bytes)
    return [
        (count, stride if size == count else 0)
        for count, size, stride in zip(g.output_shape, shape, strides, strict=True)
    ]


def move_loops(g: Moved) -> tuple[list[tuple[int, int]], int, int]:
    """Of what is moved, RESIZE_NEAREST_NEIGHBOR by whole factors: (size, the input's step in bytes) of the
    loops over the output; the first byte; the bytes that move each time."""
    first, run = 0, g.item_bytes
    if isinstance(g, TransposeGeometry):
        strides = _strides(g.input_shape, g.item_bytes)
        loops = [(g.input_shape[axis], strides[axis]) for axis in g.permutation]
    elif isinstance(g, StridedSliceGeometry):
        strides = _strides(g.input_shape, g.item_bytes)
        first = sum(start * stride for start, stride in zip(g.begin, strides, strict=True))
        loops = [
            (count, step * stride) for count, step, stride in zip(g.counts, g.strides, strides, strict=True)
        ]
    elif isinstance(g, ReverseGeometry):
        strides = _strides(g.shape, g.item_bytes)
        first = sum((g.shape[axis] - 1) * strides[axis] for axis in g.axes)
        loops = [
            (size, -stride if axis in g.axes else stride)
            for axis, (size, stride) in enumerate(zip(g.shape, strides, strict=True))
        ]
    elif isinstance(g, BlockGeometry):
        loops = _blocks(g)
    elif isinstance(g, BroadcastGeometry):
        loops = _repeats(g)
    else:
        run = g.channels * g.item_bytes
        loops = [
            (g.batch, g.input_h * g.input_w * run),
            (g.input_h, g.input_w * run),
            (g.output_h // g.input_h, 0),
            (g.input_w, run),
            (g.output_w // g.input_w, 0),
        ]
    loops = [loop for loop in loops if loop[0] != 1]
    while loops and loops[-1][1] == run:
        run *= loops.pop()[0]
    return loops, first, run
