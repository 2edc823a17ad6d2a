"""The binds of layers of int8 whose weights are constant, where the processor sums products of bytes.

Each returns None where the portable kernels have to do it: a processor without these instructions, or
MICROINFER_VECTORS=off; the bits are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .requantization import Requantization
from .spec import Array
from .weights import writable
from .window import Axis
from .window_offsets import pixel_offsets, run_offsets

if TYPE_CHECKING:
    from ..kernels._jit import Kernel

__all__ = ["bind_conv_2d", "bind_depthwise_conv_2d", "fast_pairs"]


CHUNK_BYTES = 16 << 10
"""Of input that a convolution over single pixels copies at a time: it stays in the first cache."""

FEWEST_PIXELS = 24
"""Of such a chunk; below, tiles do not fill."""

MANY_PIXELS = 96
"""From so many on finding real scales, three microseconds a channel, is won back in a thousand runs."""


def _parts(weights: NDArray[Any]) -> list[NDArray[np.int8]]:
    """Weights of eight bits whose sum these are: one array, but for weights minus a zero point."""
    found: list[NDArray[np.int8]] = []
    rest = weights.astype(np.int16)
    while not found or rest.any():
        found.append(np.clip(rest, -128, 127).astype(np.int8))
        rest = rest - found[-1]
    return found


def _merged(taps: NDArray[Any], groups: int) -> tuple[NDArray[Any], int]:
    """Weights of neighbouring groups as those of one, with zeros for what is not its own, as long as they
    fill no more than the lanes that one takes; and how many groups there are then."""
    from ..kernels.lanes import LANES

    each = len(taps) // groups
    most = max(1, LANES // each)
    together = next(count for count in range(min(most, groups), 0, -1) if groups % count == 0)
    if together == 1:
        return taps, groups
    _, height, width, depth = taps.shape
    rest = groups // together
    made = np.zeros((rest, together, each, height, width, together, depth), taps.dtype)
    split = taps.reshape(rest, together, each, height, width, depth)
    for position in range(together):
        made[:, position, :, :, :, position] = split[:, position]
    return made.reshape(len(taps), height, width, together * depth), rest


def _chunk(pixels: int, channels: int) -> int:
    """Pixels of a convolution over single pixels that are done at a time: a divisor of all of them."""
    most = max(1, CHUNK_BYTES // channels)
    found = next(size for size in range(min(pixels, most), 0, -1) if pixels % size == 0)
    return found if found >= FEWEST_PIXELS else pixels


def _form(
    pixels: int, weights: NDArray[Any], bias: Array | None, scaling: Requantization
) -> tuple[str, Sequence[NDArray[np.float32]]]:
    """How the sums of a layer are requantised, with scales and nudges where by real numbers.

    To find those takes three microseconds a channel: for many pixels only.
    """
    from ..kernels import dot_products

    if not dot_products.is_narrow(weights, bias, scaling.multipliers, scaling.shifts):
        return dot_products.WIDE, ()
    if pixels >= MANY_PIXELS:
        from ..kernels.real_scales import real_scales

        zero_point = scaling.output_zero_point
        most = dot_products.largest_sums(weights, bias)
        limits = scaling.low - zero_point, scaling.high - zero_point
        found = real_scales(scaling.multipliers, scaling.shifts, most, *limits)
        if found is not None:
            return dot_products.REAL, found
    return dot_products.NARROW, ()


def bind_conv_2d(
    vertical: Axis,
    horizontal: Axis,
    scaling: Requantization,
    weights: NDArray[Any],
    bias: Array | None,
    x: Array,
    y: Array,
    groups: int = 1,
) -> Callable[[], None] | None:
    """`weights` [output channels, height, width, channels of a group], x [.., height, width, channels]."""
    from ..kernels._processor import has_dot_products

    rows, columns = vertical.useful, horizontal.useful
    taps = weights[:, rows.start : rows.stop, columns.start : columns.stop]
    if not taps.size or not has_dot_products():
        return None
    channels, inputs = weights.shape[0], weights.shape[3] * groups
    if groups > 1 and weights.shape[3] == 1:
        across = weights[..., 0].transpose(1, 2, 0)
        return bind_depthwise_conv_2d(vertical, horizontal, scaling, across, bias, x, y, channels // inputs)
    from ..kernels import dot_conv_2d as kernels
    from ..kernels import dot_products

    taps, groups = _merged(taps, groups)
    if all(axis.kernel == axis.stride == 1 and axis.input == axis.output for axis in (vertical, horizontal)):
        chunk = _chunk(x.size // inputs, inputs)
        vertical, horizontal = Axis(1, 1, 1, 1, 1, 0), Axis(chunk, chunk, 1, 1, 1, 0)
    row = horizontal.extent * inputs
    whole_rows = groups == 1 and horizontal.dilation == 1
    starts = pixel_offsets(vertical, horizontal, row, inputs)
    runs = run_offsets(vertical, horizontal, row, inputs, whole_rows)
    flat = taps.reshape(channels, -1)
    form, reals = _form(y.size // channels, flat, bias, scaling)
    run_taps = flat.shape[1] // len(runs)
    parts = _parts(flat.reshape(channels, len(runs), run_taps))
    runs = np.tile(runs, len(parts))
    tile = kernels.tile_shape(len(starts), channels // groups, len(runs), run_taps, form)
    packed, order = kernels.pack_weights(np.concatenate(parts, axis=1), tile, groups)
    offsets = np.arange(groups) * taps.shape[3]
    table = dot_products.channel_rows(
        order,
        dot_products.bias_of_unsigned(flat, bias, scaling.input_zero_point),
        scaling.multipliers,
        scaling.shifts,
        form,
        reals,
    )
    return kernels.conv_2d(tile, form).bind(
        writable(x).reshape(-1, vertical.input, horizontal.input * inputs),
        y.reshape(-1, len(starts), channels),
        dot_products.image(vertical.extent * row, scaling.input_zero_point),
        packed,
        table,
        starts,
        np.add.outer(offsets, runs),
        -(-run_taps // tile.taps),
        len(order) // groups,
        vertical.lead * row + horizontal.lead * inputs,
        row,
        scaling.output_zero_point,
        scaling.low,
        scaling.high,
    )


def bind_depthwise_conv_2d(
    vertical: Axis,
    horizontal: Axis,
    scaling: Requantization,
    weights: NDArray[Any],
    bias: Array | None,
    x: Array,
    y: Array,
    multiplier: int = 1,
) -> Callable[[], None] | None:
    """`weights` [height, width, channels], x [.., height, width, channels / multiplier]."""
    from ..kernels._processor import has_dot_products

    if horizontal.input == horizontal.output == horizontal.kernel == 1:
        vertical, horizontal, weights = horizontal, vertical, weights.transpose(1, 0, 2)
    rows, columns = vertical.useful, horizontal.useful
    taps = weights[rows.start : rows.stop, columns.start : columns.stop]
    if not taps.size or not has_dot_products():
        return None
    from ..kernels import dot_depthwise_conv_2d as kernels
    from ..kernels import dot_products

    channels, stride = weights.shape[2], horizontal.stride
    flat = taps.reshape(-1, channels)
    form, reals = _form(y.size // channels, flat.T, bias, scaling)
    plane = -(-horizontal.extent // stride) * channels
    row = plane * stride
    size = horizontal.output * channels
    down = (np.array(range(len(rows))) * vertical.dilation + vertical.start) * row
    across = np.array(range(len(columns))) * horizontal.dilation + horizontal.start
    offsets = np.add.outer(down, across % stride * plane + across // stride * channels).reshape(-1)
    repeat = kernels.phases(channels, size)
    packed, order = kernels.pack_weights(flat, repeat)
    table = dot_products.channel_rows(
        order,
        dot_products.bias_of_unsigned(flat.T, bias, scaling.input_zero_point),
        scaling.multipliers,
        scaling.shifts,
        form,
        reals,
    )
    return kernels.depthwise_conv_2d(form).bind(
        writable(x).reshape(-1, vertical.input, horizontal.input * channels // multiplier),
        y.reshape(-1, vertical.output, size),
        dot_products.image(vertical.extent * row + kernels.BLOCK, scaling.input_zero_point),
        packed,
        table,
        np.concatenate((offsets, offsets[-1:].repeat(-len(offsets) % dot_products.TAPS))),
        channels,
        stride,
        vertical.lead * row,
        row,
        plane,
        horizontal.lead,
        vertical.stride * row,
        repeat,
        int(kernels.BLOCK % channels == 0),
        int(stride == 2 and channels in kernels.SPLIT),
        multiplier,
        scaling.output_zero_point,
        scaling.low,
        scaling.high,
    )


def fast_pairs(
    name: str, parameters: Sequence[int], operands: Sequence[Array], y: Array
) -> tuple[Kernel, Sequence[int]] | None:
    """The kernel for sums, products or slopes of int8, and its arguments, in place of `arithmetic`'s add,
    multiply or prelu and theirs, unless input and output lie in one another's memory, when the order of
    elements would tell."""
    from ..kernels._processor import has_dot_products

    if name not in ("add", "multiply", "prelu") or y.dtype != np.int8 or not has_dot_products():
        return None
    from ..kernels import byte_sums as kernels

    if y.size < kernels.LEAST:
        return None
    for x in operands:
        if np.may_share_memory(x, y) and x.ctypes.data != y.ctypes.data:
            return None
    if name == "prelu":
        return _fast_slope(parameters)
    return _fast_sum(parameters) if name == "add" else _fast_product(parameters, y.size)


def _fast_sum(parameters: Sequence[int]) -> tuple[Kernel, Sequence[int]] | None:
    from ..kernels import byte_sums as kernels

    sign, left_shift = parameters[:2]
    factors = [(parameters[at + 1], parameters[at + 2]) for at in (2, 5, 8)]
    if left_shift > kernels.MOST_LEFT_SHIFT:
        return None
    found = kernels.add(sign, factors[0], factors[1], factors[2])
    return None if found is None else (found, parameters)


def _fast_product(parameters: Sequence[int], size: int) -> tuple[Kernel, Sequence[int]] | None:
    """Only for factors below one half, as most products have: those shift to the right."""
    from ..kernels import byte_sums as kernels
    from ..kernels.real_scales import real_scales

    zero_1, zero_2, zero_point, multiplier, shift, low, high = parameters
    if not -31 <= shift < 0:
        return None
    factor, second = multiplier, -shift
    reals = None
    if size >= kernels.MANY:
        most = np.array([(128 + abs(zero_1)) * (128 + abs(zero_2))])
        one = np.array([multiplier], np.int32), np.array([shift], np.int32)
        reals = real_scales(*one, most, low - zero_point, high - zero_point)
    if reals is not None:
        factor, second = (int(found.view(np.int32)[0]) for found in reals)
    arguments = zero_1, zero_2, zero_point, factor, second, low, high
    return kernels.multiply(reals is not None), arguments


def _fast_slope(parameters: Sequence[int]) -> tuple[Kernel, Sequence[int]] | None:
    from ..kernels import byte_sums as kernels

    *zero_points, multiplier, shift, alpha_multiplier, alpha_shift, low, high = parameters
    found = kernels.slope()
    if found is None or not (-31 <= shift <= 0 and -31 <= alpha_shift < 0):
        return None
    return found, (*zero_points, multiplier, -shift, alpha_multiplier, -alpha_shift, low, high)
