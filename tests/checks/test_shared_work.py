"""A check does once what many layers, rules and parts ask for, and plans nothing that cannot fit anyway."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.checks import Limits, bounds, check
from microinfer.checks.bounds import Known
from microinfer.deploy import common
from microinfer.deploy.survey import take_apart
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import DEFAULT_TARGET, HOST_TARGET
from microinfer.memory.least_arena import least_arena
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.graphs import random_graph, wide_graph


def chain(layers: int, shared: bool = True) -> bytes:
    """Depthwise layers over one image, all with the same weights, or each with its own."""
    builder = ModelBuilder()
    rng = np.random.default_rng(0)
    x = builder.input((1, 8, 8, 8), scale=0.05)
    made = [
        builder.constant(
            rng.integers(-127, 128, (1, 3, 3, 8)).astype(np.int8),
            np.full(8, 0.01),
            np.zeros(8, int),
            quantized_dimension=3,
        )
        for _ in range(1 if shared else layers)
    ]
    for layer in range(layers):
        x = builder.depthwise_conv_2d(x, made[0 if shared else layer], scale=0.05)
    builder.output(x)
    return builder.build()


def test_layers_with_one_range_share_it_and_it_is_the_layers_own() -> None:
    steps = take_apart(load(chain(4))).modelled
    known: Known = {}
    for step in steps:
        shared, alone = bounds.bounds(step, known), bounds.bounds(step)
        assert shared is not None
        assert alone is not None
        for name in ("least", "most", "factors", "low", "high"):
            np.testing.assert_array_equal(getattr(shared, name), getattr(alone, name))
        assert shared.weights_peak == alone.weights_peak
    assert len(known) < len(steps)


def test_other_weights_have_other_ranges() -> None:
    known: Known = {}
    found = [bounds.bounds(step, known) for step in take_apart(load(chain(4, shared=False))).modelled]
    assert len(known) == len({id(one) for one in found}) == 4


def test_ranges_are_sought_once_for_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    sought = bounds.bounds

    def counted(step: object, known: Known) -> object:
        asked.append(1)
        return sought(step, known)  # type: ignore[arg-type]

    monkeypatch.setattr(bounds, "bounds", counted)
    check(chain(7, shared=False), "cortex-m4")
    assert len(asked) == 7


@pytest.mark.parametrize(
    ("library", "target"),
    [
        ("tflm-reference", HOST_TARGET),
        ("tflm-reference", DEFAULT_TARGET),
        ("tflm-cmsis-nn", DEFAULT_TARGET),
        ("bare-c", DEFAULT_TARGET),
    ],
)
def test_no_plan_is_below_the_least_arena(library: str, target: object) -> None:
    for data in [chain(30), *(random_graph(seed, 40) for seed in range(12)), wide_graph(20, 16)]:
        model = load(data)
        plan = plan_memory(model, prepare(model), library, target)  # type: ignore[arg-type]
        least = least_arena(model, library, target)  # type: ignore[arg-type]
        assert 0 < least <= plan.min_arena_bytes


def test_a_library_that_cannot_fit_is_not_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[str] = []
    plan = common.plan_memory

    def noted(model: Any, steps: Any, library: str, *given: Any) -> Any:
        planned.append(library)
        return plan(model, steps, library, *given)

    monkeypatch.setattr(common, "plan_memory", noted)
    report = check(chain(100), "cortex-m4", limits=Limits(arena_bytes=2000))
    assert any(found.outcome == "fail" for found in report.measures)
    assert [library for library in planned if kernel_library(library).interprets] == ["tflm-cmsis-nn"]
