"""A chain of layers as a `.tflite` file in int16x8: int16 between the layers, int8 weights."""

from __future__ import annotations

from typing import Any

from microinfer import ModelBuilder

from .layers import Values
from .network import Network

__all__ = ["to_int16x8"]

LIMIT = 32767


def to_int16x8(
    network: Network,
    samples: Values,
    name: str,
    description: str,
    *,
    step: float,
    softmax: bool = False,
) -> bytes:
    """The network as a file: zero points are 0, ranges as the samples fill them.

    Args:
        step: the scale of the input: what one count of a converter is.
    """
    builder = ModelBuilder(name, description)
    handle = builder.input((1, *network.shape), "int16", scale=step, zero_point=0, name="input")
    values = samples
    for layer in network.layers:
        values = layer.forward(values)
        given: dict[str, Any] = {"scale": float(abs(values).max()) / LIMIT, "zero_point": 0}
        handle = layer.write(builder, handle, **({} if layer.keeps_scale else given))
    builder.output(builder.softmax(handle) if softmax else handle)
    return builder.build()
