"""The geometries of IF and WHILE, whose own modules bear names that no import statement can spell."""

from __future__ import annotations

from ..words.dataclass import dataclass
from .spec import Geometry

__all__ = ["IfGeometry", "WhileGeometry"]


@dataclass(frozen=True, slots=True)
class IfGeometry(Geometry):
    """Bytes of each tensor that goes into the subgraphs, and of each that comes back; how many operators
    either side has."""

    passed: tuple[int, ...]
    returned: tuple[int, ...]
    then: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class WhileGeometry(Geometry):
    """Bytes of each tensor that goes round; `turns` is how often, None where that hangs on the data. Of the
    condition and of the body how many operators they have."""

    carried: tuple[int, ...]
    turns: int | None
    condition: int
    body: int
