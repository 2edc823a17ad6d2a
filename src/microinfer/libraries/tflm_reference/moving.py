"""How often each loop of TFLM's reference kernels runs that move data: pad, join, slice, turn, resize.

One function an operator, as in `reference`.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ..copies import Copies
from ..kernel import Kernel
from ..levels import transposed_levels
from ..places import Starts, combined, going_up
from ..software_float import ARITHMETIC, POSITIONS
from ..templates import for_every_type, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ...operators.concatenation import ConcatenationGeometry
    from ...operators.pack import PackGeometry
    from ...operators.pad import PadGeometry
    from ...operators.reshape import ReshapeGeometry
    from ...operators.resize_nearest_neighbor import ResizeGeometry
    from ...operators.split import SplitGeometry
    from ...operators.strided_slice import StridedSliceGeometry
    from ...operators.transpose import TransposeGeometry
    from ..kernel import Counts, Observed
    from ..target import Core

NEAREST_AT_ONCE = 1 << 17
"""Positions of a resized axis that memory is taken for."""


def pad_counts(g: PadGeometry, seen: Observed) -> Counts:
    """Each output element is tested against both edges of five dimensions, until one rejects it."""
    rank = 5
    fill = rank - len(g.input_shape)
    inside = (1,) * fill + tuple(g.input_shape)
    before, after = (0,) * fill + tuple(g.before), (0,) * fill + tuple(g.after)
    whole = [i + b + a for i, b, a in zip(inside, before, after, strict=True)]
    counts: Counts = {"call": 1, "runs": prod(whole[:4]), "turns": prod(whole[:3]), "elements": prod(whole)}
    left = prod(whole)
    for axis in range(rank):
        rest = prod(inside[:axis]) * prod(whole[axis + 1 :])
        counts[f"tests_before_{axis}"] = left
        counts[f"tests_after_{axis}"] = left - before[axis] * rest
        left -= (before[axis] + after[axis]) * rest
    counts["copied"] = left
    return counts


def concatenation_counts(g: ConcatenationGeometry, seen: Observed) -> Counts:
    """Each row's parts are copied one after the other."""
    row, moved = sum(g.copy_bytes), Copies()
    for start in range(min(g.outer, 4)):
        times = (g.outer - start + 3) // 4
        target = start * row
        for size in g.copy_bytes:
            moved.copy(size, start * size, target, times)
            target += size
    return {
        "call": 1,
        "tensors": len(g.copy_bytes),
        "rows": g.outer,
        "copies": g.outer * len(g.copy_bytes),
        **moved.counts,
    }


def split_counts(g: SplitGeometry, seen: Observed) -> Counts:
    """Element by element, where CONCATENATION copies."""
    return {
        "call": 1,
        "tensors": len(g.copy_bytes),
        "rows": g.outer,
        "copies": g.outer * len(g.copy_bytes),
        "bytes": g.outer * sum(g.copy_bytes),
    }


def reshape_counts(g: ReshapeGeometry, seen: Observed) -> Counts:
    moved = Copies()
    moved.copy(g.size_bytes, 0, 0)
    return {"call": 1, "dimensions": g.input_rank, **moved.counts}


def resize_nearest_neighbor_counts(g: ResizeGeometry, seen: Observed) -> Counts:
    """One copy of all channels for each output pixel; positions are found in floating point.

    A copy of 8 bytes or more whose source and target are both unaligned moves bytes ahead of its words.
    """
    size = g.channels * g.item_bytes
    column = _resized(g.input_w, g.output_w, g, size, size)
    row = _resized(g.input_h, g.output_h, g, g.input_w * size, g.output_w * size)
    image = going_up(g.batch, g.input_h * g.input_w * size, g.output_h * g.output_w * size)
    rows = g.batch * g.output_h
    pixels = rows * g.output_w
    starts = combined(image, row, column)
    return {
        "call": 1,
        "output_rows": rows,
        "pixels": pixels,
        "floored_positions": (rows + pixels) * (not g.align_corners),
        "rounded_positions": (rows + pixels) * g.align_corners,
        "centred_positions": (rows + pixels) * g.half_pixel_centers,
        "headed_copies": sum(n for start, n in starts.items() if all(start)) * (size >= 8),
        **run_copies(size, starts),
    }


def run_copies(size: int, *axes: Starts) -> Counts:
    """One copy of `size` bytes for each combination of the axes' positions, which are given by source and
    target address modulo 4."""
    moved = Copies()
    for (source, target), times in combined(*axes).items():
        moved.copy(size, source, target, times)
    return moved.counts


