"""How often each loop of CMSIS-NN's kernels runs on a core with the DSP extension.

One function an internal kernel, by the names of `variants`. Loops work on four elements at a time and
finish the rest one by one (`_fours`, `_ones`), on two output channels at a time and finish an odd one
alone (`pairs`, `odd`). The loops are those of CMSIS-NN 4ab83cc3; what has no kernel there counts as in
`reference`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from .copies import copy_work, fill_work
from .reference import Counts, Observed

if TYPE_CHECKING:
    from ...ops.add import BinaryGeometry
    from ...ops.average_pool_2d import PoolGeometry
    from ...ops.conv_2d import Conv2DGeometry
    from ...ops.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...ops.fully_connected import FullyConnectedGeometry
    from ...ops.pad import PadGeometry
    from ...ops.softmax import SoftmaxGeometry
    from ...ops.transpose import TransposeGeometry

__all__ = ["COUNTS"]

Count: TypeAlias = Callable[[Any, Observed], Counts]


def convolve_1x1(g: Conv2DGeometry, seen: Observed) -> Counts:
    """One matrix product over all pixels, or with a stride one for each output row."""
    if g.stride_h == g.stride_w == 1:
        return {"call": 1, **matrix_product(1, g.batch * g.input_h * g.input_w, g.output_c, g.input_c)}
    rows = g.batch * g.output_h
    return {"call": 1, **matrix_product(rows, g.output_w, g.output_c, g.input_c)}


def matrix_product(calls: int, rows: int, channels: int, depth: int) -> Counts:
    """`arm_nn_mat_mult_nt_t_s8`: two rows by two channels; depth in steps of 16, 4 and 1."""
    pairs, odd = calls * (channels // 2), calls * (channels % 2)
    sixteens, fours, ones = depth // 16, depth % 16 // 4, depth % 4
    quads, singles = pairs * (rows // 2), pairs * (rows % 2)
    return {
        "products": calls,
        "pairs": pairs,
        "pair_sums": pairs * depth,
        "quads": quads,
        "quad_sixteens": quads * sixteens,
        "quad_fours": quads * fours,
        "quad_ones": quads * ones,
        "quad_with_fours": quads * (fours > 0),
        "quad_with_ones": quads * (ones > 0),
        "singles": singles,
        "single_sixteens": singles * sixteens,
        "single_fours": singles * fours,
        "single_ones": singles * ones,
        "odd": odd,
        "odd_rows": odd * rows,
        "odd_macs": odd * rows * depth,
    }


def convolve(g: Conv2DGeometry, seen: Observed) -> Counts:
    """`arm_convolve_s8`: patches widened to int16 column by column, multiplied two columns at a time."""
    groups, channels = g.batch * g.groups, g.output_c // g.groups
    depth, pixels = g.kernel_h * g.kernel_w * g.filter_c, g.output_h * g.output_w
    fours, ones = divmod(depth, 4)
    columns = groups * pixels
    doubles, left = groups * (pixels // 2), groups * (pixels % 2)
    pairs, odd = doubles * (channels // 2), doubles * (channels % 2)
    work, inside = patch_work(g)
    taps = columns * g.kernel_h * g.kernel_w
    return {
        "call": 1,
        "groups": groups,
        "output_rows": groups * g.output_h,
        "columns": columns,
        "kernel_rows": columns * g.kernel_h,
        "taps_inside": inside,
        "taps_outside": taps - inside,
        "copy_work": work,
        "widened_fours": columns * fours,
        "widened_ones": columns * ones,
        "doubles": doubles,
        "pairs": pairs,
        "pair_fours": pairs * fours,
        "pair_ones": pairs * ones,
        "odd": odd,
        "odd_fours": odd * fours,
        "odd_ones": odd * ones,
        "left": left,
        "left_channels": left * channels,
        "left_fours": left * channels * fours,
        "left_ones": left * channels * ones,
    }


def patch_work(g: Conv2DGeometry) -> tuple[int, int]:
    """Work of the copies and fills that lay out all patches, and how many of these are copies.

    A tap copies `filter_c` bytes from its pixel into one of two columns; addresses matter modulo 4.
    Rows and columns are counted by residue, so that the number of pixels does not matter.
    """
    size, taps = g.filter_c, g.kernel_h * g.kernel_w
    aligned = (taps * size + 3) // 4 * 4
    groups = range(g.groups)
    work = inside = 0
    columns = [_residues(g, x, vertical=False) for x in range(g.kernel_w)]
    for y in range(g.kernel_h):
        rows = _residues(g, y, vertical=True)
        for x in range(g.kernel_w):
            tap = (y * g.kernel_w + x) * size
            for (row_in, row_source, row_parity), row_times in rows.items():
                for (column_in, column_source, column_parity), column_times in columns[x].items():
                    times = g.batch * row_times * column_times
                    target = 2 * aligned + ((row_parity ^ column_parity) * taps * size) + tap
                    if row_in and column_in:
                        inside += times * g.groups
                        for group in groups if size % 4 else (0,):
                            source = row_source + column_source + group * size
                            each = times if size % 4 else times * g.groups
                            work += each * copy_work(size, source & 3, target & 3)
                    else:
                        work += times * g.groups * fill_work(size, target & 3)
    return work, inside


def _residues(g: Conv2DGeometry, tap: int, *, vertical: bool) -> dict[tuple[bool, int, int], int]:
    """How many output rows (or columns) put this tap inside or outside, at which address modulo 4, at
    which parity of the pixel's number."""
    axis = g.vertical if vertical else g.horizontal
    step = (g.input_w if vertical else 1) * g.input_c
    parity = g.output_w if vertical else 1
    found: dict[tuple[bool, int, int], int] = {}
    for position in range(axis.output):
        at = position * axis.stride - axis.pad + tap * axis.dilation
        inside = 0 <= at < axis.input
        key = (inside, (at * step) & 3 if inside else 0, (position * parity) & 1)
        found[key] = found.get(key, 0) + 1
    return found


