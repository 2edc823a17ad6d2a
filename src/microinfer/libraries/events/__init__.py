"""How often each priced piece of a kernel runs: a pure function of geometry, in closed form.

Some branches depend on the data; their counts have a least, a typical and a greatest value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log, prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ...operators.spec import Geometry
from ..geometries import is_modelled
from ..target import Target
from ..variants import variant
from . import bare_c, cmsis_nn, reference

if TYPE_CHECKING:
    from ...operators.add import BinaryGeometry
    from ...operators.arg_max import ArgMaxGeometry
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.batch_matmul import BatchMatmulGeometry
    from ...operators.conv_2d import Conv2DGeometry
    from ...operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ...operators.logistic import ActivationGeometry
    from ...operators.mean import ReduceGeometry
    from ...operators.relu import ElementwiseGeometry
    from ...operators.softmax import SoftmaxGeometry
    from ...operators.transpose_conv import TransposeConvGeometry

__all__ = ["Events", "count", "data_dependent", "events"]

Bounds: TypeAlias = tuple[int, int, int]
"""Least, typical and greatest."""


@dataclass(frozen=True, slots=True)
class Events:
    """Counts by event, as they are at the least, typically and at the most. The same where no branch
    depends on the data."""

    low: Mapping[str, float]
    typical: Mapping[str, float]
    high: Mapping[str, float]


def events(
    library: str,
    name: str,
    geometry: Geometry,
    target: Target,
    seen: Mapping[str, int] = MappingProxyType({}),
) -> Events | None:
    """Counts for operator `name`, or None where it is not known how its kernel works.

    `seen` has how many elements took each branch, where that is known: then there is nothing to bound.
    """
    bounds = data_dependent(name, geometry)
    known = {key: seen.get(key, value[1]) for key, value in bounds.items()}
    typical = count(library, name, geometry, target, known)
    if typical is None:
        return None
    if not bounds or seen:
        return Events(typical, typical, typical)
    low, high = (
        count(library, name, geometry, target, {key: value[which] for key, value in bounds.items()})
        for which in (0, 2)
    )
    return Events(low or typical, typical, high or typical)


def count(
    library: str,
    name: str,
    geometry: Geometry,
    target: Target,
    seen: Mapping[str, int] = MappingProxyType({}),
) -> Mapping[str, float] | None:
    """Counts for known data: `seen` has how many elements took each branch, by `data_dependent`'s names."""
    if not is_modelled(name, geometry):
        return None
    made: Callable[[Any, Mapping[str, int]], dict[str, int] | None] | None
    if library == "bare-c":
        if not seen and bare_c.reads_data(name, geometry):
            return None
        made = bare_c.COUNTS.get(name)
    elif library == "tflm-cmsis-nn":
        made = cmsis_nn.COUNTS.get(variant(library, name, geometry, target), reference.COUNTS.get(name))
    else:
        made = reference.COUNTS.get(name)
    return None if made is None else made(geometry, seen)


def data_dependent(name: str, geometry: Geometry) -> Mapping[str, Bounds]:
    """The counts that depend on the data, with their bounds; empty for most operators."""
    find = _BOUNDS.get(name)
    return find(geometry) if find is not None and is_modelled(name, geometry) else {}