def _nearest(size: int, output: int, g: ResizeGeometry) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The input's position for each of the output's, a part at a time behind where the part starts."""
    align = g.align_corners and output > 1
    scale = (size - 1) / (output - 1) if align else size / output
    for start in range(0, output, NEAREST_AT_ONCE):
        at = np.arange(start, min(output, start + NEAREST_AT_ONCE), dtype=np.float64)
        at = (at + (0.5 if g.half_pixel_centers else 0.0)) * scale
        found = (at + 0.5 if g.align_corners else at).astype(np.int64)
        yield start, np.clip(found, 0, size - 1)


def _resized(size: int, output: int, g: ResizeGeometry, source: int, target: int) -> Starts:
    """Places along an axis whose input steps by `source` bytes and whose output by `target`."""
    if not (source | target) & 3:
        return going_up(output, source, target)
    found = np.zeros(16, np.int64)
    for start, nearest in _nearest(size, output, g):
        numbers = np.arange(start, start + len(nearest))
        both = ((nearest & 3) * (source & 3) & 3) * 4 + ((numbers & 3) * (target & 3) & 3)
        found += np.bincount(both, minlength=16)
    return Counter({divmod(place, 4): times for place, times in enumerate(found.tolist()) if times})


def blended_variant(g: ResizeGeometry, core: Core) -> str:
    return typed("reference", "int8" if g.item_bytes == 1 else "float32")


def resize_bilinear_counts(g: ResizeGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "elements": pixels * g.channels,
    }


def pack_counts(g: PackGeometry, seen: Observed) -> Counts:
    """PACK and UNPACK: each tensor's rows in turn, element by element."""
    runs = g.count * g.outer
    return {"call": 1, "tensors": g.count, "rows": runs, "elements": runs * g.inner}


def strided_slice_counts(g: StridedSliceGeometry, seen: Observed) -> Counts:
    """Five nested loops; where the last stride is 1 the innermost is a copy."""
    turns, loops = 0, 1
    for count in (1,) * (5 - len(g.counts)) + g.counts[:-1]:
        loops *= count
        turns += loops
    counts = {"call": 1, "dimensions": len(g.input_shape), "turns": turns, "runs": loops}
    if g.strides and g.strides[-1] != 1:
        return counts | {"elements": prod(g.counts)}
    size = g.counts[-1] if g.counts else 1
    axes = []
    for axis in range(len(g.counts) - 1):
        source = prod(g.input_shape[axis + 1 :]) * g.item_bytes
        target = prod(g.counts[axis + 1 :]) * g.item_bytes
        start = g.begin[axis] * source, 0
        axes.append(going_up(g.counts[axis], g.strides[axis] * source, target, start))
    axes.append(Counter({((g.begin[-1] if g.begin else 0) * g.item_bytes & 3, 0): 1}))
    return counts | run_copies(size * g.item_bytes, *axes)


def transpose_counts(g: TransposeGeometry, seen: Observed) -> Counts:
    """A recursion over the output's dimensions; the last one is a plain loop."""
    output = [g.input_shape[axis] for axis in g.permutation]
    turns, loops = 0, 1
    for count in output[:-1]:
        loops *= count
        turns += loops
    return {
        "call": 1,
        "dimensions": len(output),
        "turns": turns,
        "inner_runs": loops,
        "elements": prod(output),
    }


CONCATENATION = Kernel(temporaries="i0 o0 i*", counts=concatenation_counts)

EXPAND_DIMS = Kernel(temporaries="i0 i1 o0", variant=for_every_type, counts=reshape_counts)

PACK = Kernel(bare_dimensions=True, counts=pack_counts)

PAD = Kernel(temporaries="i0 i1 o0", counts=pad_counts)

PADV2 = Kernel(temporaries="i0 i1 i2 o0", counts=pad_counts)

RESHAPE = Kernel(bare_dimensions=True, temporaries="i0 o0", variant=for_every_type, counts=reshape_counts)

RESIZE_BILINEAR = Kernel(
    software=ARITHMETIC, temporaries="i0 i1 o0", variant=blended_variant, counts=resize_bilinear_counts
)

RESIZE_NEAREST_NEIGHBOR = Kernel(
    software=POSITIONS, temporaries="i0 i1 o0", counts=resize_nearest_neighbor_counts
)

SPLIT = Kernel(bare_dimensions=True, temporaries="i0", counts=split_counts)

SPLIT_V = Kernel(bare_dimensions=True, temporaries="i2", counts=split_counts)

SQUEEZE = Kernel(bare_dimensions=True, temporaries="i0 o0", variant=for_every_type, counts=reshape_counts)

STRIDED_SLICE = Kernel(temporaries="i0 i1 i2 i3 o0", counts=strided_slice_counts)

TRANSPOSE = Kernel(temporaries="i0 i1 o0", counts=transpose_counts, levels=transposed_levels)

UNPACK = Kernel(bare_dimensions=True, counts=pack_counts)
