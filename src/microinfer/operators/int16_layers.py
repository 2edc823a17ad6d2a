"""Binds of windowed layers of int16 data and int8 weights.

TFLM sums in 64 bits where the bias is int64 or there is none, and in 32 bits, which wrap, where it is int32
or where `quantized_bias_type` says so. DEPTHWISE_CONV_2D knows 64 bits only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Reason
from .float_layers import grouped
from .requantization import Requantization
from .short_tiles import bind_short_conv_2d, bind_short_depthwise
from .spec import Array, Bind, Node
from .weights import repacked, writable
from .window import Axis

__all__ = [
    "accumulator_bits",
    "bind_int16_convolution",
    "bind_int16_depthwise",
    "bind_int16_rows",
    "expect_wide_shift",
]

LARGEST_WIDE_SHIFT = 7
"""TFLM's multiplication of a 64-bit sum asserts that the factor is below 2^8."""


def accumulator_bits(node: Node) -> int:
    """32 or 64: the bits of the sums of a layer of int16 data."""
    bias = node.inputs[2] if len(node.inputs) > 2 else None
    if bias is not None:
        return 32 if bias.dtype == "int32" else 64
    return 32 if node.options.get("quantized_bias_type") in (2, "int32") else 64


def expect_wide_shift(node: Node, shift: int, of: str) -> None:
    """`shift`: of the factor `of`, by which a 64-bit sum is multiplied."""
    if shift > LARGEST_WIDE_SHIFT:
        node.fail(
            f"{of} is 2^{shift - 1} or more, expected less than 2^{LARGEST_WIDE_SHIFT}: beyond that TFLM "
            "asserts",
            Reason.MULTIPLIER,
        )


def _expect_factors(node: Node, scaling: Requantization, bits: int) -> None:
    if bits == 64:
        largest = int(scaling.shifts.max(initial=0))
        expect_wide_shift(node, largest, "input scale x weight scale / output scale")


def _wide(bias: Array | None, channels: int) -> NDArray[np.int64]:
    return np.zeros(channels, np.int64) if bias is None else bias.reshape(-1).astype(np.int64)


def bind_int16_convolution(node: Node, geometry: Any, scaling: Requantization, constant: bool) -> Bind:
    """`geometry`: a CONV_2D's; its zero points are not looked at."""
    steps = geometry.stride_h, geometry.stride_w, geometry.dilation_h, geometry.dilation_w
    window = (*steps, geometry.pad_h, geometry.pad_w)
    axes = geometry.vertical, geometry.horizontal
    return _bind(node, scaling, window, axes, (0, 0), lambda array: array, constant)


def bind_int16_rows(
    node: Node, scaling: Requantization, read: Callable[[Array], NDArray[Any]], constant: bool
) -> Bind:
    """A FULLY_CONNECTED's rows are pixels of a 1 x 1 convolution. `read` makes [outputs, inputs] weights."""
    zero_points = scaling.input_zero_point, scaling.output_zero_point
    return _bind(node, scaling, (1, 1, 1, 1, 0, 0), (), zero_points, read, constant)


def _bind(
    node: Node,
    scaling: Requantization,
    window: tuple[int, ...],
    axes: tuple[Axis, ...],
    zero_points: tuple[int, int],
    read: Callable[[Array], NDArray[Any]],
    constant: bool,
) -> Bind:
    bits = accumulator_bits(node)
    _expect_factors(node, scaling, bits)
    low, high = scaling.low, scaling.high

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import int16_layers as kernels

        x, weights, bias = (*inputs, None)[:3]
        assert x is not None
        assert weights is not None
        y = outputs[0]
        depth, channels = weights.shape[-1], weights.shape[0]
        matrix = weights.ndim == 2
        if matrix:
            x, y = x.reshape(-1, 1, 1, depth), y.reshape(-1, 1, 1, channels)
        groups = x.shape[3] // depth
        if constant and bits == 64 and zero_points[0] == 0:
            vertical, horizontal = axes or (Axis(size, size, 1, 1, 1, 0) for size in (1, len(x)))
            stored = read(weights)
            shaped = stored[:, None, None, :] if matrix else stored
            fast = bind_short_conv_2d(vertical, horizontal, scaling, zero_points[1], shaped, bias, x, y)
            if fast is not None:
                return fast

        def pack() -> tuple[Array, ...]:
            assert weights is not None
            stored = read(weights)
            shaped = stored[:, None, None, :] if matrix else stored
            return grouped(shaped, groups, np.int16), _wide(bias, channels)

        packed = pack()
        run = kernels.convolution.bind(
            writable(x),
            *packed,
            scaling.multipliers.astype(np.int64),
            scaling.shifts.astype(np.int64),
            np.empty(channels // groups, np.int64),
            y,
            *window,
            int(bits == 64),
            *zero_points,
            low,
            high,
        )
        return run if constant else repacked(run, packed, pack)

    return bind


def bind_int16_depthwise(node: Node, geometry: Any, scaling: Requantization, constant: bool) -> Bind:
    """`geometry`: a DEPTHWISE_CONV_2D's; its zero points are not looked at."""
    _expect_factors(node, scaling, 64)
    steps = geometry.stride_h, geometry.stride_w, geometry.dilation_h, geometry.dilation_w

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import int16_layers as kernels

        x, weights, bias = (*inputs, None)[:3]
        assert x is not None
        assert weights is not None
        channels = geometry.output_c
        if constant:
            fast = bind_short_depthwise(
                geometry.vertical, geometry.horizontal, scaling, weights[0], bias, x, outputs[0]
            )
            if fast is not None:
                return fast

        def pack() -> tuple[Array, ...]:
            assert weights is not None
            return weights[0].astype(np.int16), _wide(bias, channels)

        packed = pack()
        run = kernels.depthwise_convolution.bind(
            writable(x),
            *packed,
            scaling.multipliers.astype(np.int64),
            scaling.shifts.astype(np.int64),
            np.empty(channels, np.int64),
            outputs[0],
            *steps,
            geometry.pad_h,
            geometry.pad_w,
            scaling.low,
            scaling.high,
        )
        return run if constant else repacked(run, packed, pack)

    return bind
