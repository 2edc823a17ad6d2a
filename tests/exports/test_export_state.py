"""Models that keep state as C: what stays from run to run, what runs once, a reset and a restart."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, load, zoo
from microinfer.checks import check
from microinfer.errors import UnsupportedError
from microinfer.exports.bare_c import export, lower
from microinfer.libraries.library import kernel_library

from support.firmware import (
    ARM_FLAGS,
    KERNELS,
    Compiler,
    emulate,
    exported,
    random_inputs,
    run,
    simavr,
    stream,
)
from support.oracle import tflm

TYPES = ("int8", "float32")
FORGETS, RESTARTS = 3, 5
"""Runs before which a program is reset, and before which it is started anew."""
HARNESS = f"""
#include <stdio.h>
#include "model.h"
int main(void) {{
    int run;
    for (run = 0; fread(model_input_0(), 1, MODEL_INPUT_0_BYTES, stdin) == MODEL_INPUT_0_BYTES; ++run) {{
        if (run == {FORGETS}) model_reset();
        if (run == {RESTARTS}) model_restart();
        model_invoke();
        fwrite(model_output_0(), 1, MODEL_OUTPUT_0_BYTES, stdout);
    }}
    return 0;
}}
"""


def sums(dtype: str, start: int | None = 3, shape: tuple[int, ...] = (1, 2, 3)) -> bytes:
    """A sum that goes on, from `start` or from what variables are filled with, and a row that moves on."""
    b = ModelBuilder("sums")
    quantization = {} if dtype == "float32" else {"scale": 0.1, "zero_point": -7}
    x = b.input(shape, dtype, **quantization)
    if start is not None:
        first = b.subgraph("first")
        values = np.full(shape, start, np.dtype(dtype))
        known = (x.scale, x.zero_point) if quantization else ()
        first.assign_variable(first.variable("sum"), first.constant(values, *known))
        b.call_once(first)
    held, last = b.variable("sum"), b.variable("last")
    y = b.add(x, b.read_variable(held, like=x), **quantization)
    before = b.read_variable(last, like=x)
    b.assign_variable(held, y)
    b.assign_variable(last, x)
    b.output(b.concatenation([y, before], 2))
    return b.build()


@pytest.mark.parametrize("start", [3, None])
@pytest.mark.parametrize("dtype", TYPES)
def test_host(dtype: str, start: int | None, on_host: Compiler, tmp_path: Path) -> None:
    model = sums(dtype, start)
    inputs = random_inputs(model, np.random.default_rng(1), count=5)
    program = on_host.build(exported(model, tmp_path))
    found = run([str(program), "-"], input=stream(inputs))
    assert found == emulate(model, inputs)
    (first,) = tflm(model, inputs[0])
    assert found[: first.nbytes] == first.tobytes()


def test_reset_and_restart(on_host: Compiler, tmp_path: Path) -> None:
    model = sums("int8")
    project = exported(model, tmp_path)
    (project / "test/main.c").write_text(HARNESS)
    inputs = random_inputs(model, np.random.default_rng(2), count=8)
    interpreter = Interpreter(model, "atmega328p")
    wanted = b""
    for number, (x,) in enumerate(inputs):
        if number == FORGETS:
            interpreter.reset()
        if number == RESTARTS:
            interpreter.restart()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        wanted += interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).tobytes()
    assert run([str(on_host.build(project))], input=stream(inputs)) == wanted


@pytest.mark.parametrize("dtype", TYPES)
def test_simavr(dtype: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """All RAM that is taken is in the arena."""
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    model = sums(dtype)
    inputs = random_inputs(model, np.random.default_rng(3), count=4)
    firmware = tools.build(exported(model, tmp_path), marks=False)
    assert firmware.run(stream(inputs)).outputs == emulate(model, inputs)
    assert firmware.data + firmware.bss == Interpreter(model, "atmega328p").plan.arena_used_bytes


@pytest.mark.parametrize("dtype", TYPES)
def test_qemu(dtype: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    from exports.test_export_bare_c import qemu

    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    compiler = Compiler(tmp_path_factory.mktemp("arm"), "arm-none-eabi-gcc", *ARM_FLAGS)
    export(sums(dtype), tmp_path, profile="cortex-m4")
    image = compiler.build(tmp_path, "-nostartfiles", "-T", str(tmp_path / "test/mps2.ld"))
    assert "PASS" in qemu(image)


def test_a_wake_word(on_host: Compiler, tmp_path: Path) -> None:
    """A whole streaming network, on a part with 8 KB of RAM, with its time."""
    model = zoo.load("wake_word")
    export(model, tmp_path, profile="arduino-mega")
    assert run([str(on_host.build(tmp_path))]).endswith(b"PASS\n")
    assert not any(finding.severity == "error" for finding in check(model, "arduino-mega").findings)
    interpreter = Interpreter(model, "arduino-mega")
    assert interpreter.report().to_dict()["time"]["cycles"]


def test_sizes_in_closed_form() -> None:
    library = kernel_library("bare-c")
    for dtype in TYPES:
        model = load(sums(dtype))
        interpreter = Interpreter(model, "atmega328p")
        lowered = lower(model, interpreter.steps, interpreter.plan)
        assert library.constants_of is not None
        stored = library.constants_of(model, interpreter.plan.operators)
        assert sum(constant.size_bytes for item in lowered for constant in item.constants) == stored


def test_branches_are_refused_by_name(tmp_path: Path) -> None:
    b = ModelBuilder("branch")
    flag, x = b.input((1,), "bool"), b.input((1, 3), scale=0.1)
    sides = []
    for operator in ("relu", "abs"):
        side = b.subgraph(operator)
        taken = side.input(x.shape, x.dtype, x.scale, x.zero_point)
        side.output(getattr(side, operator)(taken, scale=0.1, zero_point=0))
        sides.append(side)
    b.output(*b.if_else(flag, *sides, [x]))
    with pytest.raises(UnsupportedError, match=r"IF: has no kernel in bare-c"):
        export(b.build(), tmp_path)
