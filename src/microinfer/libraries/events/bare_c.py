"""How often each loop of bare-c's kernels runs: the C in `kernels/`.

One function an operator, as in `reference`. The kernels were written so that next to nothing in them
depends on the data: requantisation takes as long for every value and shift, branches are balanced.
What is left is how many elements of a softmax lie so far below their row's maximum that they are
skipped, and soft floating point in QUANTIZE and DEQUANTIZE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ...operators.relu import ElementwiseGeometry
from ...operators.spec import Geometry
from ..loops import broadcast_loops, move_loops, pad_axes, reduction_runs
from ..rescaling import short_record, short_sum

if TYPE_CHECKING:
    from ...operators.add import BinaryGeometry
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.concatenation import ConcatenationGeometry
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ...operators.logistic import ActivationGeometry
    from ...operators.mean import ReduceGeometry
    from ...operators.pack import PackGeometry
    from ...operators.pad import PadGeometry
    from ...operators.reshape import ReshapeGeometry
    from ...operators.resize_nearest_neighbor import ResizeGeometry
    from ...operators.softmax import SoftmaxGeometry
    from ...operators.split import SplitGeometry
    from ...operators.strided_slice import StridedSliceGeometry
    from ...operators.transpose import TransposeGeometry

__all__ = ["COUNTS", "reads_data"]

Counts: TypeAlias = dict[str, int]
Observed: TypeAlias = Mapping[str, int]

FEW_TAPS = 255
"""Means of more taps are computed in 32 bits."""


def _gathered(g: Conv2DGeometry | DepthwiseConv2DGeometry, groups: int, depth: int) -> Counts:
    """Patches, one a pixel and group: columns are looked at once a patch, then rows are copied or filled.

    A row of neighbouring pixels is one copy; the taps of a group or of a dilated window are one each.
    """
    vertical, horizontal = g.vertical, g.horizontal
    columns = horizontal.inside
    every = g.batch * groups
    patches = every * g.output_h * g.output_w
    rows = patches * g.kernel_h
    copied = every * vertical.inside * columns * depth
    dense = groups == 1 and g.dilation_w == 1
    with_columns = sum(horizontal.taps(x) > 0 for x in range(horizontal.output))
    runs = every * vertical.output * g.kernel_h * (with_columns if dense else columns)
    before = every * g.output_h * horizontal.before
    after = every * g.output_h * horizontal.after
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": g.batch * g.output_h * g.output_w,
        "patches": patches,
        "columns": every * g.output_h * g.output_w * g.kernel_w,
        "columns_before": before,
        "columns_after": after,
        "rows": rows,
        "runs": runs,
        "bytes_copied": copied,
        "bytes_filled": rows * g.kernel_w * depth - copied,
    }


def _dot(outputs: int, taps: int) -> Counts:
    """Four products at a time, then what is left one by one."""
    return {
        "outputs": outputs,
        "outputs_with_quads": outputs * (taps >= 4),
        "quads": outputs * (taps // 4),
        "outputs_with_singles": outputs * (taps % 4 > 0),
        "singles": outputs * (taps % 4),
    }


def conv_2d(g: Conv2DGeometry, seen: Observed) -> Counts:
    outputs = g.batch * g.output_h * g.output_w * g.output_c
    taps = g.kernel_h * g.kernel_w * g.filter_c
    return {**_gathered(g, g.groups, g.filter_c), **_dot(outputs, taps)}


def depthwise_conv_2d(g: DepthwiseConv2DGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    outputs = pixels * g.output_c
    return {
        **_gathered(g, 1, g.input_c),
        "input_channels": pixels * g.input_c,
        "outputs": outputs,
        "macs": outputs * g.kernel_h * g.kernel_w,
    }


def fully_connected(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, "rows": g.batch, **_dot(g.batch * g.output_depth, g.input_depth)}


def _pool(g: PoolGeometry) -> Counts:
    channels = g.batch * g.channels
    rows = g.vertical.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": g.batch * g.output_h * g.output_w,
        "outputs": channels * g.output_h * g.output_w,
        "kernel_rows": channels * g.output_w * rows,
        "taps": channels * rows * g.horizontal.inside,
    }


def average_pool_2d(g: PoolGeometry, seen: Observed) -> Counts:
    """A new reciprocal wherever the number of taps changes from one pixel to the next."""
    across = [g.horizontal.taps(x) for x in range(g.output_w)]
    down = [g.vertical.taps(y) for y in range(g.output_h)]
    counts = [rows * columns for _ in range(g.batch) for rows in down for columns in across]
    made = _pool(g)
    many = [count for count in counts if count > FEW_TAPS]
    wide_rows = sum(
        rows for _ in range(g.batch) for rows in down for columns in across if rows * columns > FEW_TAPS
    )
    made["wide_outputs"] = len(many) * g.channels
    made["wide_taps"] = sum(many) * g.channels
    made["wide_rows"] = wide_rows * g.channels
    made["taps"] -= made["wide_taps"]
    made["kernel_rows"] -= made["wide_rows"]
    made["outputs"] -= made["wide_outputs"]
    made["reciprocals"] = sum(count > 1 for count, _ in groupby(counts))
    return made


def max_pool_2d(g: PoolGeometry, seen: Observed) -> Counts:
    return _pool(g)


def _odometer(sizes: Sequence[int], times: int = 1, prefix: str = "") -> Counts:
    """Nested loops with an index each, gone round as often as `times`.

    The innermost index is stepped each turn and carries into the others; compilers make code of its own for
    it. Without a loop there is one turn and no step.
    """
    turns = [times * prod(sizes[:axis]) for axis in range(len(sizes) + 1)]
    found = {
        "turns": turns[-1],
        "steps": turns[-1] if sizes else 0,
        "carries": turns[-2] if sizes else 0,
        "outer_steps": sum(turns[1:-1]),
        "outer_carries": sum(turns[:-2]),
    }
    return {prefix + event: count for event, count in found.items()}


def _product(shift: int) -> Counts:
    """`mi_multiply`: shifts on AVR are loops, of bits to the left, of bytes and then bits to the right."""
    right = max(0, -shift - 1)
    return {
        "bits_left": max(0, shift),
        "roundings": int(shift <= 0),
        "right_shifts": int(shift < 0),
        "bytes_right": right // 8,
        "bits_right": right % 8,
    }


def _rescaled(shift: int, outputs: int) -> Counts:
    """`requantise`: outputs of the short form, or of the long one."""
    if short_record(shift):
        return {"outputs": outputs}
    return {"long_outputs": outputs, **{event: outputs * n for event, n in _product(shift).items()}}


def _broadcast(g: BinaryGeometry) -> Counts:
    sizes = [size for size, *_ in broadcast_loops(g)]
    return {
        **_odometer(sizes[:-1]),
        "flash_reads_1": g.elements * g.constant_1,
        "flash_reads_2": g.elements * g.constant_2,
    }


def extremum(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, **_broadcast(g), "elements": g.elements}


def total(g: BinaryGeometry, seen: Observed) -> Counts | None:
    """ADD and SUB: `mi_add`, or `mi_add_any` with three products an element. int32 has no kernel."""
    if not g.shifts:
        return None
    if short_sum(g.shifts):
        return {"call": 1, **_broadcast(g), "elements": g.elements}
    products = sum((Counter(_product(shift)) for shift in g.shifts), Counter[str]())
    return {
        "long_call": 1,
        **_broadcast(g),
        "long_elements": g.elements,
        **{event: g.elements * n for event, n in products.items()},
    }


def product(g: BinaryGeometry, seen: Observed) -> Counts | None:
    """MUL; int32 has no kernel."""
    if not g.shifts:
        return None
    (shift,) = g.shifts
    return {"call": 1, **_broadcast(g), **_rescaled(shift, g.elements)}


def softmax(g: SoftmaxGeometry, seen: Observed) -> Counts:
    elements = g.rows * g.depth
    return {"call": 1, "rows": g.rows, "elements": elements, "exponentials": seen["exponentials"]}


def lookup(g: ActivationGeometry | ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "lookups": g.elements}


def rectify(g: ElementwiseGeometry, seen: Observed) -> Counts:
    """A clamp where the scales are the same, else a table."""
    if g.rescales:
        return {"call": 1, "lookups": g.elements}
    return {"clip_call": 1, "clips": g.elements}


def quantize(g: ElementwiseGeometry, seen: Observed) -> Counts:
    if (g.input_dtype, g.output_dtype) == ("int8", "int8"):
        return {"call": 1, "lookups": g.elements}
    if g.input_dtype == "float32":
        counted = (
            "negatives",
            "whole_quotients",
            "truncations",
            "truncated_bytes",
            "truncated_bits",
            "cancelled_bits",
        )
        return {
            "divisions_call": 1,
            "elements": g.elements,
            "divisions": g.elements - seen["zeros"],
            **{event: seen[event] for event in counted},
        }
    products = {event: g.elements * n for event, n in _product(g.shift).items()}
    return {"requantised_call": 1, f"requantised_{g.input_dtype}_{g.output_dtype}": g.elements, **products}


def dequantize(g: ElementwiseGeometry, seen: Observed) -> Counts:
    """Software floating point of avr-libc."""
    counted = ("nonzeros", "negatives", "normalised_bits", "normalised_products")
    return {"call": 1, "elements": g.elements, **{event: seen[event] for event in counted}}


def reshape(g: ReshapeGeometry, seen: Observed) -> Counts:
    return {"call": 1, "bytes": g.size_bytes}


def copies(g: ConcatenationGeometry | SplitGeometry, seen: Observed) -> Counts:
    """CONCATENATION and SPLIT: a call for each part."""
    parts = [size for size in g.copy_bytes if size]
    return {"call": len(parts), "rows": g.outer * len(parts), "bytes": g.outer * sum(parts)}


def stacks(g: PackGeometry, seen: Observed) -> Counts:
    """PACK and UNPACK: a call for each tensor."""
    rows = g.outer * g.count
    return {"call": g.count, "rows": rows, "bytes": rows * g.inner * g.item_bytes}


def move(g: TransposeGeometry | StridedSliceGeometry | ResizeGeometry, seen: Observed) -> Counts:
    loops, _, run = move_loops(g)
    sizes = [size for size, _ in loops]
    return {"call": 1, **_odometer(sizes), "bytes": prod(sizes) * run}


def pad(g: PadGeometry, seen: Observed) -> Counts:
    """Rows of the output; those outside are filled whole, the others filled, copied and filled."""
    *outer, (size, before, after) = pad_axes(g)
    inside = prod(size for size, *_ in outer)
    whole = [sum(axis) for axis in outer]
    rows = prod(whole)
    copied = inside * size
    return {
        "call": 1,
        **_odometer(whole),
        "rows_inside": inside,
        "fills": rows - inside + inside * (before > 0),
        "fills_after": inside * (after > 0),
        "axis_tests": rows * len(outer),
        "outside_tests": sum(rows // sum(axis) * (axis[1] + axis[2]) for axis in outer if sum(axis)),
        "bytes_copied": copied,
        "bytes_filled": rows * (size + before + after) - copied - inside * after,
        "bytes_filled_after": inside * after,
    }


def mean(g: ReduceGeometry, seen: Observed) -> Counts:
    """An odometer over what is kept, and for each output one over what is reduced."""
    kept, reduced = ([size for size, _ in runs] for runs in reduction_runs(g))
    outputs = prod(kept)
    return {
        "call": 1,
        **_odometer(kept[:-1], prefix="kept_"),
        **_odometer(reduced[:-1], outputs, prefix="reduced_"),
        **_rescaled(g.shift, outputs),
        "elements": outputs * prod(reduced),
    }


def reads_data(name: str, geometry: Geometry) -> bool:
    """Whether a kernel's counts cannot be told without its data: softmax, and software floating point."""
    if name == "QUANTIZE":
        return isinstance(geometry, ElementwiseGeometry) and geometry.input_dtype == "float32"
    return name in {"SOFTMAX", "DEQUANTIZE"}


