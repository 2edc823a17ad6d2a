"""A chain of convolutions over time that answers every frame: what is still needed of the past are variables.

Trained over stretches (padding VALID, so that no frame sees what is not there yet), and written for one frame
at a time: each layer that looks back reads its last inputs from a resource variable, puts the newest behind
them, and keeps them without the oldest. Both compute the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microinfer import ModelBuilder
from microinfer.builder import Handle, quantize_weights

from .layers import Conv, DepthwiseConv, Layer, Values
from .memory import MemoryBlock
from .scales import quantization

__all__ = ["looks_back", "write_streaming"]


def looks_back(layers: Sequence[Layer]) -> int:
    """How many frames an answer takes: the newest and those before it."""
    return 1 + sum(_taps(layer) - 1 for layer in layers)


def _taps(layer: Layer) -> int:
    return layer.kernel[0] if isinstance(layer, Conv | DepthwiseConv | MemoryBlock) else 1


def write_streaming(builder: ModelBuilder, x: Handle, layers: Sequence[Layer], samples: Values) -> Handle:
    """The layers for one frame, [1, 1, 1, channels] of int8; the ranges are those that the samples fill.

    Args:
        samples: stretches as the layers are trained with, [stretches, frames, 1, channels].
    """
    values = samples
    number = 0

    def write(layer: Layer, x: Handle, **quantization: Any) -> Handle:
        if isinstance(layer, MemoryBlock):
            return layer.write_frame(builder, x, write, **quantization)
        if _taps(layer) > 1:
            x = _with_the_past(builder, x, _taps(layer) - 1, f"past {number}")
        if isinstance(layer, Conv):
            return _connected(layer, builder, x, **quantization)
        return layer.write(builder, x, **quantization)

    for layer in layers:
        values = layer.forward(values)
        scale, zero_point = quantization(float(values.min()), float(values.max()))
        x = write(layer, x, scale=scale, zero_point=zero_point)
        number += 1
    return x


def _connected(layer: Conv, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
    """A convolution whose output is one frame, as FULLY_CONNECTED: a scale for all weights.

    That is the same product, and kernels for one pixel of many channels are the slower ones.
    """
    weights = layer.parameters[0]
    stored, scale = quantize_weights(weights.reshape(-1, layer.channels).T)
    row = builder.fully_connected(
        x,
        stored,
        layer.parameters[1],
        weight_scale=scale,
        activation=layer.activation,
        **quantization,
    )
    return builder.reshape(row, (1, 1, 1, layer.channels))


def _with_the_past(builder: ModelBuilder, x: Handle, frames: int, name: str) -> Handle:
    variable = builder.variable(name)
    past = builder.read_variable(
        variable, (1, frames, 1, x.shape[3]), scale=x.scale, zero_point=x.zero_point, name=name
    )
    joined = builder.concatenation([past, x], 1)
    kept = builder.slice(joined, (0, 1, 0, 0), (1, frames, 1, x.shape[3]))
    builder.assign_variable(variable, kept)
    return joined