def depthwise_3x3(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """Four channels at a time; the middle column of the kernel is always taken, its sides if inside."""
    fours, ones = divmod(g.input_c, 4)
    pixels = g.output_h * g.output_w
    rows = g.vertical.inside
    starts = range(-g.pad_w, -g.pad_w + g.output_w * g.stride_w, g.stride_w)
    sides = sum((start >= 0) + (g.input_w - start >= 3) for start in starts)
    return {
        "call": 1,
        "output_rows": g.output_h,
        "pixels": pixels,
        "fours": pixels * fours,
        "four_rows": rows * g.output_w * fours,
        "four_sides": rows * sides * fours,
        "ones": pixels * ones,
        "one_rows": rows * g.output_w * ones,
        "one_sides": rows * sides * ones,
    }


def depthwise_optimized(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """Each output pixel's patch is widened to int16, then multiplied four channels and two taps a time."""
    fours, ones = divmod(g.input_c, 4)
    pixels, taps = g.output_h * g.output_w, g.kernel_h * g.kernel_w
    rows = g.vertical.inside
    inside = rows * g.horizontal.inside
    outside = rows * g.output_w * g.kernel_w - inside
    work, fills = _fill_rows(g)
    for column in range(g.kernel_w):
        work += rows * _outside(g, column) * fill_work(2 * g.input_c, 2 * column * g.input_c & 3)
    return {
        "call": 1,
        "output_rows": g.output_h,
        "pixels": pixels,
        "kernel_rows": rows * g.output_w,
        "taps_inside": inside,
        "taps_outside": outside,
        "row_fills": fills,
        "fill_work": work,
        "widened_fours": inside * fours,
        "widened_ones": inside * ones,
        "fours": pixels * fours,
        "four_double_taps": pixels * fours * (taps // 2),
        "four_single_taps": pixels * fours * (taps % 2),
        "fours_looped": pixels * fours * (taps > 1),
        "ones": pixels * ones,
        "one_taps": pixels * ones * taps,
    }


def _outside(g: DepthwiseConv2DGeometry, column: int) -> int:
    """Output columns for which this kernel column lies outside the input."""
    starts = range(column - g.pad_w, column - g.pad_w + g.output_w * g.stride_w, g.stride_w)
    return sum(not 0 <= at < g.input_w for at in starts)


def _fill_rows(g: DepthwiseConv2DGeometry) -> tuple[int, int]:
    """Kernel rows above and below the input are zeroed with one fill each."""
    work = fills = 0
    size = 2 * g.kernel_w * g.input_c
    for start in range(-g.pad_h, -g.pad_h + g.output_h * g.stride_h, g.stride_h):
        above = max(0, -start)
        end = min(g.kernel_h, g.input_h - start)
        if above:
            work += g.output_w * fill_work(size * above, 0)
            fills += g.output_w
        if end != g.kernel_h:
            at = max(above, end) * size
            work += g.output_w * fill_work(size * (g.kernel_h - end), at & 3)
            fills += g.output_w
    return work, fills


def depthwise_by_four(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """A depth multiplier that is a multiple of four: four outputs of one input channel at a time."""
    pixels = g.output_h * g.output_w
    tiles = g.output_c // 4
    rows = g.vertical.inside
    return {
        "call": 1,
        "output_rows": g.output_h,
        "pixels": pixels,
        "input_channels": pixels * g.input_c,
        "tiles": pixels * tiles,
        "tile_rows": rows * g.output_w * tiles,
        "tile_taps": rows * g.horizontal.inside * tiles,
    }


def depthwise_generic(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """Scalar code: batches, dilation, and multipliers that are neither 1 nor a multiple of four."""
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "input_channels": pixels * g.input_c,
        "outputs": pixels * g.output_c,
        "kernel_rows": rows * g.output_w * g.output_c,
        "macs": rows * g.horizontal.inside * g.output_c,
    }


def fully_connected(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    """`arm_nn_vec_mat_mult_t_s8` a batch row: two outputs, four inputs at a time; eight steps unrolled."""
    fours, ones = divmod(g.input_depth, 4)
    pairs, odd = g.batch * (g.output_depth // 2), g.batch * (g.output_depth % 2)
    return {
        "call": 1,
        "rows": g.batch,
        "pairs": pairs,
        "pair_eights": pairs * (fours // 8),
        "pair_fours": pairs * (fours % 8),
        "pair_with_fours": pairs * (fours > 0),
        "pair_ones": pairs * ones,
        "pair_with_ones": pairs * (ones > 0),
        "odd": odd,
        "odd_eights": odd * (fours // 8),
        "odd_fours": odd * (fours % 8),
        "odd_ones": odd * ones,
    }


def fully_connected_1x1(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    """Rank above 2: one matrix product; a single multiplier is first spread over all channels."""
    spread = 0 if g.per_channel else g.output_depth
    product = matrix_product(1, g.batch, g.output_depth, g.input_depth)
    return {"call": 1, "spread_multipliers": spread, "spread_call": int(spread > 0), **product}


def average_pool(g: PoolGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside * g.output_w
    taps = g.batch * g.vertical.inside * g.horizontal.inside
    return {
        "call": 1,
        "pixels": pixels,
        "kernel_rows": rows,
        "taps": taps,
        "outputs": pixels * g.channels,
        "sums": (taps - pixels) * g.channels,
    }


def max_pool(g: PoolGeometry, seen: Observed) -> Counts:
    fours, ones = divmod(g.channels, 4)
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside * g.output_w
    taps = g.batch * g.vertical.inside * g.horizontal.inside
    compared = taps - pixels
    each = g.output_h * g.output_w * g.channels
    return {
        "call": 1,
        "batches": g.batch,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "kernel_rows": rows,
        "taps": taps,
        "copy_work": _first_taps(g),
        "compared_fours": compared * fours,
        "compared_ones": compared * ones,
        "clamped_fours": g.batch * (each // 4),
        "clamped_ones": g.batch * (each % 4),
    }


def _first_taps(g: PoolGeometry) -> int:
    """Each output pixel starts as a copy of its first tap."""
    size = g.channels
    if size % 4 == 0:
        return g.batch * g.output_h * g.output_w * copy_work(size, 0, 0)
    columns: dict[tuple[int, int], int] = {}
    for x in range(g.output_w):
        at = max(0, x * g.stride_w - g.pad_w)
        key = (at * size) & 3, (x * size) & 3
        columns[key] = columns.get(key, 0) + 1
    work = 0
    for batch in range(g.batch):
        for y in range(g.output_h):
            source = (batch * g.input_h + max(0, y * g.stride_h - g.pad_h)) * g.input_w * size
            target = (batch * g.output_h + y) * g.output_w * size
            for (s, t), times in columns.items():
                work += times * copy_work(size, (source + s) & 3, (target + t) & 3)
    return work


def softmax(g: SoftmaxGeometry, seen: Observed) -> Counts:
    return {
        "call": 1,
        "rows": g.rows,
        "elements": g.rows * g.depth,
        "exponentials": seen["exponentials"],
    }


def elementwise(g: BinaryGeometry, seen: Observed) -> Counts:
    """ADD, MUL: four elements at a time."""
    fours, ones = divmod(g.elements, 4)
    return {"call": 1, "fours": fours, "ones": ones}


def extremum(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def extremum_broadcast(g: BinaryGeometry, seen: Observed) -> Counts:
    """The loops over batch, height, width and channels stop at the first level where the shapes agree or
    one of them is a single element."""
    first, second, output = (_nhwc(shape) for shape in (g.shape_1, g.shape_2, g.output_shape))
    runs, entered, plain = 1, [0, 0, 0], 1
    for level in range(1, 4):
        runs *= output[level - 1]
        entered[level - 1] = runs
        rest = first[level:], second[level:]
        plain = int(rest[0] == rest[1])
        if plain or 1 in {prod(rest[0]), prod(rest[1])}:
            break
    return {
        "call": 1,
        "batches": entered[0],
        "rows": entered[1],
        "columns": entered[2],
        "plain_runs": runs * plain,
        "scalar_runs": runs * (1 - plain),
        "plain_elements": g.elements * plain,
        "scalar_elements": g.elements * (1 - plain),
    }


def _nhwc(shape: tuple[int, ...]) -> tuple[int, ...]:
    """CMSIS-NN sees four dimensions: those of a shorter shape come last."""
    return (1,) * (4 - len(shape)) + shape


def pad(g: PadGeometry, seen: Observed) -> Counts:
    """A fill or a copy for each run of padding or input."""
    shape = (1,) * (4 - len(g.input_shape)) + tuple(g.input_shape)
    before = (0,) * (4 - len(g.before)) + tuple(g.before)
    after = (0,) * (4 - len(g.after)) + tuple(g.after)
    whole = [b + size + a for b, size, a in zip(before, shape, after, strict=True)]
    column, row, block = whole[3], whole[3] * whole[2], whole[3] * whole[2] * whole[1]
    work = target = source = fills = copied = pixels = 0

    def fill(size: int) -> None:
        nonlocal work, target, fills
        work += fill_work(size, target & 3)
        target += size
        fills += 1

    def copy(size: int) -> None:
        nonlocal work, target, source, copied
        work += copy_work(size, source & 3, target & 3)
        target, source, copied = target + size, source + size, copied + 1

    fill(block * before[0])
    for _ in range(shape[0]):
        fill(row * before[1])
        for _ in range(shape[1]):
            fill(column * before[2])
            if shape[3] == whole[3]:
                copy(shape[2] * shape[3])
            else:
                for _ in range(shape[2]):
                    pixels += 1
                    fill(before[3])
                    copy(shape[3])
                    fill(after[3])
            fill(column * after[2])
        fill(row * after[1])
    fill(block * after[0])
    return {
        "call": 1,
        "input_rows": shape[0] * shape[1],
        "pixels": pixels,
        "fills": fills,
        "copies": copied,
        "copy_work": work,
    }


def transpose(g: TransposeGeometry, seen: Observed) -> Counts:
    """Two dimensions in a loop of their own, one in a copy, others in a nest of four over the input."""
    shape = g.input_shape
    elements = prod(shape)
    if len(shape) == 1:
        return {"call": 1, "copy_work": copy_work(elements, 0, 0)}
    if len(shape) == 2:
        return {"call": 1, "flat_rows": shape[0], "flat_elements": elements}
    filled = (1,) * (4 - len(shape)) + shape
    return {
        "call": 1,
        "outer": filled[0] * filled[1],
        "rows": prod(filled[:3]),
        "elements": elements,
    }


COUNTS: Mapping[str, Count] = MappingProxyType(
    {
        "1x1_fast": convolve_1x1,
        "1x1_strided": convolve_1x1,
        "1_x_n": convolve,
        "avgpool_s8": average_pool,
        "broadcast_s8": extremum_broadcast,
        "conv_1x1_fast": fully_connected_1x1,
        "convolve_s8": convolve,
        "convolve_s8_grouped": convolve,
        "dw_3x3": depthwise_3x3,
        "dw_generic": depthwise_generic,
        "dw_generic_dil": depthwise_generic,
        "dw_mult4": depthwise_by_four,
        "dw_opt": depthwise_optimized,
        "elementwise_s8": elementwise,
        "max_pool_s8": max_pool,
        "no_broadcast_s8": extremum,
        "pad_s8": pad,
        "scalar_s8": extremum,
        "softmax_s8": softmax,
        "softmax_s8_s16": softmax,
        "transpose_s8": transpose,
        "vec_mat": fully_connected,
        "vec_mat_per_ch": fully_connected,
    }
)
"""Variant to its counts."""
