"""How often each priced piece of a kernel runs: a pure function of geometry, in closed form.

Some branches depend on the data; their counts have a least, a typical and a greatest value.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..operators.spec import Geometry
from ..words.dataclass import dataclass
from .library import KernelLibrary
from .target import Target

__all__ = ["Events", "events"]


@dataclass(frozen=True, slots=True)
class Events:
    """Counts by event, as they are at the least, typically and at the most. The same where no branch
    depends on the data."""

    low: Mapping[str, float]
    typical: Mapping[str, float]
    high: Mapping[str, float]


def events(
    library: KernelLibrary,
    name: str,
    geometry: Geometry,
    target: Target,
    seen: Mapping[str, int] = MappingProxyType({}),
) -> Events | None:
    """Counts for operator `name`, or None where it is not known how its kernel works.

    `seen` has how many elements took each branch, where that is known: then there is nothing to bound.
    """
    bounds = library.bounds(name, geometry)
    known = {key: seen.get(key, value[1]) for key, value in bounds.items()}
    typical = library.count(name, geometry, target, known)
    if typical is None and seen:
        typical = library.count(name, geometry, target, seen)
    if typical is None:
        return None
    if not bounds or seen:
        return Events(typical, typical, typical)
    low, high = (
        library.count(name, geometry, target, {key: value[which] for key, value in bounds.items()})
        for which in (0, 2)
    )
    return Events(low or typical, typical, high or typical)
