"""Which of TFLM's reference kernels runs an operator, from its geometry alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from ..ops.add import BinaryGeometry
    from ..ops.conv_2d import Conv2DGeometry
    from ..ops.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..ops.fully_connected import FullyConnectedGeometry
    from ..ops.mean import ReduceGeometry
    from ..ops.relu import ElementwiseGeometry
    from ..ops.softmax import SoftmaxGeometry
    from ..ops.svdf import SvdfGeometry

__all__ = ["REFERENCE", "broadcasts", "reference_binary", "reference_slow_binary", "reference_softmax"]

Choose: TypeAlias = Callable[[Any], str]


def broadcasts(geometry: BinaryGeometry) -> bool:
    """Whether the shapes differ once leading dimensions of 1 are left out, as TFLM compares them."""
    rank = max(len(geometry.shape_1), len(geometry.shape_2))
    padded = [(1,) * (rank - len(shape)) + shape for shape in (geometry.shape_1, geometry.shape_2)]
    return padded[0] != padded[1]


def _typed(name: str, *dtypes: str) -> str:
    """int8 throughout goes without saying; another type is part of the name."""
    return name if set(dtypes) == {"int8"} else "_".join((name, *dtypes))


def reference_binary(geometry: BinaryGeometry) -> str:
    return _typed("reference_broadcast" if broadcasts(geometry) else "reference", geometry.dtype)


def reference_slow_binary(geometry: BinaryGeometry) -> str:
    """MAXIMUM and MINIMUM, whose reference is one N-dimensional loop."""
    return _typed("reference", geometry.dtype)


def reference_softmax(geometry: SoftmaxGeometry) -> str:
    return _typed("reference", geometry.input_dtype, geometry.output_dtype)


def _window(geometry: Conv2DGeometry | DepthwiseConv2DGeometry) -> str:
    """Weights of 4 bits are unpacked first, in every run."""
    return "reference" if geometry.weight_bits == 8 else "reference_int4"


def _fully_connected(geometry: FullyConnectedGeometry) -> str:
    if geometry.weight_bits == 4:
        return "reference_int4"
    return "reference_per_channel" if geometry.per_channel else "reference"


def _reduce(geometry: ReduceGeometry) -> str:
    return _typed("reference", geometry.dtype)


def _converted(geometry: ElementwiseGeometry) -> str:
    return f"reference_{geometry.input_dtype}_{geometry.output_dtype}"


def _svdf(geometry: SvdfGeometry) -> str:
    return _typed("reference", geometry.state_dtype)


REFERENCE: Mapping[str, Choose] = MappingProxyType(
    {
        "ADD": reference_binary,
        "CONV_2D": _window,
        "DEPTHWISE_CONV_2D": _window,
        "DEQUANTIZE": _converted,
        "FULLY_CONNECTED": _fully_connected,
        "MAXIMUM": reference_slow_binary,
        "MEAN": _reduce,
        "MINIMUM": reference_slow_binary,
        "MUL": reference_binary,
        "PRELU": reference_binary,
        "QUANTIZE": _converted,
        "REDUCE_MAX": _reduce,
        "SOFTMAX": reference_softmax,
        "SUB": reference_binary,
        "SUM": _reduce,
        "SVDF": _svdf,
    }
)
"""Operators for which the reference library has more than one kernel."""
