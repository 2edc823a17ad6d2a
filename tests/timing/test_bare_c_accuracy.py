"""What microinfer says of an ATmega328P against simavr: cycles, flash, SRAM and stack of whole models.

None of these models was in the calibration, which measures operators one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from exports.test_export_bare_c import STATE
from exports.test_export_twins import TWINS
from microinfer import Interpreter, zoo
from microinfer.deploy.deployment import deploy
from microinfer.deploy.verdict import judge_memory
from microinfer.exports.bare_c import export, lower
from microinfer.libraries.bare_c.bare_image import constant_bytes, functions
from microinfer.libraries.library import kernel_library
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import load_profile
from microinfer.run.record import observe
from microinfer.timing.prices import estimate, load_costs, price

from support.c_models import LAYERS, network, one_layer
from support.firmware import KERNELS, random_inputs, simavr, stream
from support.kernel_rows import events

PROFILE = "atmega328p"
MODELS = ("digits", "sine", *(f"network-{seed}" for seed in range(12)))
MODEL_SHARE, OPERATOR_SHARE = 0.01, 0.03
PRICES = {"-O2": "avr", "-Os": "avr-os"}
SEEDS = 6


def model_bytes(name: str) -> bytes:
    kind, _, seed = name.partition("-")
    return network(np.random.default_rng([int(seed), 5])) if kind == "network" else zoo.load(name)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr-O2", KERNELS, "-O2")
    if "5.4.0" not in made.compiler:
        pytest.skip(f"the price list is of avr-gcc 5.4.0, this is {made.compiler}")
    return made


@dataclass(frozen=True, slots=True)
class Ran:
    """A model with random inputs, emulated; what its branches did."""

    interpreter: Interpreter
    inputs: list[NDArray[Any]]
    seen: list[dict[str, int]]


def emulated(model: bytes) -> Ran:
    (inputs,) = random_inputs(model, np.random.default_rng(1), count=1)
    interpreter = Interpreter(model, PROFILE, preserve_all_tensors=True)
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    seen = [
        observe(
            step,
            [interpreter.get_tensor(t.index) if t is not None else None for t in step.node.inputs],
            [interpreter.get_tensor(t.index) for t in step.node.outputs],
        )
        for step in interpreter.steps
    ]
    return Ran(interpreter, inputs, seen)


def assert_operators_agree(ran: Ran, measured: Sequence[int]) -> list[int]:
    """Each operator's cycles within its share, nothing fixed on top. Returns the predicted ones."""
    profile = load_profile(PROFILE)
    costs = estimate(ran.interpreter.steps, profile, "bare-c", ran.seen)
    said = [cost.cycles or 0 for cost in costs]
    for cost, here, there in zip(costs, said, measured, strict=True):
        assert abs(here - there) <= OPERATOR_SHARE * there, (here, there, cost.events)
        assert not cost.provisional
    blind = estimate(ran.interpreter.steps, profile, "bare-c")
    for cost, there in zip(blind, measured, strict=True):
        assert (cost.cycles_low or 0) <= there <= (cost.cycles_high or 0), cost.events
    return said


@pytest.mark.parametrize("name", MODELS)
def test_whole_models(name: str, tmp_path: Path, tools: Any) -> None:
    model, profile = model_bytes(name), load_profile(PROFILE)
    ran = emulated(model)
    inputs = stream([ran.inputs])
    export(model, tmp_path, inputs=ran.inputs)
    marked, plain = tools.build(tmp_path), tools.build(tmp_path, marks=False)
    run = plain.run(inputs)
    said = assert_operators_agree(ran, marked.run(inputs).operators[0])
    assert abs(sum(said) - run.cycles[0]) <= MODEL_SHARE * run.cycles[0]
    plan = Interpreter(model, profile).plan
    memory = judge_memory(ran.interpreter.model, plan, profile, plan.min_arena_bytes)
    flash = plain.text + plain.data
    assert memory.flash_bytes is not None
    assert abs(memory.flash_bytes - flash) <= 0.03 * flash
    assert plain.data + plain.bss == plan.arena_used_bytes
    assert memory.stack_bytes is not None
    assert abs(memory.stack_bytes - run.stack_bytes) <= 16
    assert not memory.provisional


