"""Transposed convolutions of CMSIS-NN: as a convolution with the filter turned about, or scattered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...operators.conv_2d import Conv2DGeometry
from ...words.printing import counted
from ..copies import Copies
from ..fault import Fault, fails, other_bits
from ..kernel import Inner
from ..requests import INT32_BYTES
from ..templates import by_type
from ..tflm_reference import windowed as reference
from ..traffic import WeightTraffic
from .convolution import convolve_counts
from .patches import UINT16, patches

if TYPE_CHECKING:
    from ...operators.spec import Step
    from ...operators.transpose_conv import TransposeConvGeometry
    from ..kernel import Counts, Observed
    from ..target import Core, Target


REVERSED_CHANNELS = 16
"""Input channels above which a transposed convolution runs as a convolution with the filter turned about."""


def reverses(geometry: TransposeConvGeometry) -> bool:
    return max(geometry.stride_h, geometry.stride_w) <= 2 and geometry.input_c > REVERSED_CHANNELS


def transpose_conv_variant(geometry: TransposeConvGeometry, core: Core) -> str:
    if geometry.dtype != "int8":
        return by_type(geometry)
    if not reverses(geometry):
        return "transpose_conv_forward"
    unit = geometry.stride_h == geometry.stride_w == 1
    return "transpose_conv_reverse" if unit else "transpose_conv_reverse_spread"


def transpose_conv_scratch(geometry: TransposeConvGeometry, core: Core) -> tuple[int, ...]:
    """Rows of int32 sums, or, where the reverse convolution pays, its columns and the turned filter.

    The rolling buffer's width takes the vertical stride, as `arm_transpose_conv_s8_get_buffer_size` does.
    """
    if geometry.dtype != "int8":
        return reference.transpose_conv_scratch(geometry, core)
    if reverses(geometry):
        taps = geometry.kernel_h * geometry.kernel_w * geometry.input_c
        return patches(taps, core), taps * geometry.output_c
    columns = (geometry.input_w - 1) * geometry.stride_w + max(geometry.kernel_w, geometry.stride_h)
    rows = max(geometry.kernel_h, geometry.stride_h)
    return INT32_BYTES * columns * rows * geometry.output_c, 0


def rows_written(g: TransposeConvGeometry) -> int:
    """Output rows that CMSIS-NN's scattering transposed convolution writes, whatever the output has."""
    return g.stride_h * max(0, g.input_h - _above(g)) + _left_over(g)


