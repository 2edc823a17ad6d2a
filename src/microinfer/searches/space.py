"""What a search may choose: parameters with their values, some of them under a condition.

filters = [4, 8, 16]                                  # one of these
layers = { ints = [1, 4] }                            # whole numbers, both ends among them
rate = { log = [1e-4, 1e-1] }                         # real numbers, every decade alike
share = { floats = [0.0, 0.5] }                       # real numbers
kernel = { choices = [3, 5], when = { kind = "conv" } }   # only where another one has that value
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import exp, isfinite, log
from typing import Any, Literal, TypeAlias

import numpy as np

from ..errors import InputError
from ..words.dataclass import dataclass, field
from ..words.spelling import nearest_note

__all__ = ["Parameter", "Space", "read_space"]

Kind: TypeAlias = Literal["choices", "ints", "floats", "log"]
KINDS: tuple[Kind, ...] = ("choices", "ints", "floats", "log")
STEP = 0.15
"""Of a real number that is changed a little: the spread of the change, as a share of its range."""
NEAR = 0.7
"""How often an ordered parameter is changed a little and not drawn anew."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: the values of a choice in order, or both ends of a range. It is there where each of
    those that `when` names is, and has one of the values there."""

    name: str
    kind: Kind
    values: tuple[Any, ...]
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether it is there, as those before it stand."""
        return all(key in config and config[key] in allowed for key, allowed in self.when.items())

    @property
    def ordered(self) -> bool:
        """Whether a value has neighbours: a range, or numbers to choose from."""
        return self.kind != "choices" or all(
            isinstance(one, int | float) and not isinstance(one, bool) for one in self.values
        )

    @property
    def count(self) -> int | None:
        """How many values there are, None for real numbers."""
        if self.kind == "choices":
            return len(self.values)
        return self.values[1] - self.values[0] + 1 if self.kind == "ints" else None

    def at(self, share: float) -> Any:
        """The value at a share of the way from the first to the last."""
        if (count := self.count) is not None:
            position = min(int(share * count), count - 1)
            return self.values[position] if self.kind == "choices" else self.values[0] + position
        low, high = self.values
        if self.kind == "floats":
            return low + share * (high - low)
        return min(max(exp(log(low) + share * (log(high) - log(low))), low), high)

    def draw(self, random: np.random.Generator) -> Any:
        """Any value."""
        return self.at(float(random.random()))

    def change(self, value: Any, random: np.random.Generator) -> Any:
        """Another value, near this one more often than not."""
        near = self.ordered and random.random() < NEAR
        if (count := self.count) is not None:
            if count == 1:
                return value
            here = self.values.index(value) if self.kind == "choices" else value - self.values[0]
            if near:
                there = here + (1 if random.random() < 0.5 else -1)
                there = there if 0 <= there < count else 2 * here - there
            else:
                there = (here + int(random.integers(1, count))) % count
            return self.values[there] if self.kind == "choices" else self.values[0] + there
        if not near:
            return self.draw(random)
        low, high = map(log, self.values) if self.kind == "log" else self.values
        share = ((log(value) if self.kind == "log" else value) - low) / ((high - low) or 1.0)
        return self.at(min(max(share + STEP * float(random.standard_normal()), 0.0), 1.0))


@dataclass(frozen=True, slots=True)
class Space:
    """Parameters in order: a condition is on those before."""

    parameters: tuple[Parameter, ...]

    def draw(self, random: np.random.Generator) -> dict[str, Any]:
        """A configuration, each parameter's value as likely as another."""
        config: dict[str, Any] = {}
        for one in self.parameters:
            if one.holds(config):
                config[one.name] = one.draw(random)
        return config

    def change(self, config: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
        """One parameter changed; those that it brings with it are drawn, those that it ends are left out."""
        there = [one for one in self.parameters if one.name in config and one.count != 1]
        chosen = there[int(random.integers(len(there)))].name if there else ""
        made: dict[str, Any] = {}
        for one in self.parameters:
            if not one.holds(made):
                continue
            if one.name not in config:
                made[one.name] = one.draw(random)
            else:
                value = config[one.name]
                made[one.name] = one.change(value, random) if one.name == chosen else value
        return made

    @property
    def size(self) -> int | None:
        """How many configurations there are at most, None where a real number is among them."""
        size = 1
        for one in self.parameters:
            if one.count is None:
                return None
            size *= one.count + bool(one.when)
        return size


def read_space(table: Any, place: str) -> Space:
    """A table as a spec has it.

    Raises:
        InputError: a parameter says what cannot be; names it.
    """
    if not isinstance(table, Mapping) or not table:
        raise InputError(f"{place}: found {table!r}, expected a table of parameters, such as layers = [1, 2]")
    made: list[Parameter] = []
    for name, given in table.items():
        made.append(_parameter(str(name), given, f"{place}.{name}", [one.name for one in made]))
    return Space(tuple(made))


def _parameter(name: str, given: Any, place: str, before: Sequence[str]) -> Parameter:
    if isinstance(given, list | tuple):
        return Parameter(name, "choices", _choices(given, place))
    if not isinstance(given, Mapping):
        return Parameter(name, "choices", _choices([given], place))
    for key in given:
        if key not in (*KINDS, "when"):
            near = nearest_note(str(key), (*KINDS, "when"))
            raise InputError(
                f"{place}: key {key!r}: unknown{near}, expected one of {', '.join(KINDS)}, and when"
            )
    found: list[Kind] = [kind for kind in KINDS if kind in given]
    if len(found) != 1:
        raise InputError(
            f"{place}: found {' and '.join(found) or 'no values'}, expected one of {', '.join(KINDS)}"
        )
    (kind,) = found
    values = _choices(given[kind], place) if kind == "choices" else _range(given[kind], kind, place)
    return Parameter(name, kind, values, _conditions(given.get("when", {}), f"{place}.when", before))


def _choices(given: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(given, list | tuple) or not given:
        raise InputError(f"{place}: found {given!r}, expected a list of values")
    try:
        texts = [json.dumps(one, sort_keys=True, allow_nan=False) for one in given]
    except (TypeError, ValueError):
        raise InputError(f"{place}: {given!r} has what JSON has not") from None
    return tuple(dict(zip(texts, given, strict=True)).values())


def _range(given: Any, kind: Kind, place: str) -> tuple[Any, ...]:
    whole = kind == "ints"
    wanted = int if whole else (int, float)
    fine = isinstance(given, list | tuple) and len(given) == 2
    if not fine or not all(
        isinstance(one, wanted) and not isinstance(one, bool) and isfinite(one) for one in given
    ):
        numbers = "whole numbers" if whole else "numbers"
        raise InputError(f"{place}: {kind} = {given!r}: expected two {numbers}, the least and the greatest")
    low, high = given
    if low > high or (kind == "log" and low <= 0):
        above = " above 0" if kind == "log" else ""
        raise InputError(f"{place}: {kind} = {given!r}: expected the least{above} first, then the greatest")
    return (low, high) if whole else (float(low), float(high))


def _conditions(given: Any, place: str, before: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    if not isinstance(given, Mapping):
        raise InputError(f"{place}: found {given!r}, expected a table, such as {{ kind = 'conv' }}")
    for key in given:
        if key not in before:
            near = nearest_note(str(key), before)
            raise InputError(f"{place}: {key!r} is no parameter before this one{near}")
    return {key: tuple(each) if isinstance(each, list | tuple) else (each,) for key, each in given.items()}
