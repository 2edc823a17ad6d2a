"""Operators that differ in their data alone, each kind once: a long network has few, and is priced for many
parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from ..words.dataclass import dataclass
from .node import Step

__all__ = ["Kinds", "apart", "constants", "kinds"]

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """`first` has a step of each kind, `constants` the bytes of constants that one of it reads, and `places`
    of each step the position of its kind there."""

    first: tuple[Step, ...]
    constants: tuple[int, ...]
    places: tuple[int, ...]


def constants(step: Step) -> int:
    """Bytes of constants that an operator reads."""
    return sum(one.size_bytes for one in step.node.inputs if one is not None and one.is_constant)


@lru_cache(maxsize=2)
def kinds(steps: tuple[Step, ...]) -> Kinds:
    """Steps by name, geometry and bytes of constants; one whose geometry is of the user's own and has no hash
    is a kind of its own."""
    known: dict[tuple[Any, ...], int] = {}
    first: list[Step] = []
    sizes: list[int] = []
    places: list[int] = []
    for step in steps:
        size = constants(step)
        try:
            place = known.setdefault((step.name, step.geometry, size), len(first))
        except TypeError:
            place = len(first)
        if place == len(first):
            first.append(step)
            sizes.append(size)
        places.append(place)
    return Kinds(tuple(first), tuple(sizes), tuple(places))


def apart(
    steps: Sequence[Step], seen: Sequence[Mapping[str, int]] | None
) -> tuple[Sequence[tuple[Step, int, Mapping[str, int]]], Sequence[int]]:
    """What is to be priced, each once: a step, the bytes of its constants, and what a run has shown of it;
    and of every step the position there.

    The first, which bears what an inference takes beside its operators, stands alone, as does each of which a
    run has shown something.
    """
    if seen is None:
        return _apart(tuple(steps))
    known = kinds(tuple(steps))
    found: list[tuple[Step, int, Mapping[str, int]]] = []
    places: list[int] = []
    shared: dict[int, int] = {}
    for position, (kind, mine) in enumerate(zip(known.places, seen, strict=True)):
        alone = not position or mine
        place = len(found) if alone else shared.setdefault(kind, len(found))
        if place == len(found):
            found.append((steps[position], known.constants[kind], mine))
        places.append(place)
    return found, places


@lru_cache(maxsize=2)
def _apart(steps: tuple[Step, ...]) -> tuple[Sequence[tuple[Step, int, Mapping[str, int]]], Sequence[int]]:
    found, places = apart(steps, [_NOTHING] * len(steps))
    return tuple(found), tuple(places)
