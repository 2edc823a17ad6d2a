"""Parameters that several of the kernels in C take: windows, clamps and channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...operators.spec import ItemGeometry
from ...operators.weights import unpacked
from .c_source import ByteArray, int32_bytes
from .call import unsupported
from .records import requantisation_record

if TYPE_CHECKING:
    from ...operators.requantization import Requantization
    from ...operators.spec import Geometry
    from .call import Place


Field = tuple[str, str, "int | str | Sequence[int]"]


def expect(place: Place, kind: type[Geometry], *dtypes: str) -> Any:
    """The geometry, of int8 data or of one of the types named; elements are moved whatever type they have."""
    if not isinstance(place.step.geometry, kind):
        raise unsupported(place.step, "is an operator of the user's own, for which bare-c has no kernel")
    moved = isinstance(place.step.geometry, ItemGeometry)
    if not moved and (dtype := getattr(place.step.geometry, "dtype", "int8")) not in ("int8", *dtypes):
        raise unsupported(place.step, f"of {dtype} has no kernel in bare-c")
    return place.step.geometry


def clamp_fields(scaling: Requantization) -> list[Field]:
    return [
        ("clamp.low", "int16_t", scaling.low - scaling.output_zero_point),
        ("clamp.high", "int16_t", scaling.high - scaling.output_zero_point),
        ("clamp.zero_point", "int8_t", scaling.output_zero_point),
    ]


def window_fields(g: Any, channels: int, dilation: tuple[int, int] = (1, 1)) -> list[Field]:
    values = {
        "batch": g.batch,
        "input_h": g.input_h,
        "input_w": g.input_w,
        "input_c": channels,
        "output_h": g.output_h,
        "output_w": g.output_w,
        "kernel_h": g.kernel_h,
        "kernel_w": g.kernel_w,
        "stride_h": g.stride_h,
        "stride_w": g.stride_w,
        "dilation_h": dilation[0],
        "dilation_w": dilation[1],
        "pad_h": g.pad_h,
        "pad_w": g.pad_w,
    }
    kinds = {"pad_h": "int16_t", "pad_w": "int16_t"}
    return [(f"window.{name}", kinds.get(name, "uint16_t"), value) for name, value in values.items()]


def int8_weights(place: Place) -> tuple[NDArray[np.int8], NDArray[np.int64] | None]:
    """Weights as int8 in their own shape, and the bias."""
    tensor = place.node.input(1)
    stored = place.node.constant_input(1)
    weights = unpacked(stored, tensor)
    bias = place.node.optional_input(2)
    if bias is None:
        return weights, None
    return weights, place.node.constant_input(2).astype(np.int64).reshape(-1)


def channel_bytes(
    name: str, weights: NDArray[np.int8], bias: NDArray[np.int64] | None, scaling: Requantization
) -> ByteArray:
    """`weights`: channels x taps."""
    sums = weights.astype(np.int64).sum(axis=1)
    rows = []
    for channel in range(len(weights)):
        start = 0 if bias is None else int(bias[channel])
        record = requantisation_record(int(scaling.multipliers[channel]), int(scaling.shifts[channel]))
        folded = start - scaling.input_zero_point * int(sums[channel])
        rows.append((int32_bytes(folded) + weights[channel].tobytes() + record, f"channel {channel}"))
    return ByteArray(name, tuple(rows))
