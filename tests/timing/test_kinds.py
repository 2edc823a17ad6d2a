"""Operators that are alike are priced once, and asked for their memory once, whatever their number."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from microinfer import load, load_profile
from microinfer.builder import ModelBuilder
from microinfer.deploy.deployment import deploy
from microinfer.libraries.library import KernelLibrary
from microinfer.memory.planning import plan_memory
from microinfer.model.tables import Model
from microinfer.operators.kinds import apart, kinds
from microinfer.operators.prepare import prepare
from microinfer.timing import prices
from microinfer.timing.prices import estimate, total
from microinfer.zoo.source import open_model


def pairs(count: int) -> Model:
    """So many times a sum of two tensors, and one at 0."""
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 2), scale=0.05)
    for _ in range(count):
        x = builder.relu(builder.add(x, x, scale=0.05), scale=0.05, zero_point=0)
    builder.output(x)
    return load(builder.build())


@pytest.mark.parametrize("count", [2, 40])
@pytest.mark.parametrize("part", ["cortex-m4", "nucleo-l4r5zi", "raspberry-pi-pico"])
def test_each_kind_is_priced_once_beside_the_first_operator(
    monkeypatch: pytest.MonkeyPatch, part: str, count: int
) -> None:
    priced: list[str] = []
    price = prices.price

    def noted(name: str, *given: Any) -> Any:
        priced.append(name)
        return price(name, *given)

    monkeypatch.setattr(prices, "price", noted)
    profile = load_profile(part)
    costs = estimate(prepare(pairs(count)), profile, profile.library)
    assert sorted(priced) == ["ADD", "ADD", "RELU"]
    assert len(costs) == 2 * count
    assert [cost.invocation > 0 for cost in costs[1:]] == [False] * (2 * count - 1)


def test_a_sum_of_shared_costs_is_that_of_their_copies() -> None:
    for name in ("digits", "ds_cnn", "sine_float"):
        for part in ("cortex-m4", "nucleo-l4r5zi", "arduino-uno"):
            costs = deploy(open_model(name), load_profile(part)).costs
            assert total(costs) == total([copy.copy(cost) for cost in costs])


def test_what_a_run_has_shown_is_priced_by_itself() -> None:
    profile, steps = load_profile("cortex-m4"), prepare(pairs(3))
    seen: list[dict[str, int]] = [{} for _ in steps]
    seen[4] = {"negatives": 7, "negative_sums": 3}
    mixed, plain = (estimate(steps, profile, "tflm-reference", found) for found in (seen, None))
    assert [a == b for a, b in zip(mixed, plain, strict=True)] == [True] * 4 + [False, True]


def test_each_kind_is_asked_for_its_memory_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    demand = KernelLibrary.demand

    def noted(self: KernelLibrary, name: str, *given: Any) -> Any:
        asked.append(name)
        return demand(self, name, *given)

    monkeypatch.setattr(KernelLibrary, "demand", noted)
    model = pairs(40)
    plan = plan_memory(model, prepare(model), "tflm-reference")
    assert sorted(asked) == ["ADD", "RELU"]
    assert len(plan.variants) == 80


def test_kinds_without_a_hash_stand_alone() -> None:
    class Own:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            return True

    steps = prepare(pairs(2))
    for step in steps:
        object.__setattr__(step, "geometry", Own())
    assert kinds(steps).places == (0, 1, 2, 3)


def test_costs_without_a_run_are_laid_out_once() -> None:
    steps = prepare(pairs(3))
    assert apart(steps, None)[0] is apart(steps, None)[0]
    mine, shared = apart(steps, [{}] * 6), apart(steps, None)
    assert (list(mine[0]), list(mine[1])) == (list(shared[0]), list(shared[1]))
