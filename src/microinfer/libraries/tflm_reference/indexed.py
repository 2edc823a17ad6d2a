"""Copies that mirror, reverse, look up or replace parts of a tensor, of TFLM's reference kernels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from ...words.printing import brief
from ..copies import Copies
from ..fault import other_bits
from ..kernel import Kernel
from ..places import Starts, going_up, places, wrapped
from ..requests import INT32_BYTES
from ..templates import typed
from .moving import run_copies

if TYPE_CHECKING:
    from ...operators.circular_buffer import CircularBufferGeometry
    from ...operators.dynamic_update_slice import UpdateGeometry
    from ...operators.embedding_lookup import EmbeddingGeometry
    from ...operators.gather_nd import GatherNdGeometry
    from ...operators.mirror_pad import MirrorPadGeometry
    from ...operators.reverse_v2 import ReverseGeometry
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target


def mirror_scratch(geometry: MirrorPadGeometry, core: Core) -> tuple[int, ...]:
    """Strides of the output and of the input, found anew in each run."""
    return (INT32_BYTES * len(geometry.input_shape),) * 2


def mirror_counts(g: MirrorPadGeometry, seen: Observed) -> Counts:
    """For each output element every dimension is divided out, and looked up in front, behind or inside."""
    elements, rank = prod(g.output_shape), len(g.output_shape)
    before = sum(elements // size * part for size, part in zip(g.output_shape, g.before, strict=True) if size)
    after = sum(elements // size * part for size, part in zip(g.output_shape, g.after, strict=True) if size)
    return {
        "call": 1,
        "dimensions": rank,
        "elements": elements,
        "element_dimensions": elements * rank,
        "before": before,
        "after": after,
    }


def reverse_counts(g: ReverseGeometry, seen: Observed) -> Counts:
    """Element by element where the last dimension is among the axes, else a copy for each place."""
    upper, middle = prod(g.shape[: g.axes[0]]), prod(g.shape[axis] for axis in g.axes)
    lower = prod(g.shape[g.axes[-1] + 1 :])
    if lower <= 1:
        return {"call": 1, "axes": len(g.axes), "runs": upper, "elements": upper * middle}
    size = lower * g.item_bytes
    copied: Starts = Counter()
    for u, runs in places(upper):
        for m, times in places(middle):
            copied[(u * middle + m) * size & 3, (u * middle + middle - 1 - m) * size & 3] += runs * times
    return {
        "call": 1,
        "axes": len(g.axes),
        "runs": upper,
        "copies": upper * middle,
        **run_copies(size, copied),
    }


def gather_nd_dimensions(geometry: GatherNdGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return (layout.size("TfLiteIntArray") * (1 + geometry.output_rank),)


def gather_nd_counts(g: GatherNdGeometry, seen: Observed) -> Counts:
    """A copy for each place. Where they lie the indices say: here one behind the other."""
    size = g.inner * g.item_bytes
    return {
        "call": 1,
        "copies": g.slices,
        "indices": g.slices * g.places,
        **run_copies(size, going_up(g.slices, size, size)),
    }


def embedding_variant(geometry: EmbeddingGeometry, core: Core) -> str:
    """Rows of one type are copied, whichever it is; others are multiplied."""
    if geometry.input_dtype != geometry.output_dtype:
        return typed("reference", geometry.input_dtype, geometry.output_dtype)
    return "reference" if geometry.input_dtype == "int8" else "reference_32_bit"


def embedding_persistent(geometry: EmbeddingGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """The output's dimensions, written anew, then a scale beside the number of columns, a size_t."""
    return layout.size("TfLiteIntArray") * (1 + geometry.output_rank), 2 * layout.size("Pointer")


def embedding_counts(g: EmbeddingGeometry, seen: Observed) -> Counts:
    if g.input_dtype != g.output_dtype:
        return {"call": 1, "rows": g.indices, "elements": g.indices * g.columns}
    size = g.columns * (1 if g.input_dtype == "int8" else 4)
    rows = wrapped(g.indices, g.rows, size)
    return {"call": 1, "rows": g.indices, **run_copies(size, rows)}


def embedding_faults(step: Step, g: EmbeddingGeometry, target: Target) -> Iterator[Fault]:
    table = step.node.inputs[1]
    if g.input_dtype == g.output_dtype or table is None or table.quantization is None:
        return
    if (scales := len(table.quantization.scale)) > 1:
        yield other_bits(
            f"{brief(table.name)!r} has {scales} scales, one a row, and TFLM multiplies every row by the "
            "first; quantise it with one scale"
        )


def update_counts(g: UpdateGeometry, seen: Observed) -> Counts:
    """One copy of everything, then one for each row of the update; where these lie the data say."""
    moved = Copies()
    if prod(g.shape) == prod(g.update_shape):
        moved.copy(prod(g.shape) * g.item_bytes, 0, 0)
        return {"call": 1, **moved.counts}
    moved.copy(prod(g.shape) * g.item_bytes, 0, 0)
    rows, turns, loops = prod(g.update_shape[:-1]), 0, 1
    for count in g.update_shape[:-1]:
        loops *= count
        turns += loops
    size = g.update_shape[-1] * g.item_bytes
    line = g.shape[-1] * g.item_bytes
    for start in range(min(rows, 4)):
        moved.copy(size, start * size, start * line, (rows - start + 3) // 4)
    return {"call": 1, "dimensions": len(g.shape), "turns": turns, "copies": rows, **moved.counts}


def circular_counts(g: CircularBufferGeometry, seen: Observed) -> Counts:
    """The rows move up by one, and the newest is copied behind them."""
    moved = Copies()
    moved.copy((g.rows - 1) * g.row, g.row, 0)
    moved.copy(g.row, 0, (g.rows - 1) * g.row)
    return {"call": 1, **moved.counts}


CIRCULAR_BUFFER = Kernel(temporaries="i0 o0", counts=circular_counts)

DYNAMIC_UPDATE_SLICE = Kernel(temporaries="i0 i1 i2 o0", counts=update_counts)

EMBEDDING_LOOKUP = Kernel(
    temporaries="i0 i1 o0 + +",
    persistent=embedding_persistent,
    variant=embedding_variant,
    counts=embedding_counts,
    faults=embedding_faults,
    bare_dimensions=True,
)

GATHER_ND = Kernel(
    bare_dimensions=True, temporaries="i0 i1 o0 +", persistent=gather_nd_dimensions, counts=gather_nd_counts
)

MIRROR_PAD = Kernel(
    bare_dimensions=True, temporaries="i0 i1 o0", scratch=mirror_scratch, counts=mirror_counts
)

REVERSE_V2 = Kernel(temporaries="i0 i1 o0", counts=reverse_counts)
