"""Binds of windowed layers of real numbers: weights laid out anew, and the range of a fused activation.

`contracted`: products are added without being rounded before, as a compiler has it for an FPU that can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.schema import ACTIVATIONS
from .real_tiles import bind_real_conv_2d, bind_real_depthwise
from .spec import Array, Bind, Node
from .weights import repacked, writable
from .window import Axis

__all__ = [
    "bind_float_convolution",
    "bind_float_depthwise",
    "bind_float_rows",
    "float_range",
    "grouped",
    "is_float",
]

LARGEST = float(np.finfo(np.float32).max)
_BOUNDS = {"RELU": (0.0, LARGEST), "RELU_N1_TO_1": (-1.0, 1.0), "RELU6": (0.0, 6.0)}


def float_range(node: Node) -> tuple[float, float]:
    """(low, high) that a fused activation clamps to; an infinity is clamped without one, too."""
    activation = node.options["fused_activation_function"]
    name = dict(enumerate(ACTIVATIONS)).get(activation, activation)
    if name not in ACTIVATIONS:
        node.fail(f"fused activation {activation!r} does not exist, expected one of {', '.join(ACTIVATIONS)}")
    return _BOUNDS.get(name, (-LARGEST, LARGEST))


def is_float(node: Node) -> bool:
    """Whether the first input is float32."""
    first = node.inputs[0] if node.inputs else None
    return first is not None and first.dtype == "float32"


def _bias(bias: Array | None, channels: int) -> NDArray[np.float32]:
    return np.zeros(channels, np.float32) if bias is None else writable(bias.reshape(-1))


def grouped(weights: Array, groups: int, dtype: Any) -> NDArray[Any]:
    """OHWI weights as [groups, height, width, channels in, channels out of a group]."""
    split = weights.reshape(groups, -1, *weights.shape[1:]).transpose(0, 2, 3, 4, 1)
    return np.array(split, dtype, order="C")


def bind_float_convolution(node: Node, geometry: Any, constant: bool, contracted: bool = False) -> Bind:
    """`geometry`: a CONV_2D's. Weights that are computed at run time are laid out before every run."""
    steps = geometry.stride_h, geometry.stride_w, geometry.dilation_h, geometry.dilation_w
    window, axes = (*steps, geometry.pad_h, geometry.pad_w), (geometry.vertical, geometry.horizontal)
    return _bind(window, axes, float_range(node), constant, contracted)


def bind_float_rows(node: Node, constant: bool, contracted: bool = False) -> Bind:
    """A FULLY_CONNECTED's rows are pixels of a 1 x 1 convolution."""
    return _bind((1, 1, 1, 1, 0, 0), (), float_range(node), constant, contracted)


def _bind(
    window: tuple[int, ...],
    axes: tuple[Axis, ...],
    bounds: tuple[float, float],
    constant: bool,
    contracted: bool,
) -> Bind:
    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import float_layers as kernels

        x, weights, bias = (*inputs, None)[:3]
        assert x is not None
        assert weights is not None
        y = outputs[0]
        depth, channels = weights.shape[-1], weights.shape[0]
        matrix = weights.ndim == 2
        if matrix:
            x, y = x.reshape(-1, 1, 1, depth), y.reshape(-1, 1, 1, channels)
        groups = x.shape[3] // depth
        if constant:
            vertical, horizontal = axes or (Axis(size, size, 1, 1, 1, 0) for size in (1, len(x)))
            shaped = weights[:, None, None, :] if matrix else weights
            fast = bind_real_conv_2d(vertical, horizontal, shaped, bias, bounds, contracted, x, y)
            if fast is not None:
                return fast

        def pack() -> tuple[Array, ...]:
            assert weights is not None
            stored = weights[:, None, None, :] if matrix else weights
            return grouped(stored, groups, np.float32), _bias(bias, channels)

        packed = pack()
        totals = np.empty(channels // groups, np.float32)
        kernel = kernels.convolution_fused if contracted else kernels.convolution
        run = kernel.bind(writable(x), *packed, totals, y, *window, *bounds)
        return run if constant else repacked(run, packed, pack)

    return bind


def bind_float_depthwise(node: Node, geometry: Any, constant: bool, contracted: bool = False) -> Bind:
    """`geometry`: a DEPTHWISE_CONV_2D's."""
    bounds = float_range(node)
    steps = geometry.stride_h, geometry.stride_w, geometry.dilation_h, geometry.dilation_w

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import float_layers as kernels

        x, weights, bias = (*inputs, None)[:3]
        assert x is not None
        assert weights is not None
        channels = geometry.output_c
        if constant:
            fast = bind_real_depthwise(
                geometry.vertical, geometry.horizontal, weights[0], bias, bounds, contracted, x, outputs[0]
            )
            if fast is not None:
                return fast
        kernel = kernels.depthwise_convolution_fused if contracted else kernels.depthwise_convolution
        return kernel.bind(
            writable(x),
            writable(weights)[0],
            _bias(bias, channels),
            np.empty(channels, np.float32),
            outputs[0],
            *steps,
            geometry.pad_h,
            geometry.pad_w,
            *bounds,
        )

    return bind
