"""How often each loop of TFLM's reference kernels runs that move data: pad, join, slice, turn, resize.

One function an operator, as in `reference`.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from ..copies import Copies
from ..kernel import Kernel
from ..levels import transposed_levels
from ..software_float import ARITHMETIC, POSITIONS
from ..templates import typed

if TYPE_CHECKING:
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
    column = Counter(
        (_nearest(x, g.input_w, g.output_w, g) * size & 3, x * size & 3) for x in range(g.output_w)
    )
    row = Counter(
        (_nearest(y, g.input_h, g.output_h, g) * g.input_w * size & 3, y * g.output_w * size & 3)
        for y in range(g.output_h)
    )
    image = Counter(
        (n * g.input_h * g.input_w * size & 3, n * g.output_h * g.output_w * size & 3) for n in range(g.batch)
    )
    rows = g.batch * g.output_h
    pixels = rows * g.output_w
    starts = _combined(image, row, column)
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


def run_copies(size: int, *axes: Counter[tuple[int, int]]) -> Counts:
    """One copy of `size` bytes for each combination of the axes' positions, which are given by source and
    target address modulo 4."""
    moved = Copies()
    for (source, target), times in _combined(*axes).items():
        moved.copy(size, source, target, times)
    return moved.counts


def _combined(*axes: Counter[tuple[int, int]]) -> Counter[tuple[int, int]]:
    found = Counter({(0, 0): 1})
    for axis in axes:
        together: Counter[tuple[int, int]] = Counter()
        for (source, target), times in found.items():
            for (more_source, more_target), more in axis.items():
                together[(source + more_source) & 3, (target + more_target) & 3] += times * more
        found = together
    return found


def _nearest(position: int, size: int, output: int, g: ResizeGeometry) -> int:
    align = g.align_corners and output > 1
    scale = (size - 1) / (output - 1) if align else size / output
    at = (position + (0.5 if g.half_pixel_centers else 0.0)) * scale
    return max(0, min(int(at + 0.5) if g.align_corners else int(at), size - 1))


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
        axes.append(
            Counter(
                ((g.begin[axis] + i * g.strides[axis]) * source & 3, i * target & 3)
                for i in range(g.counts[axis])
            )
        )
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

EXPAND_DIMS = Kernel(temporaries="i0 i1 o0", counts=reshape_counts)

PACK = Kernel(bare_dimensions=True, counts=pack_counts)

PAD = Kernel(temporaries="i0 i1 o0", counts=pad_counts)

PADV2 = Kernel(temporaries="i0 i1 i2 o0", counts=pad_counts)

RESHAPE = Kernel(bare_dimensions=True, temporaries="i0 o0", counts=reshape_counts)

RESIZE_BILINEAR = Kernel(
    software=ARITHMETIC, temporaries="i0 i1 o0", variant=blended_variant, counts=resize_bilinear_counts
)

RESIZE_NEAREST_NEIGHBOR = Kernel(
    software=POSITIONS, temporaries="i0 i1 o0", counts=resize_nearest_neighbor_counts
)

SPLIT = Kernel(bare_dimensions=True, temporaries="i0", counts=split_counts)

SPLIT_V = Kernel(bare_dimensions=True, temporaries="i2", counts=split_counts)

SQUEEZE = Kernel(bare_dimensions=True, temporaries="i0 o0", counts=reshape_counts)

STRIDED_SLICE = Kernel(temporaries="i0 i1 i2 i3 o0", counts=strided_slice_counts)

TRANSPOSE = Kernel(temporaries="i0 i1 o0", counts=transpose_counts, levels=transposed_levels)

UNPACK = Kernel(bare_dimensions=True, counts=pack_counts)
