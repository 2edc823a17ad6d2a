"""Kernels of bare-c of other types than int8 on shapes that nobody measured, on simavr and under QEMU."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, load_profile
from microinfer.errors import MicroinferError
from microinfer.exports.bare_c import lower, write
from microinfer.libraries.target import load_core
from microinfer.operators.example import Draw
from microinfer.operators.registry import rows
from microinfer.operators.spec import Step
from microinfer.timing.prices import estimate, load_costs, price

from conftest import EXAMPLES

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
NUMBER = 1000
"""Of a point beyond those that were measured."""
TYPICAL = 0.25
"""How far all operators of a family together may be off on data as it was fitted to."""
PATTERNS = range(9)
TYPES = ("int8", "float32", "int16", "uint8", "int32", "int64", "bool", "uint32", "uint16")


def names() -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        found = list(import_module("bare_c_families").FAMILIES)
    return found[:: max(1, 300 // max(EXAMPLES, 1) // 2)]


@pytest.fixture(scope="module")
def avr(program: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    simavr = program("simavr")
    if (lacking := simavr.missing()) is not None:
        pytest.skip(lacking)
    made = simavr.Toolchain(tmp_path_factory.mktemp("avr"), program("avr_points").SOURCES)
    if "5.4.0" not in made.compiler:
        pytest.skip(f"the price list is of avr-gcc 5.4.0, this is {made.compiler}")
    return made


@pytest.fixture(scope="module")
def arm(program: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    qemu = program("qemu")
    if (lacking := qemu.missing()) is not None:
        pytest.skip(lacking)
    made = [
        qemu.Toolchain(tmp_path_factory.mktemp(core), program("avr_points").SOURCES, core)
        for core in ("cortex-m4", "cortex-m0plus")
    ]
    if "12.2" not in made[0].compiler:
        pytest.skip(f"the price lists are of gcc 12.2, this is {made[0].compiler}")
    return made


def exported(program: Any, name: str, folder: Path) -> tuple[Interpreter, list[Any]]:
    """A model of a family that nobody measured, and what it is run on."""
    families, data = program("bare_c_families"), program("bare_c_data")
    model = families.model(name, NUMBER, families.seeds_of(name, NUMBER))
    interpreter = Interpreter(model, "atmega328p", library="bare-c")
    streams = [data.inputs_of(interpreter, name, NUMBER, pattern) for pattern in PATTERNS]
    for detail, value in zip(interpreter.get_input_details(), streams[0], strict=True):
        interpreter.set_tensor(detail["index"], value)
    write(interpreter, folder, force=True)
    return interpreter, streams


def assert_told(interpreter: Interpreter, core: str, cycles: Any) -> None:
    """Every operator on all data lies in its interval; on typical data all together are near."""
    table, target = load_costs("bare-c", core), load_core(core)
    said = [price(s.name, s.geometry, table, "bare-c", target=target) for s in interpreter.steps]
    for pattern, measured in enumerate(cycles):
        for cost, took in zip(said, measured, strict=True):
            assert cost.cycles_low is not None
            assert cost.cycles_high is not None
            assert not cost.note
            assert cost.cycles_low <= took <= cost.cycles_high, (pattern, cost)
    typical = np.mean([sum(measured) for measured in cycles[:4]])
    assert abs(sum(cost.cycles or 0 for cost in said) - typical) <= TYPICAL * typical


@pytest.mark.parametrize("name", names())
def test_simavr(name: str, program: Any, avr: Any, tmp_path: Path) -> None:
    interpreter, streams = exported(program, name, tmp_path)
    ran = avr.build(tmp_path).run(b"".join(value.tobytes() for each in streams for value in each))
    assert_told(interpreter, "avr", ran.operators)


@pytest.mark.parametrize("name", names())
def test_qemu(name: str, program: Any, arm: Any, tmp_path: Path) -> None:
    interpreter, streams = exported(program, name, tmp_path)
    for tool in arm:
        made = tool.build(tmp_path, len(streams[0]))
        assert_told(interpreter, tool.core, tool.run(made, len(interpreter.steps), streams))


def drawn() -> list[Step]:
    """An operator of every kind and type that bare-c has a kernel for."""
    found = []
    for spec in rows():
        for dtype, seed in product(TYPES, range(2)):
            b = ModelBuilder(spec.name.lower())
            try:
                made = spec.example(Draw(b, np.random.default_rng(seed), dtype))
                b.output(*(made if isinstance(made, tuple | list) else (made,)))
                steps = Interpreter(b.build(), "cortex-m4", library="bare-c")
                lower(steps.model, steps.steps, steps.plan)
            except (MicroinferError, OverflowError, ValueError, TypeError, KeyError):
                continue
            found += steps.steps
    return found


@pytest.mark.parametrize(
    "part", ["atmega328p", "cortex-m0plus", "cortex-m3", "cortex-m33", "cortex-m4", "cortex-m7"]
)
def test_whatever_is_exported_has_a_price(part: str) -> None:
    steps = drawn()
    costs = estimate(steps, load_profile(part), "bare-c")
    assert {
        (s.name, cost.variant) for s, cost in zip(steps, costs, strict=True) if cost.cycles is None
    } == set()
    assert len({step.name for step in steps}) > 80
