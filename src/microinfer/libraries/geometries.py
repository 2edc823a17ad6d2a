"""Whether an operator's geometry is the one that the tables of this package take.

A user may register an operator of his own under a builtin's name. Its geometry is of another class, and
nothing here is known about it: that is asked for, never found out by a failure.
"""

from __future__ import annotations

from ..operators.registry import row
from ..operators.spec import Geometry

__all__ = ["geometry_class", "is_modelled"]


def geometry_class(name: str) -> type[Geometry] | None:
    """The class of a builtin operator's geometry; None where there is no such operator."""
    found = row(name)
    return None if found is None else found.geometry


def is_modelled(name: str, geometry: Geometry) -> bool:
    """Whether this is the builtin operator's own geometry, which the tables of this package take."""
    wanted = geometry_class(name)
    return wanted is not None and isinstance(geometry, wanted)