@pytest.mark.parametrize("name", ["sine", "digits"])
def test_calls_take_an_atmega2560_a_cycle_more_which_its_interval_holds(
    name: str, tmp_path: Path, tools: Any
) -> None:
    """Its program counter has three bytes: CALL and RET push and take one more, a cycle each."""
    larger = simavr().Toolchain(tools.folder.with_name("avr6-O2"), KERNELS, "-O2", part="atmega2560")
    ran = emulated(model := model_bytes(name))
    export(model, tmp_path, inputs=ran.inputs)
    small, large = (made.build(tmp_path).run(stream([ran.inputs])) for made in (tools, larger))
    assert large.outputs == small.outputs
    for here, there in zip(small.operators[0], large.operators[0], strict=True):
        assert there > here
        assert (there - here) % 2 == 0
    at, plain = (deploy(load(model), load_profile(part)) for part in ("arduino-mega", PROFILE))
    assert at.seconds is not None
    assert at.seconds.low <= large.cycles[0] / 16e6 <= at.seconds.high
    assert at.cycles is not None
    assert plain.cycles is not None
    assert at.cycles > plain.cycles
    assert abs(at.cycles - large.cycles[0]) <= MODEL_SHARE * large.cycles[0]


@pytest.mark.parametrize("name", LAYERS)
def test_random_operators(name: str, tmp_path: Path, tools: Any) -> None:
    """Shapes, axes, strides, scales and constants that the calibration has not seen, at both levels."""
    smaller = simavr().Toolchain(tools.folder.with_name("avr-Os"), KERNELS, "-Os")
    lists = [(made, load_costs("bare-c", PRICES[made.optimise])) for made in (tools, smaller)]
    for seed in range(SEEDS):
        ran = emulated(model := one_layer(name, np.random.default_rng([seed, 7, *name.encode()]), limit=120))
        project = tmp_path / str(seed)
        export(model, project, inputs=ran.inputs)
        for made, table in lists:
            measured = made.build(project).run(stream([ran.inputs])).operators[0]
            for step, seen, there in zip(ran.interpreter.steps, ran.seen, measured, strict=True):
                known = price(step.name, step.geometry, table, "bare-c", seen=seen)
                assert known.cycles is not None
                assert abs(known.cycles - there) <= OPERATOR_SHARE * there, (seed, there, known)
                blind = price(step.name, step.geometry, table, "bare-c")
                assert (blind.cycles_low or 0) <= there <= (blind.cycles_high or 0), (seed, there, blind)


@pytest.mark.parametrize("name", LAYERS)
def test_constants_and_functions_are_those_of_the_export(name: str) -> None:
    for seed in range(8):
        model = load(one_layer(name, np.random.default_rng([seed, *name.encode()])))
        interpreter = Interpreter(model, PROFILE)
        lowered = lower(model, interpreter.steps, interpreter.plan)
        called = [call.function for item in lowered for call in item.calls]
        if "mi_copy_constant" in called:
            continue
        expected = [f for step in interpreter.steps for f in functions(step.name, step.geometry)]
        assert called == expected
        written = sum(constant.size_bytes for item in lowered for constant in item.constants)
        assert constant_bytes(model, interpreter.plan.operators) == written


NORMS = {"L2_NORMALIZATION", "L2_POOL_2D", "LOG_SOFTMAX"}
OF_REALS = {"CEIL", "COS", "DIV", "EXP", "FLOOR", "FLOOR_MOD", "LOG", "NEG", "ROUND", "SIN", "SQRT", "SQUARE"}
"""With those in TWINS, of other types than int8: see test_bare_c_families."""


def test_every_exported_operator_has_events_and_a_price() -> None:
    priced = set()
    for name in LAYERS:
        steps = prepare(load(one_layer(name, np.random.default_rng(3))))
        for step, cost in zip(steps, estimate(steps, load_profile(PROFILE), "bare-c"), strict=True):
            assert events("bare-c", step.name, step.geometry, load_profile(PROFILE).target) is not None
            assert cost.cycles
            priced.add(step.name)
    assert set(kernel_library("bare-c").kernels) - priced <= {
        "EXPAND_DIMS",
        "SQUEEZE",
        "PADV2",
        "SUM",
        "UNPACK",
        # priced as what copies, or nothing at run time: see test_export_state
        *STATE,
        *TWINS,
        "SVDF",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        *NORMS,
        *OF_REALS,
    }
