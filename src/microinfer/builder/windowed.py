"""Operators that multiply by weights or slide a window: shapes inferred, weights and biases made."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..operators.window import output_size
from ..words.printing import counted
from .fields import Scale, ZeroPoint, finite
from .model_writer import Graph, Handle

__all__ = ["Weights", "Windowed", "quantize_weights"]

Weights: TypeAlias = "Handle | NDArray[Any]"
Pair: TypeAlias = "int | tuple[int, int]"


def quantize_weights(
    weights: ArrayLike, axis: int | None = None, bits: int = 8
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric quantisation as TensorFlow Lite does it: largest magnitude to 2**(bits-1) - 1, zero point 0.

    Args:
        axis: the dimension along which every channel has a scale of its own; None for one scale.
    Returns:
        int8 values and float32 scales, of shape (channels,) or (1,).
    Raises:
        InputError: a weight that is not finite.
    """
    values = finite(weights, "weights")
    limit = (1 << (bits - 1)) - 1
    others = None if axis is None else tuple(i for i in range(values.ndim) if i != axis % values.ndim)
    peak = np.max(np.abs(values), axis=others, keepdims=True, initial=0.0)
    scale = np.where(peak > 0, peak / limit, 1.0).astype(np.float32)
    stored = np.clip(np.rint(values / scale), -limit, limit).astype(np.int8)
    return stored, scale.ravel()


def pair(value: Pair) -> tuple[int, int]:
    height, width = (value, value) if isinstance(value, int) else value
    return int(height), int(width)


def _options(padding: str, strides: Pair, dilation: Pair, activation: str | int) -> dict[str, Any]:
    """Those of a convolution."""
    return {
        "padding": padding,
        "stride_h": pair(strides)[0],
        "stride_w": pair(strides)[1],
        "dilation_h_factor": pair(dilation)[0],
        "dilation_w_factor": pair(dilation)[1],
        "fused_activation_function": activation,
    }


