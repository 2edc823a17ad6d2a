"""How often each priced piece of a kernel runs: a pure function of geometry, in closed form.

Some branches depend on the data; their counts have a least, a typical and a greatest value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ...graph import Geometry
from ..variants import variant
from . import bare_c, cmsis_nn, reference

if TYPE_CHECKING:
    from ...ops.logistic import ActivationGeometry
    from ...ops.relu import ElementwiseGeometry
    from ...ops.softmax import SoftmaxGeometry

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


def events(library: str, name: str, geometry: Geometry) -> Events | None:
    """Counts for operator `name`, or None where it is not known how its kernel works."""
    bounds = data_dependent(name, geometry)
    made = []
    for which in (0, 1, 2):
        found = count(library, name, geometry, {key: value[which] for key, value in bounds.items()})
        if found is None:
            return None
        made.append(found)
        if not bounds:
            return Events(found, found, found)
    return Events(*made)


def count(
    library: str, name: str, geometry: Geometry, seen: Mapping[str, int] = MappingProxyType({})
) -> Mapping[str, float] | None:
    """Counts for known data: `seen` has how many elements took each branch, by `data_dependent`'s names."""
    made: Callable[[Any, Mapping[str, int]], dict[str, int]] | None
    if library == "bare-c":
        made = bare_c.COUNTS.get(name)
    elif library == "tflm-cmsis-nn":
        made = cmsis_nn.COUNTS.get(variant(library, name, geometry), reference.COUNTS.get(name))
    else:
        made = reference.COUNTS.get(name)
    if made is None:
        return None
    try:
        return made(geometry, seen)
    except (AttributeError, KeyError):
        return None


def data_dependent(name: str, geometry: Geometry) -> Mapping[str, Bounds]:
    """The counts that depend on the data, with their bounds; empty for most operators."""
    find = _BOUNDS.get(name)
    try:
        return find(geometry) if find is not None else {}
    except AttributeError:
        return {}


def _softmax(g: SoftmaxGeometry) -> Mapping[str, Bounds]:
    """At least each row's maximum is evaluated; all are where no int8 difference is small enough."""
    every = g.rows * g.depth
    least = every if g.diff_min <= -255 else g.rows
    return {"exponentials": (least, (least + every) // 2, every)}


def _activation(g: ActivationGeometry) -> Mapping[str, Bounds]:
    """Typically as many inputs saturate as would if all int8 values were equally likely."""
    low = min(max(g.zero_point - g.radius + 129, 0), 256)
    high = min(max(128 - g.zero_point - g.radius, 0), 256)
    middle = 256 - low - high
    negative = max(0, min(g.zero_point, 128) - max(g.zero_point - g.radius + 1, -128))
    n = g.elements
    return {
        "saturated_high": (0, n * high // 256, 0),
        "exponentials": (n if not low + high else 0, n * middle // 256, n),
        "negative_exponentials": (0, n * negative // 256, n if negative else 0),
    }


def _rectifier(g: ElementwiseGeometry) -> Mapping[str, Bounds]:
    share = min(max(g.zero_point + 128, 0), 256)
    return {"negatives": (0, g.elements * share // 256, g.elements if share else 0)}


_BOUNDS: Mapping[str, Callable[[Any], Mapping[str, Bounds]]] = MappingProxyType(
    {
        "HARD_SWISH": _rectifier,
        "LEAKY_RELU": _rectifier,
        "LOGISTIC": _activation,
        "SOFTMAX": _softmax,
        "TANH": _activation,
    }
)