COUNTS: Mapping[str, Callable[[Any, Observed], Counts | None]] = MappingProxyType(
    {
        "ADD": total,
        "AVERAGE_POOL_2D": average_pool_2d,
        "CONCATENATION": copies,
        "CONV_2D": conv_2d,
        "DEPTHWISE_CONV_2D": depthwise_conv_2d,
        "DEQUANTIZE": dequantize,
        "EXPAND_DIMS": reshape,
        "FULLY_CONNECTED": fully_connected,
        "HARD_SWISH": lookup,
        "LEAKY_RELU": lookup,
        "LOGISTIC": lookup,
        "MAXIMUM": extremum,
        "MAX_POOL_2D": max_pool_2d,
        "MEAN": mean,
        "MINIMUM": extremum,
        "MUL": product,
        "PACK": stacks,
        "PAD": pad,
        "PADV2": pad,
        "QUANTIZE": quantize,
        "RELU": rectify,
        "RELU6": rectify,
        "RESHAPE": reshape,
        "RESIZE_NEAREST_NEIGHBOR": move,
        "SOFTMAX": softmax,
        "SPLIT": copies,
        "SQUEEZE": reshape,
        "STRIDED_SLICE": move,
        "SUB": total,
        "SUM": mean,
        "TANH": lookup,
        "TRANSPOSE": move,
        "UNPACK": stacks,
    }
)
