"""Copies by index, by block and by broadcast, and values that hang on shapes alone, of TFLM's
reference kernels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import prod
from typing import TYPE_CHECKING

from ..copies import Copies
from ..kernel import Kernel
from ..places import Starts, combined, going_up, places, wrapped
from ..templates import by_type, for_every_type
from .moving import run_copies

if TYPE_CHECKING:
    from ...operators.broadcast_to import BroadcastGeometry
    from ...operators.depth_to_space import BlockGeometry
    from ...operators.fill import FillGeometry
    from ...operators.gather import GatherGeometry
    from ...operators.select_v2 import SelectGeometry
    from ...operators.shape import ShapeGeometry
    from ...operators.strided_slice import StridedSliceGeometry
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core


def select_variant(geometry: SelectGeometry, core: Core) -> str:
    """Shapes that all agree take one plain loop."""
    same = len({*geometry.shapes[:3]}) == 1
    return by_type(geometry, "reference" if same else "reference_broadcast")


def _written_dimensions(rank: int, layout: StructLayout) -> tuple[int, ...]:
    """The output's dimensions, which Prepare writes anew."""
    return (layout.size("TfLiteIntArray") * (1 + rank),)


def block_dimensions(geometry: BlockGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return _written_dimensions(4, layout)


def gather_dimensions(geometry: GatherGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return _written_dimensions(geometry.output_rank, layout)


TRANSLATED_AXES = 5
"""Dimensions that BROADCAST_TO and SLICE work in, whatever the tensor has."""


def shape_counts(g: ShapeGeometry, seen: Observed) -> Counts:
    return {"call": 1, "dimensions": g.rank}


def fill_counts(g: FillGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def zeros_counts(g: FillGeometry, seen: Observed) -> Counts:
    """The C library sets the bytes."""
    made = Copies()
    made.fill(g.elements * g.item_bytes, 0)
    return {"call": 1, **made.counts}


def slices_counts(g: StridedSliceGeometry, seen: Observed) -> Counts:
    """SLICE: five nested loops, element by element."""
    turns, loops = 0, 1
    for count in (1,) * (TRANSLATED_AXES - len(g.counts)) + g.counts[:-1]:
        loops *= count
        turns += loops
    return {
        "call": 1,
        "dimensions": len(g.input_shape),
        "turns": turns,
        "runs": loops,
        "elements": loops * (g.counts[-1] if g.counts else 1),
    }


def blocks_counts(g: BlockGeometry, seen: Observed) -> Counts:
    """DEPTH_TO_SPACE and SPACE_TO_DEPTH: four loops over whichever side has the smaller channels."""
    batch, height, width, channels = max(g.input_shape, g.output_shape, key=lambda s: s[1] * s[2])
    return {
        "call": 1,
        "output_rows": batch * height,
        "pixels": batch * height * width,
        "elements": batch * height * width * channels,
    }


def gather_counts(g: GatherGeometry, seen: Observed) -> Counts:
    """A copy for each index. Which ones they are says where a copy starts: here 0, 1, 2 and so on."""
    size = g.inner * g.item_bytes
    tables = g.batch * g.outer
    index = wrapped(g.indices, g.length, size)
    table = going_up(tables, g.length * size, g.indices * size)
    return {
        "call": 1,
        "tables": tables,
        "copies": tables * g.indices,
        **run_copies(size, table, index),
    }


def select_counts(g: SelectGeometry, seen: Observed) -> Counts:
    """Shapes that agree are one loop; others run loops over the dimensions that broadcast alike. Where the
    condition stands still in the innermost, that one fills with an element or copies bytes; which of both is
    the condition's to say if one of the tensors stands still too."""
    condition, first, second, output = g.shapes
    elements = prod(output)
    if condition == first == second:
        return {"call": 1, "elements": elements}
    loops, fixed = _fused((condition, first, second), output)
    calls, entered = 0, 1
    for extent in loops[:-1]:
        entered *= extent
        calls += entered
    return {
        "call": 1,
        "dimensions": max(map(len, g.shapes)),
        "loops": len(loops),
        "loop_turns": calls,
        "inner_runs": entered,
        "elements": elements * (not fixed[0]),
        "fixed_runs": entered * fixed[0],
        "fixed_elements": elements * (fixed[0] and (fixed[1] or fixed[2])),
        "copied_bytes": elements * g.item_bytes * (fixed[0] and not (fixed[1] and fixed[2])),
    }


def _fused(inputs: Iterable[tuple[int, ...]], output: tuple[int, ...]) -> tuple[list[int], list[bool]]:
    """Extents of the loops that remain once neighbours that broadcast alike are one, outermost first, and
    which inputs stand still in the innermost."""
    rank = len(output)
    sides = [(1,) * (rank - len(shape)) + tuple(shape) for shape in inputs]
    loops: list[int] = []
    still: list[list[bool]] = []
    for axis in range(rank - 1, -1, -1):
        extent = output[axis]
        alike = [side[axis] == 1 and extent != 1 for side in sides]
        if loops and (extent == 1 or alike == still[-1]):
            loops[-1] *= extent
        else:
            loops.append(extent)
            still.append(alike)
    return loops[::-1] or [1], still[0] if still else [False] * len(sides)


def broadcast_to_counts(g: BroadcastGeometry, seen: Observed) -> Counts:
    """A recursion down to the last dimension that is repeated, which copies what lies behind it; on the way
    back up, what was written is copied as often as an outer dimension repeats it."""
    fill = TRANSLATED_AXES - len(g.output_shape)
    target = (1,) * fill + tuple(g.output_shape)
    source = (1,) * (TRANSLATED_AXES - len(g.input_shape)) + tuple(g.input_shape)
    repeated = [axis for axis in range(TRANSLATED_AXES) if source[axis] != target[axis]]
    moved = Copies()
    if not repeated:
        moved.copy(prod(target) * g.item_bytes, 0, 0)
        return {"call": 1, "plain": 1, **moved.counts}
    last = repeated[-1]
    strides = [prod(target[axis + 1 :]) * g.item_bytes for axis in range(TRANSLATED_AXES)]
    reads = [prod(source[axis + 1 :]) * g.item_bytes for axis in range(TRANSLATED_AXES)]
    visits, copies, turns = 1, 0, 0
    found: Starts = Counter({(0, 0): 1})
    for axis in range(last):
        turns += visits
        if axis in repeated:
            copies += visits * (target[axis] - 1)
            for (_, start), times in found.items():
                for again, more in places(target[axis] - 1):
                    moved.copy(strides[axis], start, start + (again + 1) * strides[axis], times * more)
        visits *= source[axis]
        found = combined(found, going_up(source[axis], reads[axis], strides[axis]))
    for (read, start), times in found.items():
        for again, more in places(target[last]):
            moved.copy(strides[last], read, start + again * strides[last], times * more)
    return {
        "call": 1,
        "turns": turns,
        "runs": visits,
        "copies": copies + visits * target[last],
        **moved.counts,
    }


BROADCAST_TO = Kernel(temporaries="i0 i1 o0", counts=broadcast_to_counts)

DEPTH_TO_SPACE = Kernel(temporaries="i0 o0 +", persistent=block_dimensions, counts=blocks_counts)

FILL = Kernel(temporaries="i0 i1 o0", counts=fill_counts)

GATHER = Kernel(
    bare_dimensions=True, temporaries="i0 i1 o0 +", persistent=gather_dimensions, counts=gather_counts
)

SELECT_V2 = Kernel(temporaries="i0 i1 i2 o0", variant=select_variant, counts=select_counts)

SHAPE = Kernel(bare_dimensions=True, variant=for_every_type, counts=shape_counts)

SLICE = Kernel(temporaries="i0 i1 i2 o0", counts=slices_counts, by_parameters=False)

SPACE_TO_DEPTH = Kernel(temporaries="i0 o0 +", persistent=block_dimensions, counts=blocks_counts)

ZEROS_LIKE = Kernel(temporaries="i0 o0", counts=zeros_counts)
