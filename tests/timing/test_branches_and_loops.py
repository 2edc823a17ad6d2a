"""The time of models that branch and loop: before a run an interval that is no wider than the sides, of a run
the turns that it took."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, check
from microinfer.comparison.side_by_side import compare, untimed_as
from microinfer.deploy.deployment import deploy
from microinfer.model.read import load
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import total
from microinfer.words.quantities import quantity

Q: dict[str, Any] = {"scale": 0.05, "zero_point": 0}


def like(graph: Any, handle: Any) -> Any:
    return graph.input(handle.shape, handle.dtype, handle.scales or None, handle.zero_points or None)


def loop(turns: int | None) -> bytes:
    """So many turns; None: as many as the first input says."""
    b = ModelBuilder("loop")
    first = b.constant(np.array(0, np.int32))
    most = b.input((), "int32") if turns is None else b.constant(np.array(turns, np.int32))
    x = b.input((1, 16), "int8", **Q)
    more, body = b.subgraph("condition"), b.subgraph("body")
    count, limit, _ = (like(more, handle) for handle in (first, most, x))
    more.output(more.compare("LESS", count, limit))
    count, limit, value = (like(body, handle) for handle in (first, most, x))
    body.output(body.add(count, body.constant(np.array(1, np.int32))), limit, body.relu(value, **Q))
    b.output(b.while_loop(more, body, [first, most, x])[2])
    return b.build()


@pytest.mark.parametrize("turns", [0, 1, 7])
@pytest.mark.parametrize("part", ["cortex-m4", "cortex-m0plus", "cortex-m33", "esp32-c3"])
def test_turns_that_were_taken_cost_what_turns_that_are_known_cost(part: str, turns: int) -> None:
    """Where no cache has to fetch a number of turns that is a constant."""
    x = np.ones((1, 16), np.int8)
    told = Interpreter(loop(turns), part)
    told.set_tensor(told.subgraph.inputs[0], x)
    told.invoke(record=True)
    taken = Interpreter(loop(None), part)
    limit, value = taken.subgraph.inputs
    taken.set_tensor(limit, np.array(turns, np.int32))
    taken.set_tensor(value, x)
    taken.invoke(record=True)
    report = taken.report()
    assert report.time.cycles is None
    assert any("hangs on the data, and only a run tells" in said for said in report.warnings)
    seen, other = report.time_with_input, told.report().time_with_input
    assert seen is not None
    assert seen.cycles
    assert seen == other
    known = check(loop(None), part, max_latency="1s")
    assert known.verdict == "cannot-tell"
    assert any("the time is " in finding.cause for finding in known.findings)


def branch(then: int, otherwise: int) -> bytes:
    """Two sides of so many operators."""
    b = ModelBuilder("branch")
    x, flag = b.input((1, 300), "int8", **Q), b.input((1,), "bool")
    sides = [b.subgraph("then"), b.subgraph("otherwise")]
    for side, count in zip(sides, (then, otherwise), strict=True):
        value = like(side, x)
        for _ in range(count):
            value = side.relu(value, **Q)
        side.output(value)
    b.output(*b.if_else(flag, *sides, [x]))
    return b.build()


@pytest.mark.parametrize("sides", [(1, 1), (1, 5), (4, 2)])
def test_a_branch_takes_one_of_its_sides(sides: tuple[int, int]) -> None:
    data, part = branch(*sides), load_profile("cortex-m4")
    before = total(deploy(load(data), part).costs)
    ends = []
    for flag in (True, False):
        own = Interpreter(data, part)
        first, second = own.subgraph.inputs
        own.set_tensor(first, np.zeros((1, 300), np.int8))
        own.set_tensor(second, np.array([flag]))
        own.invoke(record=True)
        seen = own.report().time_with_input
        assert seen is not None
        assert seen.cycles_low is not None
        assert seen.cycles_high is not None
        assert before.cycles_low <= seen.cycles_low
        assert seen.cycles_high <= before.cycles_high
        ends.append(seen.cycles)
    whole = sum(cost.cycles_high or 0 for cost in deploy(load(data), part).costs)
    assert before.cycles_high < whole
    assert before.cycles_low > 0.7 * min(ends)
    assert ends[0] == pytest.approx(ends[1]) if sides[0] == sides[1] else ends[0] != ends[1]


def nested() -> bytes:
    """A branch whose first side branches again, and whose second side calls nothing."""
    b = ModelBuilder("nested")
    x, outer, inner = b.input((1, 300), "int8", **Q), b.input((1,), "bool"), b.input((1,), "bool")
    then, otherwise = b.subgraph("then"), b.subgraph("otherwise")
    for side in (then, otherwise):
        value, flag = like(side, x), side.input((1,), "bool")
        if side is then:
            deep = [then.subgraph("one"), then.subgraph("seven")]
            for part, count in zip(deep, (1, 7), strict=True):
                passed = like(part, x)
                for _ in range(count):
                    passed = part.relu(passed, **Q)
                part.output(passed)
            side.output(*side.if_else(flag, *deep, [value]))
        else:
            side.output(side.relu(side.relu(side.relu(value, **Q), **Q), **Q))
    b.output(*b.if_else(outer, then, otherwise, [x, inner]))
    return b.build()


def test_a_branch_in_a_branch_takes_one_of_each() -> None:
    data, part = nested(), load_profile("cortex-m4")
    before, ends = total(deploy(load(data), part).costs), []
    for flags in product((True, False), repeat=2):
        own = Interpreter(data, part)
        for index, value in zip(own.subgraph.inputs[1:], flags, strict=True):
            own.set_tensor(index, np.array([value]))
        own.invoke(record=True)
        seen = own.report().time_with_input
        assert seen is not None
        assert before.cycles_low <= (seen.cycles_low or 0)
        assert (seen.cycles_high or 0) <= before.cycles_high
        ends.append(seen.cycles_low or 0)
    assert before.cycles_low > 0.95 * min(ends)
    longest = total(deploy(load(branch(7, 7)), part).costs).cycles_high
    assert longest < before.cycles_high < 1.1 * longest


@pytest.mark.parametrize("part", ["cortex-m4", "cortex-m0plus", "esp32"])
def test_a_loop_that_hangs_on_data_has_a_bound_of_no_turns(part: str) -> None:
    """The condition runs once; `compare`, `run` and `check` say the same."""
    none = deploy(load(loop(0)), load_profile(part)).seconds
    hung = deploy(load(loop(None)), load_profile(part))
    assert none is not None
    assert hung.seconds is None
    assert hung.least_seconds is not None
    assert 0.6 * none.low <= hung.least_seconds <= none.low * 1.001
    said = f"at least {quantity(hung.least_seconds, 's')}"
    row = compare(load(loop(None)), [load_profile(part)]).rows[0]
    assert untimed_as(row) == said
    assert any(said in warning for warning in Interpreter(loop(None), part).report().warnings)
    found = check(loop(None), part, max_latency="1s").findings
    assert any(said in finding.cause for finding in found)
