"""What a caller gives, as the fields of the file hold it: options, packed weights, scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..model.schema import ACTIVATIONS, OPTIONS, PADDINGS, TENSOR_TYPES, OptionField
from ..words.printing import counted
from ..words.spelling import did_you_mean

__all__ = [
    "ENUMS",
    "Scale",
    "ZeroPoint",
    "encoded_options",
    "finite",
    "given_axes",
    "known_name",
    "option_value",
    "pack_int4",
    "quantization_fields",
]

Scale: TypeAlias = "float | Sequence[float] | NDArray[Any] | None"
ZeroPoint: TypeAlias = "int | Sequence[int] | NDArray[Any] | None"

ENUMS: dict[str, dict[str, int]] = {
    "padding": {name: code for code, name in enumerate(PADDINGS)},
    "fused_activation_function": {name: code for code, name in enumerate(ACTIVATIONS)},
    **{
        option: {name: code for code, name in TENSOR_TYPES.items()}
        for option in ("in_data_type", "out_data_type", "out_type", "output_type", "quantized_bias_type")
    },
    "weights_format": {"DEFAULT": 0, "SHUFFLED4x16INT8": 1},
}


def known_name(found: str, wanted: Sequence[str]) -> str:
    """The end of an error message: what was likely meant, else all there is."""
    return did_you_mean(found, wanted, f"there is {', '.join(map(repr, wanted)) or 'none'}")


def pack_int4(values: NDArray[Any]) -> bytes:
    """Two values a byte, the first in the low half."""
    low = values.astype(np.int8).ravel()
    padded = np.append(low, np.int8(0)) if len(low) % 2 else low
    return ((padded[0::2] & 15) | ((padded[1::2] & 15) << 4)).astype(np.uint8).tobytes()


def option_value(operator: str, item: OptionField, value: Any) -> Any:
    where = f"{operator} option {item.name!r}"
    if item.kind == "string":
        if value is not None and not isinstance(value, str):
            raise InputError(f"{where} is {value!r}, expected text")
        return value
    if isinstance(value, str):
        names = ENUMS.get(item.name)
        if names is None:
            raise InputError(f"{where} is {value!r}, expected a number")
        if value not in names:
            raise InputError(f"{where} is {value!r}; {known_name(value, tuple(names))}")
        return names[value]
    if item.kind == "ints":
        return tuple(int(element) for element in value)
    if item.kind == "float32":
        return float(value)
    if item.kind == "bool":
        return bool(value)
    number = int(value)
    limit = 1 << (7 if item.kind == "int8" else 31)
    if number != value or not -limit <= number < limit:
        raise InputError(f"{where} is {value!r}, expected an integer of {item.kind}")
    return number


def quantization_fields(
    name: str, shape: tuple[int, ...], scale: Scale, zero_point: ZeroPoint, quantized_dimension: int
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    if scale is None:
        if zero_point is not None:
            raise InputError(f"{name}: has a zero point and no scale; give scale=")
        return (), ()
    scales = np.atleast_1d(np.asarray(scale, np.float32))
    if scales.ndim != 1 or not len(scales) or not np.all(np.isfinite(scales)) or not np.all(scales >= 0):
        raise InputError(f"{name}: scale {scale!r}, expected one or more finite numbers, 0 or above")
    if len(scales) > 1:
        if not 0 <= quantized_dimension < len(shape):
            raise InputError(
                f"{name}: quantized_dimension {quantized_dimension} of a tensor of shape {shape}"
            )
        if len(scales) != shape[quantized_dimension]:
            raise InputError(
                f"{name}: {counted(len(scales), 'scale')}, expected 1 or {shape[quantized_dimension]}, "
                f"the size of dimension {quantized_dimension} of {shape}"
            )
    points = np.atleast_1d(np.asarray(0 if zero_point is None else zero_point, np.int64))
    if len(points) == 1:
        points = np.repeat(points, len(scales))
    if points.shape != scales.shape:
        raise InputError(f"{name}: {len(points)} zero points for {counted(len(scales), 'scale')}")
    return tuple(scales.tolist()), tuple(points.tolist())


def encoded_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options by name, as the file holds them.

    Raises:
        InputError: the operator has no such option, or not with such a value.
    """
    fields = {item.name: item for item in OPTIONS[name].fields} if name in OPTIONS else {}
    encoded = {}
    for key, value in options.items():
        if key not in fields:
            raise InputError(f"{name} has no option {key!r}; {known_name(key, tuple(fields))}")
        encoded[key] = option_value(name, fields[key], value)
    return encoded


def given_axes(operator: str, axes: int | Sequence[int], rank: int) -> tuple[int, ...]:
    """One axis or several, each of them one that a tensor of so many dimensions has."""
    given = (axes,) if isinstance(axes, int) else tuple(int(axis) for axis in axes)
    for axis in given:
        if not -rank <= axis < rank:
            raise InputError(f"{operator}: axis {axis} of a tensor of {counted(rank, 'dimension')}")
    return given


def finite(values: ArrayLike, where: str) -> NDArray[np.float64]:
    """Numbers that can be quantised.

    Raises:
        InputError: one is not finite; `where` is in the message.
    """
    found = np.asarray(values, np.float64)
    if not np.isfinite(found).all():
        raise InputError(f"{where}: has values that are not finite, which cannot be quantised")
    return found
