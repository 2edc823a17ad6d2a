"""Which of TFLM's reference kernels runs an operator, from its geometry alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from .templates import by_type, typed

if TYPE_CHECKING:
    from ..operators.add import BinaryGeometry
    from ..operators.cast import CastGeometry
    from ..operators.conv_2d import Conv2DGeometry
    from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..operators.fully_connected import FullyConnectedGeometry
    from ..operators.mean import ReduceGeometry
    from ..operators.relu import ElementwiseGeometry
    from ..operators.select_v2 import SelectGeometry
    from ..operators.softmax import SoftmaxGeometry
    from ..operators.svdf import SvdfGeometry

__all__ = ["REFERENCE", "broadcasts", "reference_binary", "reference_slow_binary", "reference_softmax"]

Choose: TypeAlias = Callable[[Any], str]


def broadcasts(geometry: BinaryGeometry) -> bool:
    """Whether the shapes differ once leading dimensions of 1 are left out, as TFLM compares them."""
    rank = max(len(geometry.shape_1), len(geometry.shape_2))
    padded = [(1,) * (rank - len(shape)) + shape for shape in (geometry.shape_1, geometry.shape_2)]
    return padded[0] != padded[1]


def reference_binary(geometry: BinaryGeometry) -> str:
    return typed("reference_broadcast" if broadcasts(geometry) else "reference", geometry.dtype)


def reference_slow_binary(geometry: BinaryGeometry) -> str:
    """MAXIMUM and MINIMUM, whose reference is one N-dimensional loop."""
    return typed("reference", geometry.dtype)


def reference_softmax(geometry: SoftmaxGeometry) -> str:
    return typed("reference", geometry.input_dtype, geometry.output_dtype)


def _window(geometry: Conv2DGeometry | DepthwiseConv2DGeometry) -> str:
    """Weights of 4 bits are unpacked first, in every run."""
    return "reference" if geometry.weight_bits == 8 else "reference_int4"


def _fully_connected(geometry: FullyConnectedGeometry) -> str:
    if geometry.weight_bits == 4:
        return "reference_int4"
    return "reference_per_channel" if geometry.per_channel else "reference"


def _reduce(geometry: ReduceGeometry) -> str:
    return typed("reference", geometry.dtype)


def _select(geometry: SelectGeometry) -> str:
    """Shapes that all agree take one plain loop."""
    same = len({*geometry.shapes[:3]}) == 1
    return by_type(geometry, "reference" if same else "reference_broadcast")


def _converted(geometry: CastGeometry | ElementwiseGeometry) -> str:
    return f"reference_{geometry.input_dtype}_{geometry.output_dtype}"


def _svdf(geometry: SvdfGeometry) -> str:
    return typed("reference", geometry.state_dtype)


REFERENCE: Mapping[str, Choose] = MappingProxyType(
    {
        "ADD": reference_binary,
        "CAST": _converted,
        "CONV_2D": _window,
        "DEPTHWISE_CONV_2D": _window,
        "DEQUANTIZE": _converted,
        "EQUAL": reference_binary,
        "FULLY_CONNECTED": _fully_connected,
        "GREATER": reference_binary,
        "GREATER_EQUAL": reference_binary,
        "LESS": reference_binary,
        "LESS_EQUAL": reference_binary,
        "MAXIMUM": reference_slow_binary,
        "MEAN": _reduce,
        "MINIMUM": reference_slow_binary,
        "MUL": reference_binary,
        "NOT_EQUAL": reference_binary,
        "PRELU": reference_binary,
        "QUANTIZE": _converted,
        "REDUCE_MAX": _reduce,
        "SELECT_V2": _select,
        "SOFTMAX": reference_softmax,
        "SUB": reference_binary,
        "SUM": _reduce,
        "SVDF": _svdf,
    }
)
"""Operators whose kernels differ by more than the type of their data; `by_type` names the others'."""
