"""Drawing and changing configurations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer.errors import InputError
from microinfer.searches.space import Space, read_space

TABLE: dict[str, Any] = {
    "kind": ["conv", "dense"],
    "filters": {"ints": [2, 9]},
    "rate": {"log": [1e-4, 1e-1]},
    "share": {"floats": [0.0, 0.5]},
    "size": {"choices": [3, 5, 7], "when": {"kind": "conv"}},
    "stride": {"ints": [1, 2], "when": {"size": [5, 7]}},
    "fixed": 4,
}


def expect_inside(space: Space, config: dict[str, Any]) -> None:
    """Exactly the parameters whose conditions hold, each with a value that it may have."""
    assert list(config) == [one.name for one in space.parameters if one.holds(config)]
    for one in space.parameters:
        if one.name not in config:
            continue
        value = config[one.name]
        if one.kind == "choices":
            assert value in one.values
        else:
            assert one.values[0] <= value <= one.values[1]
            assert isinstance(value, int if one.kind == "ints" else float)


def test_what_is_drawn_and_changed_is_inside() -> None:
    space = read_space(TABLE, "space")
    random = np.random.default_rng(1)
    config = space.draw(random)
    changed: set[str] = set()
    for _ in range(2000):
        expect_inside(space, config)
        after = space.change(config, random)
        both = {key for key in config if key in after and config[key] != after[key]}
        assert len(both) <= 1
        changed |= both
        config = after
    assert changed == {"kind", "filters", "rate", "share", "size", "stride"}


def test_every_value_is_drawn() -> None:
    space = read_space({"n": {"ints": [3, 6]}, "c": ["a", "b", "a"], "r": {"log": [1e-4, 1.0]}}, "space")
    random = np.random.default_rng(0)
    drawn = [space.draw(random) for _ in range(400)]
    assert {one["n"] for one in drawn} == {3, 4, 5, 6}
    assert {one["c"] for one in drawn} == {"a", "b"}
    decades = np.histogram([np.log10(one["r"]) for one in drawn], 4, (-4, 0))[0]
    assert decades.min() > 60


def test_the_number_of_configurations() -> None:
    assert read_space({"a": [1, 2], "b": {"ints": [1, 5]}}, "space").size == 10
    assert read_space(TABLE, "space").size is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "space: found {}, expected a table of parameters"),
        ({"a": []}, "space.a: found [], expected a list of values"),
        ({"a": {"int": [1, 2]}}, "space.a: key 'int': unknown (did you mean 'ints'?)"),
        ({"a": {}}, "space.a: found no values, expected one of choices, ints, floats, log"),
        ({"a": {"ints": [1, 2], "log": [1, 2]}}, "found ints and log"),
        ({"a": {"ints": [1, 2.5]}}, "expected two whole numbers"),
        ({"a": {"ints": [3, 1]}}, "expected the least first"),
        ({"a": {"log": [0, 1]}}, "expected the least above 0 first"),
        ({"a": {"floats": [0.0, float("inf")]}}, "expected two numbers"),
        ({"a": [float("nan")]}, "has what JSON has not"),
        ({"a": {"ints": [1, 2], "when": {"b": 1}}, "b": [1]}, "space.a.when: 'b' is no parameter before"),
        ({"a": {"ints": [1, 2], "when": 3}}, "space.a.when: found 3, expected a table"),
    ],
)
def test_mistakes_are_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_space(table, "space")
    assert said in str(caught.value)
