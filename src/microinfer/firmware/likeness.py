"""Operators that were never measured, and the measured one whose kernel does nearly the same.

A price list has nothing for them. What stands in runs as many turns of loops of the same kind, so that it
tells the order of magnitude; whoever prices it doubles the interval and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..graph import Geometry
from .geometries import is_modelled

if TYPE_CHECKING:
    from ..ops.shape import ShapeGeometry
    from ..ops.split import SplitGeometry
    from ..ops.strided_slice import StridedSliceGeometry

__all__ = ["likeness"]

Like: TypeAlias = tuple[str, Geometry]


def _shape(geometry: ShapeGeometry) -> Like:
    """A call that writes a few numbers."""
    from ..ops.reshape import ReshapeGeometry

    return "RESHAPE", ReshapeGeometry(4 * geometry.rank, geometry.rank)


def _slice(geometry: StridedSliceGeometry) -> Like:
    """Five nested loops that move one element at a time, as STRIDED_SLICE does where it has a stride."""
    return "STRIDED_SLICE", replace(geometry, strides=(*geometry.strides[:-1], 2))


def _split_v(geometry: SplitGeometry) -> Like:
    return "SPLIT", geometry


_LIKE: Mapping[str, Callable[[Any], Like]] = MappingProxyType(
    {"SHAPE": _shape, "SLICE": _slice, "SPLIT_V": _split_v}
)


def likeness(library: str, name: str, geometry: Geometry) -> Like | None:
    """The measured operator and the geometry that stand in for operator `name`; None where nothing does.

    bare-c has none: what it has kernels for was measured.
    """
    if library == "bare-c" or name not in _LIKE or not is_modelled(name, geometry):
        return None
    return _LIKE[name](geometry)
