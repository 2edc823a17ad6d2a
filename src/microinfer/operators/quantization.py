"""From real scales to the integers that kernels compute with: multipliers, shifts, activation ranges.

Everything is done in the precision in which TFLM's prepare functions do it, float32 or float64, because
the last bit of a multiplier shows in the output. Formulas: tensorflow/lite/kernels/kernel_util.cc and
kernels/internal/quantization_util.cc of TFLM.
"""

from __future__ import annotations

from functools import lru_cache
from math import floor, frexp, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Reason, UnsupportedError
from ..model.schema import ACTIVATIONS
from ..model.tables import Tensor
from ..words.printing import counted

__all__ = [
    "activation_range",
    "channel_multipliers",
    "cut",
    "cut_activation_range",
    "in_steps",
    "integer_range",
    "product_multiplier",
    "quantize_multiplier",
    "quantize_multiplier_smaller_than_one",
    "round_half_away",
]

_RANGES = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
    "int32": (-(1 << 31), (1 << 31) - 1),
}
LARGEST_SHIFT = 30
"""TFLM computes `1 << shift` in an int: more than this is undefined behaviour."""


def integer_range(dtype: str) -> tuple[int, int]:
    """Least and greatest value of an integer type."""
    return _RANGES[dtype]


def round_half_away(x: float) -> float:
    """To the nearest integer, halves away from zero, as C's `round`."""
    whole = floor(abs(x))
    whole += abs(x) - whole >= 0.5
    return float(whole) if x >= 0 else float(-whole)


def in_steps(reals: NDArray[Any], tensor: Tensor) -> NDArray[np.float64]:
    """Whole steps of a tensor's scale, with its zero point added, before they are clamped to its type.

    Divides in float32 and rounds halves away from zero, as TFLM's QUANTIZE does. The half is added in
    double: in single precision 0.49999997 + 0.5 is 1.
    """
    scaled = (reals.astype(np.float32) / np.float32(tensor.scale)).astype(np.float64)
    rounded: NDArray[np.float64] = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled)
    return rounded + tensor.zero_point


def quantize_multiplier(real: float, place: str = "") -> tuple[int, int]:
    """(multiplier, shift) with real = multiplier x 2^(shift - 31), multiplier an int32.

    Tiny factors, under 2^-32 or so, become (0, 0). Source: `QuantizeMultiplier` of TFLM.

    Raises:
        UnsupportedError: the factor is not finite, or so large that TFLM's int32 shift is undefined.
    """
    if real == 0.0:
        return 0, 0
    if not isfinite(real):
        raise UnsupportedError(
            f"the effective scale is {real}, expected a finite number", place, Reason.MULTIPLIER
        )
    multiplier, shift = _in_31_bits(real)
    if shift < -31:
        return 0, 0
    if shift > LARGEST_SHIFT:
        raise UnsupportedError(
            f"the effective scale is {real:g}, expected less than 2^{LARGEST_SHIFT}: beyond that TFLM's "
            "int32 arithmetic is undefined; check the scales of the operator's tensors",
            place,
            Reason.MULTIPLIER,
        )
    return multiplier, shift


