"""What microinfer says of an ATmega328P against simavr: cycles, flash, SRAM and stack of whole models.

None of these models was in the calibration, which measures operators one at a time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from c_models import LAYERS, network, one_layer
from firmware import KERNELS, random_inputs, simavr, stream
from microinfer import Interpreter, zoo
from microinfer.cost import estimate
from microinfer.export.bare_c import LOWER, export, lower
from microinfer.firmware.bare_c_image import constant_bytes, functions
from microinfer.firmware.events import events
from microinfer.graph import prepare
from microinfer.loader import load
from microinfer.observation import observe
from microinfer.profile import load_profile
from microinfer.verdict import judge_memory

PROFILE = "atmega328p"
MODELS = ("digits", "sine", *(f"network-{seed}" for seed in range(12)))
SMALL_CYCLES = 2000
"""Of an operator of so few cycles, five per cent are less than one call: 150 cycles more are allowed."""


def model_bytes(name: str) -> bytes:
    kind, _, seed = name.partition("-")
    return network(np.random.default_rng([int(seed), 5])) if kind == "network" else zoo.load(name)


@pytest.mark.parametrize("name", MODELS)
def test_whole_models(name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr-O2", KERNELS, "-O2")
    if "5.4.0" not in tools.compiler:
        pytest.skip(f"the price list is of avr-gcc 5.4.0, this is {tools.compiler}")
    model, profile = model_bytes(name), load_profile(PROFILE)
    (inputs,) = random_inputs(model, np.random.default_rng(1), count=1)
    interpreter = Interpreter(model, profile, preserve_all_tensors=True)
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
    export(model, tmp_path, inputs=inputs)
    marked, plain = tools.build(tmp_path), tools.build(tmp_path, marks=False)
    cycles = plain.run(stream([inputs])).cycles[0]
    measured = marked.run(stream([inputs])).operators[0]
    costs = estimate(interpreter.steps, profile, "bare-c", seen)
    said = [cost.cycles or 0 for cost in costs]
    assert abs(sum(said) - cycles) <= 0.02 * cycles
    for cost, here, there in zip(costs, said, measured, strict=True):
        spare = 150 if there < SMALL_CYCLES else 0
        assert abs(here - there) <= 0.05 * there + spare, cost.events
        assert not cost.provisional
    blind = estimate(interpreter.steps, profile, "bare-c")
    assert all(
        (cost.cycles_low or 0) - 150 <= there <= (cost.cycles_high or 0) + 150
        for cost, there in zip(blind, measured, strict=True)
    )
    plan = Interpreter(model, profile).plan
    memory = judge_memory(interpreter.model, plan, profile, plan.min_arena_bytes)
    flash = plain.text + plain.data
    assert memory.flash_bytes is not None
    assert abs(memory.flash_bytes - flash) <= 0.03 * flash
    assert plain.data + plain.bss == plan.arena_used_bytes
    assert memory.stack_bytes is not None
    assert abs(memory.stack_bytes - plain.run(stream([inputs])).stack_bytes) <= 16
    assert not memory.provisional


@pytest.mark.parametrize("name", LAYERS)
def test_constants_and_functions_are_those_of_the_export(name: str) -> None:
    for seed in range(8):
        model = load(one_layer(name, np.random.default_rng([seed, *name.encode()])))
        interpreter = Interpreter(model, PROFILE)
        lowered = lower(model, interpreter.steps, interpreter.plan)
        called = [call.function for item in lowered for call in item.calls]
        if {"mi_add_any", "mi_copy_constant"} & {*called}:
            continue
        expected = [f for step in interpreter.steps for f in functions(step.name, step.geometry)]
        assert called == expected
        written = sum(constant.size_bytes for item in lowered for constant in item.constants)
        assert constant_bytes(model, interpreter.plan.operators) == written


def test_every_exported_operator_has_events_and_a_price() -> None:
    priced = set()
    for name in LAYERS:
        steps = prepare(load(one_layer(name, np.random.default_rng(3))))
        for step, cost in zip(steps, estimate(steps, load_profile(PROFILE), "bare-c"), strict=True):
            assert events("bare-c", step.name, step.geometry) is not None
            assert cost.cycles
            priced.add(step.name)
    assert set(LOWER) - priced <= {"EXPAND_DIMS", "SQUEEZE", "PADV2", "SUM", "UNPACK"}
