"""Pairs of real numbers as C: the emulator's bits on this computer, an ATmega328P and a Cortex-M4."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, load
from microinfer.exports.bare_c import export, lower
from microinfer.libraries.library import kernel_library

from conftest import EXAMPLES
from support.firmware import (
    KERNELS,
    Compiler,
    emulate,
    exported,
    random_inputs,
    run,
    simavr,
    stream,
)

SEEDS = range(max(3, EXAMPLES // 20))
ACTIVATED = ("add", "div", "mul", "sub")
FUNCTIONS = (*ACTIVATED, "floor_mod", "maximum", "minimum", "squared_difference")
SHAPES = [
    ((2, 3, 4), (2, 3, 4)),
    ((2, 3, 4), (1, 3, 1)),
    ((3, 1, 2, 1), (2, 1, 5)),
    ((1,), (2, 7)),
    ((9,), (1,)),
]


def drawn(function: str, seed: int) -> bytes:
    """Either operand broadcasts, or may be a constant."""
    g = np.random.default_rng([seed, *function.encode()])
    b = ModelBuilder(function)
    shapes = SHAPES[seed % len(SHAPES)]
    constant = int(g.integers(-1, 2))
    operands = [
        b.constant((g.normal(size=shape) * 3).astype(np.float32))
        if position == constant
        else b.input(shape, "float32")
        for position, shape in enumerate(shapes)
    ]
    activation = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")[int(g.integers(0, 4))]
    more = {"activation": activation} if function in ACTIVATED else {}
    b.output(getattr(b, function)(*operands, **more))
    return b.build()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_host(function: str, on_host: Compiler, tmp_path: Path) -> None:
    for seed in SEEDS:
        model = drawn(function, seed)
        inputs = random_inputs(model, np.random.default_rng(seed))
        program = on_host.build(exported(model, tmp_path / f"{seed}"))
        assert run([str(program), "-"], input=stream(inputs)) == emulate(model, inputs), seed


@pytest.mark.parametrize("function", FUNCTIONS)
def test_beyond_what_a_float_holds(function: str, on_host: Compiler, tmp_path: Path) -> None:
    b = ModelBuilder("edges")
    x, y = b.input((1, 6), "float32"), b.input((1, 6), "float32")
    b.output(getattr(b, function)(x, y))
    model = b.build()
    values = np.array([[3e38, -3e38, 1e-40, -0.0, 5.5, np.inf]], np.float32)
    others = np.array([[-2e38, 1e30, 3.0, 2.0, -0.0, 1.0]], np.float32)
    if function == "floor_mod":
        values, others = np.abs(values[:, :4]), others[:, :4]
        b = ModelBuilder("edges")
        b.output(b.floor_mod(b.input((1, 4), "float32"), b.input((1, 4), "float32")))
        model = b.build()
    program = on_host.build(exported(model, tmp_path))
    assert run([str(program), "-"], input=stream([[values, others]])) == emulate(model, [[values, others]])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_simavr(function: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    for seed in range(1, 3):
        model = drawn(function, seed)
        inputs = random_inputs(model, np.random.default_rng(seed), count=2)
        firmware = tools.build(exported(model, tmp_path / f"{seed}"))
        assert firmware.run(stream(inputs)).outputs == emulate(model, inputs), seed


@pytest.mark.parametrize("function", FUNCTIONS)
def test_qemu(function: str, on_arm: Compiler, tmp_path: Path) -> None:
    from exports.test_export_bare_c import qemu

    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    model = drawn(function, 2)
    (inputs,) = random_inputs(model, np.random.default_rng(4), count=1)
    export(model, tmp_path, profile="cortex-m4", inputs=inputs)
    image = on_arm.build(tmp_path, "-nostartfiles", "-T", str(tmp_path / "test/mps2.ld"))
    assert "PASS" in qemu(image)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sizes_in_closed_form(function: str) -> None:
    library = kernel_library("bare-c")
    for seed in SEEDS:
        model = load(drawn(function, seed))
        interpreter = Interpreter(model, "atmega328p")
        (item,) = lower(model, interpreter.steps, interpreter.plan)
        assert library.constants_of is not None
        stored = library.constants_of(model, interpreter.plan.operators)
        assert sum(constant.size_bytes for constant in item.constants) == stored
