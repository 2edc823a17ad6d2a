"""How often each loop of CMSIS-NN's convolutions runs on a core with the DSP extension.

One function an internal kernel, as in `cmsis_nn`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from ..copies import Copies
from ..places import places

if TYPE_CHECKING:
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..kernel import Counts, Observed


def convolve_1x1_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
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
        "pairs_with_quads": pairs * (rows > 1),
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


def convolve_counts(g: Conv2DGeometry, seen: Observed) -> Counts:
    """`arm_convolve_s8`: patches widened to int16 column by column, multiplied two columns at a time."""
    groups, channels = g.batch * g.groups, g.output_c // g.groups
    depth, pixels = g.kernel_h * g.kernel_w * g.filter_c, g.output_h * g.output_w
    fours, ones = divmod(depth, 4)
    columns = groups * pixels
    doubles, left = groups * (pixels // 2), groups * (pixels % 2)
    pairs, odd = doubles * (channels // 2), doubles * (channels % 2)
    moved, inside = patches(g)
    taps = columns * g.kernel_h * g.kernel_w
    return {
        "call": 1,
        "groups": groups,
        "output_rows": groups * g.output_h,
        "columns": columns,
        "kernel_rows": columns * g.kernel_h,
        "taps_inside": inside,
        "taps_outside": taps - inside,
        **moved.counts,
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


def patches(g: Conv2DGeometry, item_bytes: int = 1) -> tuple[Copies, int]:
    """The copies and fills that lay out all patches, and how many of these are copies.

    A tap copies `filter_c` items from its pixel into one of two columns; addresses matter modulo 4.
    Rows and columns are counted by residue, so that the number of pixels does not matter.
    """
    size, taps = g.filter_c * item_bytes, g.kernel_h * g.kernel_w
    aligned = (taps * size + 3) // 4 * 4 if item_bytes == 1 else 0
    moved, inside = Copies(), 0
    columns = [_residues(g, x, item_bytes, vertical=False) for x in range(g.kernel_w)]
    for y in range(g.kernel_h):
        rows = _residues(g, y, item_bytes, vertical=True)
        for x in range(g.kernel_w):
            tap = (y * g.kernel_w + x) * size
            for (row_in, row_source, row_parity), row_times in rows.items():
                for (column_in, column_source, column_parity), column_times in columns[x].items():
                    times = g.batch * row_times * column_times
                    target = 2 * aligned + ((row_parity ^ column_parity) * taps * size) + tap
                    if row_in and column_in:
                        inside += times * g.groups
                        for group, groups in places(g.groups):
                            source = row_source + column_source + group * size
                            moved.copy(size, source, target, times * groups)
                    else:
                        moved.fill(size, target, times * g.groups)
    return moved, inside


def _residues(
    g: Conv2DGeometry, tap: int, item_bytes: int, *, vertical: bool
) -> dict[tuple[bool, int, int], int]:
    """How many output rows (or columns) put this tap inside or outside, at which address modulo 4, at
    which parity of the pixel's number."""
    axis = g.vertical if vertical else g.horizontal
    step = (g.input_w if vertical else 1) * g.input_c * item_bytes
    parity = g.output_w if vertical else 1
    found: dict[tuple[bool, int, int], int] = {}
    reached = axis.reached(tap)
    outside = range(reached.start), range(reached.stop, axis.output)
    for inside, run in ((True, reached), *((False, run) for run in outside)):
        for i, times in places(len(run)):
            position = run.start + i
            at = position * axis.stride - axis.pad + tap * axis.dilation
            key = (inside, (at * step) & 3 if inside else 0, (position * parity) & 1)
            found[key] = found.get(key, 0) + times
    return found


def depthwise_3x3_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """Four channels at a time; the middle column of the kernel is always taken, its sides if inside."""
    fours, ones = divmod(g.input_c, 4)
    pixels = g.output_h * g.output_w
    rows = g.vertical.inside
    left = min(g.output_w, -(-g.pad_w // g.stride_w))
    right = max(0, min(g.output_w, (g.input_w - 3 + g.pad_w) // g.stride_w + 1))
    sides = g.output_w - left + right
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


def depthwise_optimized_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """Each output pixel's patch is widened to int16, then multiplied four channels and two taps a time."""
    fours, ones = divmod(g.input_c, 4)
    pixels, taps = g.output_h * g.output_w, g.kernel_h * g.kernel_w
    rows = g.vertical.inside
    inside = rows * g.horizontal.inside
    outside = rows * g.output_w * g.kernel_w - inside
    moved, fills = _fill_rows(g)
    for column in range(g.kernel_w):
        moved.fill(
            2 * g.input_c, 2 * column * g.input_c, rows * (g.output_w - len(g.horizontal.reached(column)))
        )
    return {
        "call": 1,
        "output_rows": g.output_h,
        "pixels": pixels,
        "kernel_rows": rows * g.output_w,
        "taps_inside": inside,
        "taps_outside": outside,
        "row_fills": fills,
        **moved.counts,
        "widened_fours": inside * fours,
        "widened_ones": inside * ones,
        "fours": pixels * fours,
        "four_double_taps": pixels * fours * (taps // 2),
        "four_single_taps": pixels * fours * (taps % 2),
        "fours_looped": pixels * fours * (taps > 1),
        "ones": pixels * ones,
        "one_taps": pixels * ones * taps,
    }


def _fill_rows(g: DepthwiseConv2DGeometry) -> tuple[Copies, int]:
    """Kernel rows above and below the input are zeroed with one fill each."""
    moved, fills = Copies(), 0
    size = 2 * g.kernel_w * g.input_c
    first, last = g.vertical.reached(0), g.vertical.reached(g.kernel_h - 1)
    for row in chain(range(first.start), range(max(first.start, last.stop), g.output_h)):
        start = row * g.stride_h - g.pad_h
        above = max(0, -start)
        end = min(g.kernel_h, g.input_h - start)
        if above:
            moved.fill(size * above, 0, g.output_w)
            fills += g.output_w
        if end != g.kernel_h:
            at = max(above, end) * size
            moved.fill(size * (g.kernel_h - end), at, g.output_w)
            fills += g.output_w
    return moved, fills


def depthwise_by_four_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
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


def depthwise_generic_counts(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    """Scalar code: batches, dilation, and multipliers that are neither 1 nor a multiple of four."""
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "input_channels": pixels * g.input_c,
        "outputs": pixels * g.output_c,
        "divided_columns": pixels * g.output_c * (g.dilation_w > 1),
        "divided_rows": pixels * g.output_c * (g.dilation_h > 1),
        "kernel_rows": rows * g.output_w * g.output_c,
        "macs": rows * g.horizontal.inside * g.output_c,
    }
