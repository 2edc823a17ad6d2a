"""Networks with seeded weights whose activations use their int8 range.

A float network runs on made-up inputs while it is being written. Every layer draws its weights, scales
them per channel so that what it computes has a spread of one (as batch normalisation would after
training), and takes its output's scale from the least and greatest value seen, as a converter does.
"""

from __future__ import annotations

from math import ceil, frexp, ldexp
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..builder import Handle, ModelBuilder, quantize_weights
from ..operators.window import output_size, padding_before
from ..words.dataclass import dataclass

__all__ = ["Activation", "SeededNetwork"]

Values: TypeAlias = NDArray[np.float64]
SAMPLES = 8
OFFSET_SPREAD = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Activation:
    """A tensor of the model, and the real values that the calibration inputs give it."""

    handle: Handle
    values: Values


class SeededNetwork:
    """A model under construction. Methods take and return activations; `build()` returns the bytes.

    Weights of convolutions are quantised per channel, those of fully-connected layers per tensor.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.builder = ModelBuilder(name, "Seeded random weights, untrained; made by microinfer.")
        self.random = np.random.default_rng(seed)

    def input(
        self, shape: tuple[int, ...], scale: float, zero_point: int, *, samples: tuple[int, ...] | None = None
    ) -> Activation:
        """The model's next input. Its samples go from flat to noise over the whole int8 range.

        `samples` is their shape, the model's own times 8 along the batch where left out.
        """
        handle = self.builder.input(shape, scale=scale, zero_point=zero_point)
        wanted = samples if samples is not None else (SAMPLES, *shape[1:])
        ones = (1,) * (len(wanted) - 1)
        share = np.linspace(0.25, 1.0, wanted[0]).reshape(-1, *ones)
        flat = self.random.uniform(-128, 127, (wanted[0], *ones))
        noise = self.random.uniform(-128, 127, wanted)
        return Activation(handle, ((1 - share) * flat + share * noise - zero_point) * scale)

    def conv_2d(
        self,
        x: Activation,
        channels: int,
        kernel: tuple[int, int],
        strides: tuple[int, int] = (1, 1),
        *,
        padding: str = "SAME",
        activation: str = "RELU",
    ) -> Activation:
        windows = _windows(x.values, kernel, strides, padding)
        weights = self.random.standard_normal((channels, *kernel, x.values.shape[3]))
        values = np.tensordot(windows, weights, ([4, 5, 3], [1, 2, 3]))
        factor, bias, values = self._normalised(values, activation)
        handle = self.builder.conv_2d(
            x.handle,
            weights * factor[:, None, None, None],
            bias,
            strides=strides,
            padding=padding,
            activation=activation,
            **_quantization(values),
        )
        return Activation(handle, values)

    def depthwise_conv_2d(
        self,
        x: Activation,
        kernel: tuple[int, int],
        strides: tuple[int, int] = (1, 1),
        *,
        padding: str = "SAME",
        activation: str = "RELU",
    ) -> Activation:
        windows = _windows(x.values, kernel, strides, padding)
        weights = self.random.standard_normal((1, *kernel, x.values.shape[3]))
        values = np.einsum("nijcyx,yxc->nijc", windows, weights[0])
        factor, bias, values = self._normalised(values, activation)
        handle = self.builder.depthwise_conv_2d(
            x.handle,
            weights * factor,
            bias,
            strides=strides,
            padding=padding,
            activation=activation,
            **_quantization(values),
        )
        return Activation(handle, values)

    def fully_connected(
        self, x: Activation, units: int, *, activation: str = "NONE", spread: float = 1.0
    ) -> Activation:
        """`spread` is the standard deviation of what the layer computes, before the activation."""
        weights = self.random.standard_normal((units, x.values.shape[1]))
        # One factor for all units, so that one scale serves all weights.
        factor = spread / max(float((x.values @ weights.T).std()), 1e-6)
        bias = self.random.normal(0.0, OFFSET_SPREAD * spread, units)
        stored, weight_scale = quantize_weights(weights * factor)
        values = _activated(x.values @ weights.T * factor + bias, activation)
        handle = self.builder.fully_connected(
            x.handle,
            stored,
            bias,
            activation=activation,
            weight_scale=weight_scale,
            **_quantization(values),
        )
        return Activation(handle, values)

    def add(self, x: Activation, y: Activation, *, activation: str = "RELU") -> Activation:
        values = _activated(x.values + y.values, activation)
        handle = self.builder.add(x.handle, y.handle, activation=activation, **_quantization(values))
        return Activation(handle, values)

    def average_pool_2d(
        self, x: Activation, size: tuple[int, int], strides: tuple[int, int] | None = None
    ) -> Activation:
        """A VALID pool; strides are the window's size where left out."""
        windows = _windows(x.values, size, strides or size, "VALID")
        return Activation(self.builder.average_pool_2d(x.handle, size, strides=strides), windows.mean((4, 5)))

    def flatten(self, x: Activation) -> Activation:
        """RESHAPE to rows of channels; the height and width of `x` are 1."""
        channels = x.handle.shape[-1]
        return Activation(self.builder.reshape(x.handle, (-1, channels)), x.values.reshape(-1, channels))

    def softmax(self, x: Activation) -> Activation:
        grown = np.exp(x.values - x.values.max(-1, keepdims=True))
        return Activation(self.builder.softmax(x.handle), grown / grown.sum(-1, keepdims=True))

    def build(self, *outputs: Activation) -> bytes:
        self.builder.output(*(output.handle for output in outputs))
        return self.builder.build()

    def _normalised(self, values: Values, activation: str) -> tuple[Values, Values, Values]:
        """Factors of the weights, biases, and the values that they give: spread 1, a little off 0."""
        others = tuple(range(values.ndim - 1))
        factor = 1.0 / np.maximum(values.std(others), 1e-6)
        offset = self.random.normal(0.0, OFFSET_SPREAD, values.shape[-1])
        bias = offset - values.mean(others) * factor
        return factor, bias, _activated(values * factor + bias, activation)


def _activated(values: Values, activation: str) -> Values:
    return np.maximum(values, 0.0) if activation == "RELU" else values


def _windows(values: Values, kernel: tuple[int, int], strides: tuple[int, int], padding: str) -> Any:
    """Every window of NHWC values: [batch, output h, output w, channels, kernel h, kernel w]."""
    pads = []
    for size, length, stride in zip(values.shape[1:3], kernel, strides, strict=True):
        count = output_size(padding, size, length, stride, 1)
        before = padding_before(count, size, length, stride, 1)
        pads.append((before, max(0, (count - 1) * stride + length - size - before)))
    padded = np.pad(values, [(0, 0), *pads, (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, (1, 2))
    return windows[:, :: strides[0], :: strides[1]]


def _quantization(values: Values) -> dict[str, Any]:
    """The scale and zero point that cover the values and 0.

    The scale has 8 significant bits, rounded up: the last bits of a sum differ from one machine's linear
    algebra to another's, and the file should not.
    """
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    fraction, exponent = frexp(max(high - low, 1e-6) / 255)
    scale = ldexp(ceil(fraction * 256), exponent - 8)
    return {"scale": scale, "zero_point": max(-128, min(127, round(-128 - low / scale)))}