@lru_cache(maxsize=4096)
def _in_31_bits(real: float) -> tuple[int, int]:
    fraction, shift = frexp(real)
    multiplier = int(round_half_away(fraction * (1 << 31)))
    return (multiplier // 2, shift + 1) if multiplier == 1 << 31 else (multiplier, shift)


def quantize_multiplier_smaller_than_one(real: float, place: str = "") -> tuple[int, int]:
    """As `quantize_multiplier`, for factors strictly between 0 and 1; TFLM aborts on others.

    Raises:
        UnsupportedError: the factor is not in (0, 1), or rounds up to 1.
    """
    if not 0.0 < real < 1.0:
        raise UnsupportedError(
            f"the effective scale is {real:g}, expected more than 0 and less than 1", place, Reason.MULTIPLIER
        )
    multiplier, shift = quantize_multiplier(real, place)
    if shift > 0:
        raise UnsupportedError(
            f"the effective scale {real!r} rounds up to 1, expected less than 1", place, Reason.MULTIPLIER
        )
    return multiplier, shift


def channel_multipliers(
    source: Tensor, weights: Tensor, target: Tensor, channels: int, place: str = ""
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Multipliers and shifts, int32[channels], of input scale x weight scale / output scale, in float64.

    Weights with one scale give every channel the same.

    Raises:
        UnsupportedError: a tensor has no scale, the scales of the weights are neither one nor as many
            as there are channels, or a factor is too large.
    """
    assert weights.quantization is not None
    scales = weights.quantization.scale
    if len(scales) not in (1, channels):
        raise UnsupportedError(
            f"the weights ({weights.name!r}) have {counted(len(scales), 'scale')} for {channels} output "
            "channels, "
            f"expected 1 or {channels}",
            place,
            Reason.CHANNEL_SCALES,
        )
    pairs = [
        quantize_multiplier(source.scale * float(scale) / target.scale, place) for scale in scales.tolist()
    ]
    made = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    full = np.broadcast_to(made, (channels, 2)).T.copy()  # of one channel, too, kernels write to their own
    return full[0], full[1]


def product_multiplier(
    source: Tensor, weights: Tensor, bias: Tensor | None, target: Tensor, real: Any, place: str = ""
) -> tuple[int, int]:
    """Multiplier and shift of a per-tensor product; input x weight scale is of the numpy type `real`, as the
    release of TFLM has it.

    Raises:
        UnsupportedError: the bias' scale is not input scale x weight scale, within what TFLM allows.
    """
    if bias is not None:
        wanted = source.scale * weights.scale
        if abs(wanted - bias.scale) / target.scale > 0.02:
            raise UnsupportedError(
                f"the bias ({bias.name!r}) has scale {bias.scale:g}, expected input scale x weight scale = "
                f"{wanted:g} within 0.02 output scales; TFLM refuses it too",
                place,
            )
    with np.errstate(all="ignore"):
        product = float(real(source.scale) * real(weights.scale))
    return quantize_multiplier(product / target.scale, place)


def _quantize(real: float, tensor: Tensor, place: str) -> int:
    with np.errstate(all="ignore"):
        steps = float(np.float32(real) / np.float32(tensor.scale))
    if not isfinite(steps) or not -(1 << 31) <= round_half_away(steps) < 1 << 31:
        raise UnsupportedError(
            f"the activation bound {real:g} is {steps:g} steps of {tensor.name!r}, which overflows int32",
            place,
            Reason.MULTIPLIER,
        )
    return cut(tensor.zero_point + int(round_half_away(steps)), "int32")


def activation_range(activation: str | int, tensor: Tensor, place: str = "") -> tuple[int, int]:
    """(low, high) that a fused activation clamps an output to, inside the range of its type.

    TFLM's integer kernels take TANH and SIGN_BIT for NONE, and so does this.

    Where a zero point outside the type puts one end before the other, all becomes the upper one, cut to it.

    Raises:
        UnsupportedError: no such activation, or a bound overflows int32.
    """
    low, high = _activation_ends(activation, tensor, place)
    if low > high:
        low = high = cut(high, tensor.dtype)
    return low, high


def cut_activation_range(activation: str | int, tensor: Tensor, place: str = "") -> tuple[int, int]:
    """As `activation_range`, of a kernel that cuts both ends to the type first."""
    low, high = (cut(end, tensor.dtype) for end in _activation_ends(activation, tensor, place))
    return min(low, high), high


def cut(number: int, dtype: str) -> int:
    """The low bits of a number, as an integer type has them."""
    low, high = integer_range(dtype)
    return (number - low) % (high - low + 1) + low


def _activation_ends(activation: str | int, tensor: Tensor, place: str) -> tuple[int, int]:
    names = dict(enumerate(ACTIVATIONS))
    name = names.get(activation, "") if isinstance(activation, int) else activation
    if name not in ACTIVATIONS:
        raise UnsupportedError(
            f"fused activation {activation!r} does not exist, expected one of {', '.join(ACTIVATIONS)}", place
        )
    low, high = integer_range(tensor.dtype)
    if name in ("RELU", "RELU6"):
        low = max(low, _quantize(0.0, tensor, place))
    if name == "RELU6":
        high = min(high, _quantize(6.0, tensor, place))
    if name == "RELU_N1_TO_1":
        low = max(low, _quantize(-1.0, tensor, place))
        high = min(high, _quantize(1.0, tensor, place))
    return low, high