def _sums(outputs: int) -> Mapping[str, Bounds]:
    """Outputs that are rescaled by other instructions where the sum is negative."""
    return {"negative_sums": (0, outputs // 2, outputs)}


def _window(g: Conv2DGeometry | DepthwiseConv2DGeometry | TransposeConvGeometry) -> Mapping[str, Bounds]:
    return _sums(g.batch * g.output_h * g.output_w * g.output_c)


def _pool(g: PoolGeometry) -> Mapping[str, Bounds]:
    return _sums(g.batch * g.output_h * g.output_w * g.channels)


def _matrix(g: FullyConnectedGeometry) -> Mapping[str, Bounds]:
    return _sums(g.batch * g.output_depth)


def _shaped(g: BatchMatmulGeometry | ReduceGeometry) -> Mapping[str, Bounds]:
    return _sums(prod(g.output_shape))


def _mul(g: BinaryGeometry) -> Mapping[str, Bounds]:
    return _sums(g.elements) if g.dtype not in _PLAIN else {}


def _add(g: BinaryGeometry) -> Mapping[str, Bounds]:
    n = g.elements
    return {"negatives": (0, n, 2 * n), "negative_sums": (0, n // 2, n)} if g.dtype not in _PLAIN else {}


def _comparison(g: BinaryGeometry) -> Mapping[str, Bounds]:
    n = g.elements
    return {"negatives": (0, n, 2 * n)} if g.dtype not in _PLAIN else {}


def _prelu(g: BinaryGeometry) -> Mapping[str, Bounds]:
    n = g.elements
    return {"negatives": (0, n // 2, n), "negative_sums": (0, n // 4, n)}


def _arg_max(g: ArgMaxGeometry) -> Mapping[str, Bounds]:
    """Of n values in random order, the largest so far is replaced about ln n times."""
    along = g.input_shape[g.axis]
    lines = prod(g.input_shape) // max(1, along)
    if not lines:
        return {"replacements": (0, 0, 0)}
    return {"replacements": (0, round(lines * max(0.0, log(along) - 0.4)), lines * (along - 1))}


def _softmax(g: SoftmaxGeometry) -> Mapping[str, Bounds]:
    """At least each row's maximum is evaluated; all are where no int8 difference is small enough."""
    every = g.rows * g.depth
    least = every if g.diff_min <= -255 else g.rows
    middle = (least + every) // 2
    return {"exponentials": (least, middle, every), "unset_bits": (0, middle * 7 // 2, every * 7)}


def _activation(g: ActivationGeometry) -> Mapping[str, Bounds]:
    """Typically as many inputs saturate as would if all int8 values were as likely; int16 has a table."""
    if g.dtype != "int8":
        return {}
    low = min(max(g.zero_point - g.radius + 129, 0), 256)
    high = min(max(128 - g.zero_point - g.radius, 0), 256)
    middle = 256 - low - high
    negative = max(0, min(g.zero_point, 128) - max(g.zero_point - g.radius + 1, -128))
    n = g.elements
    return {
        "saturated_high": (0, n * high // 256, 0),
        "exponentials": (n if not low + high else 0, n * middle // 256, n),
        "negative_exponentials": (0, n * negative // 256, n if negative else 0),
        "unset_bits": (0, 3 * n * middle // 256, 6 * n),
    }


def _elements(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Typically as many inputs are negative as would be if all 8-bit values were equally likely."""
    share = min(max(g.zero_point + (0 if g.input_dtype == "uint8" else 128), 0), 256)
    return {"negatives": (0, g.elements * share // 256, g.elements if share else 0)}


def _elu(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """float32 takes an exponential below zero, int8 a table."""
    return _elements(g) if g.input_dtype == "float32" else {}


def _quantize(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Typically floats are some dozens of steps of the output."""
    if g.input_dtype != "float32":
        return _elements(g)
    n = g.elements
    return {
        "negatives": (0, n // 2, n),
        "zeros": (n, 0, 0),
        "whole_quotients": (0, 0, 0),
        "truncations": (0, n, n),
        "truncated_bytes": (0, 2 * n, 2 * n),
        "truncated_bits": (0, 3 * n, 7 * n),
        "cancelled_bits": (0, 6 * n, 23 * n),
    }


def _hard_swish(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Most inputs' scales are so coarse that values are shifted to the left."""
    least, middle, most = _elements(g)["negatives"]
    n = g.elements
    return {
        "negatives": (least, middle, most),
        "shifted_left": (0, n, n),
        "negatives_shifted_left": (least, middle, most),
        "unclipped": (0, n // 2, n),
        "unclipped_negatives": (0, middle // 2, most),
    }


def _dequantize(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    """Of 256 values, 17 at most are powers of two or nought, which software multiplies quicker."""
    n = g.elements
    _, negatives, most = _elements(g)["negatives"]
    return {
        "full_significands": (0, n * 239 // 256, n),
        "nonzeros": (0, n, n),
        "negatives": (0, negatives, most),
        "normalised_bits": (0, n, 7 * n),
        "normalised_products": (0, n // 2, n),
    }


_PLAIN = frozenset({"int32", "int64", "float32", "bool"})
"""Types that are not rescaled."""

_BOUNDS: Mapping[str, Callable[[Any], Mapping[str, Bounds]]] = MappingProxyType(
    {
        "ADD": _add,
        "ARG_MAX": _arg_max,
        "ARG_MIN": _arg_max,
        "AVERAGE_POOL_2D": _pool,
        "BATCH_MATMUL": _shaped,
        "CONV_2D": _window,
        "DEPTHWISE_CONV_2D": _window,
        "DEQUANTIZE": _dequantize,
        "ELU": _elu,
        "EQUAL": _comparison,
        "FULLY_CONNECTED": _matrix,
        "GREATER": _comparison,
        "GREATER_EQUAL": _comparison,
        "HARD_SWISH": _hard_swish,
        "LEAKY_RELU": _elements,
        "LESS": _comparison,
        "LESS_EQUAL": _comparison,
        "LOGISTIC": _activation,
        "MEAN": _shaped,
        "MUL": _mul,
        "NOT_EQUAL": _comparison,
        "PRELU": _prelu,
        "QUANTIZE": _quantize,
        "RELU": _elements,
        "SOFTMAX": _softmax,
        "SUB": _add,
        "SUM": _shaped,
        "TANH": _activation,
        "TRANSPOSE_CONV": _window,
    }
)