class Windowed(Graph):
    """CONV_2D and its kin, FULLY_CONNECTED, pools.

    Weights are a handle, an int8 array with `weight_scale`, or a float array, which is quantised per
    channel. A bias is a handle, an int32 array as stored, or a float array, which is quantised with
    input scale x weight scale; TFLM convolves without one, LiteRT wants zeros.
    `scale` and `zero_point` are the output's.
    """

    def conv_2d(
        self,
        x: Handle,
        weights: Weights,
        bias: Weights | None = None,
        *,
        strides: Pair = (1, 1),
        padding: str = "SAME",
        dilation: Pair = (1, 1),
        activation: str | int = "NONE",
        weight_scale: Scale = None,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """CONV_2D. x: NHWC; weights: OHWI (I smaller than C where grouped); bias: O."""
        self._expect_rank("CONV_2D", x, 4)
        w = self._weights("CONV_2D", x, weights, weight_scale, 0, 4)
        channels, kernel = w.shape[0], (w.shape[1], w.shape[2])
        if w.shape[3] == 0 or x.shape[3] % w.shape[3]:
            raise InputError(f"CONV_2D: weights {w.shape} for an input of {x.shape[3]} channels")
        size = self._window("CONV_2D", x, kernel, pair(strides), padding, pair(dilation))
        shape = (x.shape[0], *size, channels)
        options = _options(padding, strides, dilation, activation)
        inputs = [x, w, *self._bias("CONV_2D", x, w, bias, channels)]
        return self._emit("CONV_2D", inputs, shape, x, scale, zero_point, options, name)

    def depthwise_conv_2d(
        self,
        x: Handle,
        weights: Weights,
        bias: Weights | None = None,
        *,
        strides: Pair = (1, 1),
        padding: str = "SAME",
        dilation: Pair = (1, 1),
        activation: str | int = "NONE",
        weight_scale: Scale = None,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """DEPTHWISE_CONV_2D. x: NHWC; weights: 1 x H x W x (C x depth multiplier); bias: the same count."""
        self._expect_rank("DEPTHWISE_CONV_2D", x, 4)
        w = self._weights("DEPTHWISE_CONV_2D", x, weights, weight_scale, 3, 4)
        if w.shape[0] != 1 or x.shape[3] == 0 or w.shape[3] % x.shape[3]:
            raise InputError(f"DEPTHWISE_CONV_2D: weights {w.shape} for an input of {x.shape[3]} channels")
        size = self._window(
            "DEPTHWISE_CONV_2D", x, (w.shape[1], w.shape[2]), pair(strides), padding, pair(dilation)
        )
        multiplier = w.shape[3] // x.shape[3]
        options = {**_options(padding, strides, dilation, activation), "depth_multiplier": multiplier}
        inputs = [x, w, *self._bias("DEPTHWISE_CONV_2D", x, w, bias, w.shape[3])]
        shape = (x.shape[0], *size, w.shape[3])
        return self._emit("DEPTHWISE_CONV_2D", inputs, shape, x, scale, zero_point, options, name)

    def fully_connected(
        self,
        x: Handle,
        weights: Weights,
        bias: Weights | None = None,
        *,
        activation: str | int = "NONE",
        keep_num_dims: bool = False,
        weight_scale: Scale = None,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """FULLY_CONNECTED. weights: outputs x inputs; x is flattened to rows of `inputs` elements."""
        w = self._weights("FULLY_CONNECTED", x, weights, weight_scale, 0, 2)
        units, depth = w.shape
        elements = int(np.prod(x.shape, dtype=np.int64))
        if depth == 0 or elements % depth or (keep_num_dims and x.shape[-1] != depth):
            raise InputError(f"FULLY_CONNECTED: weights {w.shape} for an input of shape {x.shape}")
        shape = (*x.shape[:-1], units) if keep_num_dims else (elements // depth, units)
        options = {"fused_activation_function": activation, "keep_num_dims": keep_num_dims}
        inputs = [x, w, *(self._bias("FULLY_CONNECTED", x, w, bias, units) or (None,))]
        return self._emit("FULLY_CONNECTED", inputs, shape, x, scale, zero_point, options, name)

    def transpose_conv(
        self,
        x: Handle,
        weights: Weights,
        bias: Weights | None = None,
        *,
        strides: Pair = (1, 1),
        padding: str = "SAME",
        activation: str | int = "NONE",
        output_size: tuple[int, int] | None = None,
        weight_scale: Scale = None,
        scale: Scale = None,
        zero_point: ZeroPoint = None,
        name: str | None = None,
    ) -> Handle:
        """TRANSPOSE_CONV. weights: OHWI; output height and width as Keras has them where left out."""
        self._expect_rank("TRANSPOSE_CONV", x, 4)
        w = self._weights("TRANSPOSE_CONV", x, weights, weight_scale, 0, 4)
        step = pair(strides)
        if output_size is None:
            grown = [x.shape[i + 1] * step[i] for i in (0, 1)]
            extra = [max(w.shape[i + 1] - step[i], 0) if padding == "VALID" else 0 for i in (0, 1)]
            output_size = (grown[0] + extra[0], grown[1] + extra[1])
        shape = (x.shape[0], *output_size, w.shape[0])
        options = {
            "padding": padding,
            "stride_h": step[0],
            "stride_w": step[1],
            "fused_activation_function": activation,
        }
        sizes = self.constant(np.array(shape, np.int32))
        inputs = [sizes, w, x, *self._bias("TRANSPOSE_CONV", x, w, bias, w.shape[0])]
        return self._emit("TRANSPOSE_CONV", inputs, shape, x, scale, zero_point, options, name)

    def average_pool_2d(
        self,
        x: Handle,
        size: Pair,
        *,
        strides: Pair | None = None,
        padding: str = "VALID",
        activation: str | int = "NONE",
        name: str | None = None,
    ) -> Handle:
        """AVERAGE_POOL_2D. Strides are the window's size where left out; the quantisation is the input's."""
        return self._pool("AVERAGE_POOL_2D", x, size, strides, padding, activation, name)

    def max_pool_2d(
        self,
        x: Handle,
        size: Pair,
        *,
        strides: Pair | None = None,
        padding: str = "VALID",
        activation: str | int = "NONE",
        name: str | None = None,
    ) -> Handle:
        """MAX_POOL_2D. Strides are the window's size where left out; the quantisation is the input's."""
        return self._pool("MAX_POOL_2D", x, size, strides, padding, activation, name)

    def l2_pool_2d(
        self, x: Handle, size: Pair, *, strides: Pair | None = None, padding: str = "VALID",
        activation: str | int = "NONE", name: str | None = None,
    ) -> Handle:  # fmt: skip
        """L2_POOL_2D: the root of the mean square, of float32."""
        return self._pool("L2_POOL_2D", x, size, strides, padding, activation, name)

    def _pool(
        self,
        operator: str,
        x: Handle,
        size: Pair,
        strides: Pair | None,
        padding: str,
        activation: str | int,
        name: str | None,
    ) -> Handle:
        self._expect_rank(operator, x, 4)
        window = pair(size)
        step = pair(strides) if strides is not None else window
        shape = (x.shape[0], *self._window(operator, x, window, step, padding, (1, 1)), x.shape[3])
        options = {
            "padding": padding,
            "stride_h": step[0],
            "stride_w": step[1],
            "filter_height": window[0],
            "filter_width": window[1],
            "fused_activation_function": activation,
        }
        return self._emit(operator, [x], shape, x, None, None, options, name, inherit=x)

    @staticmethod
    def _window(
        operator: str,
        x: Handle,
        kernel: tuple[int, int],
        strides: tuple[int, int],
        padding: str,
        dilation: tuple[int, int],
    ) -> tuple[int, int]:
        if padding not in ("SAME", "VALID"):
            raise InputError(f"{operator}: padding is {padding!r}, expected 'SAME' or 'VALID'")
        if min(*kernel, *strides, *dilation) < 1:
            raise InputError(
                f"{operator}: kernel {kernel}, strides {strides}, dilation {dilation}: from 1 up"
            )
        height, width = (
            output_size(padding, x.shape[i + 1], kernel[i], strides[i], dilation[i]) for i in (0, 1)
        )
        if height < 1 or width < 1:
            raise InputError(f"{operator}: a kernel of {kernel} does not fit an input of shape {x.shape}")
        return height, width

    def _weights(
        self, operator: str, x: Handle, weights: Weights, scale: Scale, axis: int, rank: int
    ) -> Handle:
        if not isinstance(weights, Handle):
            values = np.asarray(weights)
            if values.dtype.kind == "f" and x.scales:
                values, scale = quantize_weights(values, axis)
            elif values.dtype.kind == "f":
                values = values.astype(np.float32)
            elif scale is None:
                raise InputError(f"{operator}: weights are {values.dtype}; give weight_scale=")
            weights = self.constant(
                values, scale, quantized_dimension=axis, name=f"weights_{len(self._tensors)}"
            )
        if len(weights.shape) != rank:
            raise InputError(
                f"{operator}: weights have shape {weights.shape}, expected {counted(rank, 'dimension')}"
            )
        return weights

    def _bias(self, operator: str, x: Handle, w: Handle, bias: Weights | None, channels: int) -> list[Handle]:
        """None or one: TFLM's convolutions crash on a bias input that is there and left out (-1)."""
        if bias is None:
            return []
        if isinstance(bias, Handle):
            return [bias]
        values = np.asarray(bias)
        if values.shape != (channels,):
            raise InputError(f"{operator}: bias has shape {values.shape}, expected ({channels},)")
        scales = np.float32(x.scale) * np.asarray(w.scales, np.float32) if x.scales else None
        dtype = "float32" if scales is None else "int64" if x.dtype == "int16" else "int32"
        if scales is not None and values.dtype.kind == "f":
            limits = np.iinfo(dtype)
            values = np.clip(np.rint(finite(values, f"{operator}: bias") / scales), limits.min, limits.max)
        return [self.constant(values, scales, dtype=dtype, name=f"bias_{len(self._tensors)}")]
