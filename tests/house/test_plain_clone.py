"""What real TFLM asked for and took, from the files of the tree alone: the README's promises."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from microinfer import zoo
from microinfer.deploy.verdict import judge_memory
from microinfer.libraries.code_size import code_size
from microinfer.libraries.stack import stack_use
from microinfer.libraries.target import load_core
from microinfer.memory.plan import MemoryPlan
from microinfer.memory.planning import plan_memory
from microinfer.model.align import align_up
from microinfer.model.read import load
from microinfer.model.tables import Model
from microinfer.operators.prepare import prepare
from microinfer.operators.spec import Step
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import estimate, total

from support import firmware_truth
from support.arena_truth import LIBRARIES, Single, read
from support.kernel_rows import demand

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
TARGET = load_core("cortex-m4")
OPERATORS = sorted({single.operator for single in read()})
STEP = 16
"""Bytes by which the smallest arena was searched for."""
EVERY_OPERATOR = pytest.mark.parametrize("operator", OPERATORS)
DEEPER: dict[tuple[str, str], int] = {
    ("tflm-cmsis-nn", "AVERAGE_POOL_2D"): 4,
    ("tflm-cmsis-nn", "CONV_2D"): 104,
    ("tflm-cmsis-nn", "FULLY_CONNECTED"): 4,
    ("tflm-cmsis-nn", "MAX_POOL_2D"): 8,
}
"""Bytes by which some shapes stay above their kernel's deepest mark."""


@cache
def prepared(single: Single) -> tuple[Model, tuple[Step, ...]]:
    model = load(single.build())
    return model, prepare(model)


@cache
def plan_of(single: Single, library: str) -> MemoryPlan:
    return plan_memory(*prepared(single), library, TARGET)


def of(operator: str) -> list[Single]:
    return [single for single in read() if single.operator == operator]


def test_the_grid_is_whole() -> None:
    assert len(read()) == 794
    smallest = [single.asked[library].smallest for single in read() for library in LIBRARIES]
    assert sum(size is not None for size in smallest) == 1551


@EVERY_OPERATOR
def test_demand(operator: str) -> None:
    """Scratch and persistent requests, in order."""
    for single in of(operator):
        (step,) = prepared(single)[1]
        for library, asked in single.asked.items():
            found = demand(library, operator, step.geometry, TARGET)
            where = f"{single.name} {library}"
            assert found is not None, where
            assert found.scratch_bytes == asked.scratch, where
            if operator != "BATCH_MATMUL":  # its requests bypass the counter that made the rows
                made = [("init", size) for size in found.init_bytes]
                made += [("prepare", size) for size in found.prepare_bytes]
                assert tuple(made) == asked.requests, where


@EVERY_OPERATOR
def test_arena(operator: str) -> None:
    for single in of(operator):
        for library, asked in single.asked.items():
            plan = plan_of(single, library)
            where = f"{single.name} {library}"
            assert plan.unknown == (), where
            assert (plan.head_bytes, plan.tail_bytes) == (asked.head, asked.tail), where
            assert plan.arena_used_bytes == asked.head + asked.tail, where
            if asked.smallest is not None:
                assert align_up(plan.min_arena_bytes, STEP) == asked.smallest, where


@EVERY_OPERATOR
def test_stack_of_one_operator(operator: str) -> None:
    """Never less than the mark, and no more than another shape of the same kernel needed."""
    for single in of(operator):
        steps = [(step.name, step.geometry) for step in prepared(single)[1]]
        for library, asked in single.asked.items():
            found = stack_use(library, TARGET, steps)
            where = f"{single.name} {library}"
            assert found is not None, where
            assert not found.provisional, where
            assert found.prepare_bytes == asked.prepare_stack, where
            beyond = found.invoke_bytes - asked.invoke_stack
            assert 0 <= beyond <= DEEPER.get((library, operator), 0), where


@pytest.mark.parametrize(("network", "library"), sorted(firmware_truth.read()))
def test_code_size(network: str, library: str) -> None:
    linked = firmware_truth.read()[network, library]
    found = code_size(library, "cortex-m4", linked.operators)
    assert found is not None
    assert not found.provisional
    assert abs(found.bytes - sum(linked.flash.values())) <= 0.001 * found.bytes
    core = ("core", "kernels")
    assert abs(sum(found.groups[name] - linked.flash[name] for name in core)) <= 0.002 * found.bytes
    assert abs(found.globals_bytes - linked.globals_bytes) <= max(16, 0.03 * linked.globals_bytes)


@cache
def networks() -> dict[tuple[str, str], list[Any]]:
    """Operators of the nine networks, with their cycles, by network and library."""
    sys.path.insert(0, str(FOLDER))
    try:
        import cortex_m_data
    finally:
        sys.path.remove(str(FOLDER))
    found = cortex_m_data.read(cortex_m_data.DATA)[1]
    return {tuple(key.split()): samples for key, samples in found.items()}  # type: ignore[misc]


NETWORKS = pytest.mark.parametrize(("network", "library"), sorted(firmware_truth.read()))


@NETWORKS
def test_stack_of_a_network(network: str, library: str) -> None:
    linked = firmware_truth.read()[network, library]
    steps = [(sample.operator, sample.geometry) for sample in networks()[network, library]]
    found = stack_use(library, TARGET, steps)
    assert found is not None
    assert not found.provisional
    assert found.prepare_bytes == pytest.approx(linked.prepare_stack, rel=0.1)
    assert found.invoke_bytes == pytest.approx(linked.invoke_stack, rel=0.1)


@NETWORKS
@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7"])
def test_cycles_of_a_network(network: str, library: str, core: str) -> None:
    samples = networks()[network, library]
    took = sum(sample.cycles[core] for sample in samples)
    steps: Any = [Sampled(sample.operator, sample.geometry) for sample in samples]
    said = total(estimate(steps, load_profile(core), library))
    assert said.missing == 0
    assert abs(said.cycles / took - 1) < 0.02
    assert said.cycles_low <= took <= said.cycles_high


class Sampled:
    """What a price needs of a step where weights wait for no memory."""

    node = SimpleNamespace(inputs=())

    def __init__(self, name: str, geometry: Any) -> None:
        self.name, self.geometry = name, geometry


@pytest.mark.parametrize("library", [*LIBRARIES, "bare-c"])
def test_one_byte_less_does_not_fit(library: str) -> None:
    model = load(zoo.load("digits"))
    steps, part = prepare(model), load_profile("nucleo-l4r5zi")
    plan = plan_memory(model, steps, library, TARGET)
    assert judge_memory(model, plan, part, plan.min_arena_bytes).fits
    found = judge_memory(model, plan, part, plan.min_arena_bytes - 1)
    assert not found.fits
    assert "too small by 1: " in found.shortfalls[0]
