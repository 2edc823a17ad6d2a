"""Stored numbers as the real numbers that they stand for, and fused activations."""

from __future__ import annotations

import numpy as np

from ..model.schema import ACTIVATIONS
from ..model.tables import Tensor
from .spec import Array, Node, Real
from .weights import unpacked

__all__ = ["activated", "bias_values", "real_range", "real_values"]


def real_values(stored: Array, tensor: Tensor) -> Real:
    """scale x (stored - zero point), per channel where the tensor is; plain numbers as they are."""
    values = unpacked(stored, tensor).astype(np.float64)
    quantization = tensor.quantization
    if quantization is None or stored.dtype.kind == "f":
        return values
    shape = [1] * values.ndim
    axis, count = quantization.quantized_dimension, len(quantization.scale)
    spread = 0 <= axis < values.ndim and values.shape[axis] == count
    if spread:
        shape[axis] = -1
    scale, zero_point = (
        part[: count if spread else 1].astype(np.float64).reshape(shape)
        for part in (quantization.scale, quantization.zero_point)
    )
    return (values - zero_point) * scale


def real_range(tensor: Tensor) -> tuple[float, float] | None:
    """Least and greatest real number that an 8- or 16-bit tensor can hold; None for others."""
    if tensor.quantization is None or tensor.dtype not in ("int8", "uint8", "int16"):
        return None
    limits = np.iinfo(tensor.dtype)
    low, high = ((limit - tensor.zero_point) * tensor.scale for limit in (limits.min, limits.max))
    return low, high


def bias_values(node: Node, position: int, channels: int, source: int = 0) -> Real:
    """The bias, or zeros. An int32 one has scale input x weights, whatever its own says."""
    tensor = node.inputs[position] if position < len(node.inputs) else None
    if tensor is None or tensor.data is None:
        return np.zeros(channels)
    values = tensor.data.astype(np.float64).reshape(-1)
    if tensor.dtype not in ("int32", "int64"):
        return values
    inputs, weights = node.inputs[source], node.inputs[1]
    if inputs is None or weights is None or weights.quantization is None:
        return values
    scaled: Real = values * (inputs.scale * weights.quantization.scale.astype(np.float64))
    return scaled


def activated(node: Node, x: Real) -> Real:
    """The fused activation of an operator. TANH and SIGN_BIT do nothing, as in TFLM's integer kernels."""
    found = node.options.get("fused_activation_function", "NONE")
    name = dict(enumerate(ACTIVATIONS)).get(found, found)
    low, high = {"RELU": (0.0, np.inf), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}.get(
        str(name), (-np.inf, np.inf)
    )
    return np.clip(x, low, high)