def _above(g: TransposeConvGeometry) -> int:
    """Input rows whose first output row lies in the padding, if the input has as many."""
    return -(-g.pad_h // g.stride_h)


def _left_over(g: TransposeConvGeometry) -> int:
    """Output rows behind those that an input row begins."""
    late = g.input_h * g.stride_h
    end = late + max(0, g.kernel_h - g.stride_h)
    return max(0, min(end, g.pad_h + g.output_h) - max(late, g.pad_h))


def transpose_conv_faults(step: Step, g: TransposeConvGeometry, target: Target) -> Iterator[Fault]:
    if g.dtype != "float32" and g.activates:
        yield other_bits("TFLM's glue for CMSIS-NN leaves the fused activation out")
    if g.dtype == "int16" and not g.bias:
        yield Fault(
            "warning",
            "TFLM's glue for CMSIS-NN looks at the type of a bias that is not there, at address 0; a part "
            "with memory there reads on, another faults: give the layer a bias",
            certain=False,
        )
    if g.dtype != "int8":
        return
    if reverses(g):
        sizes = g.input_h * g.stride_h, g.input_w * g.stride_w, g.output_h, g.output_w, g.output_c
        if max(sizes) > UINT16:
            yield other_bits(f"CMSIS-NN keeps sizes in 16 bits, and one here is {max(sizes):,}")
        return
    columns = (g.input_w - 1) * g.stride_w + max(g.kernel_w, g.stride_w)
    if g.stride_w > max(g.kernel_w, g.stride_h):
        missing = g.stride_w - max(g.kernel_w, g.stride_h)
        over = 4 * g.output_c * missing * max(g.kernel_h, g.stride_h)
        yield fails(
            f"CMSIS-NN writes {counted(over, 'byte')} behind its scratch buffer, into what "
            f"lies there: it asks for rows "
            f"by the vertical stride, {g.stride_h}, and the horizontal one is {g.stride_w}"
        )
    rows = rows_written(g)
    if rows > g.output_h:
        over = (rows - g.output_h) * g.output_w * g.output_c
        yield fails(
            f"CMSIS-NN writes {counted(over, 'byte')} behind the output, into what lies there: "
            f"{counted(rows, 'row')}, "
            f"{g.input_h} x stride {g.stride_h}, where the output has {g.output_h}"
        )
    if g.pad_h % g.stride_h:
        yield other_bits(
            f"CMSIS-NN puts rows elsewhere where the padding above, {g.pad_h}, is no multiple of the stride, "
            f"{g.stride_h}"
        )
    elif rows < g.output_h or g.input_h * g.stride_h < g.pad_h or g.pad_w + g.output_w > columns:
        yield other_bits(
            f"CMSIS-NN does not fill the {g.output_h} x {g.output_w} output of a {g.input_h} x {g.input_w} "
            "input as the reference does"
        )


def transpose_convolve_traffic(g: TransposeConvGeometry) -> WeightTraffic:
    """The turned filter lies in RAM; the model's own is read once."""
    return WeightTraffic(g.kernel_h * g.kernel_w * g.input_c * g.output_c)


def transpose_scatter_traffic(g: TransposeConvGeometry) -> WeightTraffic:
    runs = g.input_w // 4 + g.input_w % 4 // 2 + g.input_w % 2
    return WeightTraffic(g.batch * g.input_h * runs * g.kernel_h * g.kernel_w * g.input_c * g.output_c)


def transpose_convolve_counts(g: TransposeConvGeometry, seen: Observed) -> Counts:
    """A convolution with the filter turned about, over an input that is spread out in the patches."""
    taps = g.kernel_h * g.kernel_w
    all_taps = g.output_c * taps
    plain = Conv2DGeometry(
        batch=g.batch,
        input_h=g.input_h * g.stride_h,
        input_w=g.input_w * g.stride_w,
        input_c=g.input_c,
        output_h=g.output_h,
        output_w=g.output_w,
        output_c=g.output_c,
        kernel_h=g.kernel_h,
        kernel_w=g.kernel_w,
        filter_c=g.input_c,
        stride_h=1,
        stride_w=1,
        dilation_h=1,
        dilation_w=1,
        pad_h=g.kernel_h - 1 - g.pad_h,
        pad_w=g.kernel_w - 1 - g.pad_w,
        per_channel=g.per_channel,
        bias=g.bias,
    )
    counts = convolve_counts(plain, seen) | {"turned_taps": all_taps}
    turned, size = Copies(), g.input_c
    for tap in range(min(4, all_taps)):
        turned.copy(size, tap * size, -(tap + 1) * size, (all_taps - tap + 3) // 4)
    if g.stride_h == g.stride_w == 1:
        return counts | _added(counts, turned)
    rows, columns = _spread(plain, g.stride_h, vertical=True), _spread(plain, g.stride_w, vertical=False)
    depth, pixels = taps * size, g.output_h * g.output_w
    aligned = (depth + 3) // 4 * 4
    turned.fill(depth, 2 * aligned, g.batch * ((pixels + 1) // 2))
    turned.fill(depth, 2 * aligned + depth, g.batch * (pixels // 2))
    turned.copy(size, 0, 0 if size % 4 == 0 else 1, g.batch * rows * columns)
    return counts | {
        **turned.counts,
        "taps_inside": 0,
        "taps_outside": 0,
        "kernel_rows": 0,
        "spread_rows": g.batch * pixels * g.kernel_h,
        "spread_taps": g.batch * rows * g.output_w * g.kernel_w,
        "spread_copies": g.batch * rows * columns,
    }


def _added(counts: Counts, more: Copies) -> Counts:
    return {event: counts[event] + times for event, times in more.counts.items()}


def _spread(g: Conv2DGeometry, stride: int, *, vertical: bool) -> int:
    """Taps that meet an input element, not a gap between two, summed over an axis' outputs."""
    axis = g.vertical if vertical else g.horizontal
    met = 0
    for tap in range(axis.kernel):
        first, end = max(0, tap - axis.pad), min(axis.input, axis.output + tap - axis.pad)
        met += max(0, -(-end // stride) + (-first // stride))
    return met


def transpose_scatter_counts(g: TransposeConvGeometry, seen: Observed) -> Counts:
    """Rows of int32 that roll on: an input row is added to them by four pixels, then two, then one."""
    fours, ones = divmod(g.input_c, 4)
    written = g.stride_h * max(0, g.input_h - _above(g))
    first = min(g.input_h, _above(g))
    last = (g.pad_h + g.output_h + 1 - g.kernel_h) // g.stride_h + 1
    last = max(first, min(g.input_h, last))
    kept = (last - first) * g.kernel_h
    for y in chain(range(first), range(last, g.input_h)):
        above = max(0, g.pad_h - y * g.stride_h)
        below = max(0, y * g.stride_h + g.kernel_h - (g.pad_h + g.output_h) - 1)
        kept += max(0, g.kernel_h - above - below)
    late = range(g.input_h * g.stride_h, g.input_h * g.stride_h + max(0, g.kernel_h - g.stride_h))
    left_over = _left_over(g)
    taps = g.batch * kept * g.kernel_w * g.output_c
    quads, pair, single = g.input_w // 4, g.input_w % 4 // 2, g.input_w % 2
    width = (g.input_w - 1) * g.stride_w + max(g.kernel_w, g.stride_w)
    height = max(g.kernel_h, g.stride_h)
    moved = Copies()
    if g.bias:
        moved.copy(4 * g.output_c, 0, 0, g.batch * (height + written) * width)
    else:
        moved.fill(4 * g.output_c * width * height, 0, g.batch)
        moved.fill(4 * g.output_c * width, 0, g.batch * written)
    rows = g.batch * (written + left_over)
    groups = quads + pair + single
    return {
        "call": 1,
        "batches": g.batch,
        "input_rows": g.batch * g.input_h,
        "fresh_rows": g.batch * written,
        "fresh_pixels": g.batch * (height + written) * width if g.bias else 0,
        **moved.counts,
        "channel_groups": g.batch * g.input_h * groups * g.output_c,
        "kernel_rows": g.batch * kept * g.output_c * groups,
        "quads": taps * quads,
        "quad_fours": taps * quads * fours,
        "quad_ones": taps * quads * ones,
        "pairs": taps * pair,
        "pair_fours": taps * pair * fours,
        "pair_ones": taps * pair * ones,
        "singles": taps * single,
        "single_fours": taps * single * fours,
        "single_ones": taps * single * ones,
        "late_rows": g.batch * len(late),
        "output_rows": rows,
        "pixels": rows * g.output_w,
        "outputs": rows * g.output_w * g.output_c,
    }


TRANSPOSE_CONV = replace(
    reference.TRANSPOSE_CONV,
    scratch=transpose_conv_scratch,
    variant=transpose_conv_variant,
    inner=MappingProxyType(
        {
            "transpose_conv_forward": Inner(transpose_scatter_counts, transpose_scatter_traffic),
            "transpose_conv_reverse": Inner(transpose_convolve_counts, transpose_convolve_traffic),
            "transpose_conv_reverse_spread": Inner(transpose_convolve_counts, transpose_convolve_traffic),
        }
    ),
    faults=transpose_conv_faults,
)
