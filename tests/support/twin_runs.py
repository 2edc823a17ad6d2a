"""A model in generated C on this computer, an ATmega328P and a Cortex-M4: whose bits it has."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from microinfer import Interpreter, load
from microinfer.exports.bare_c import export, lower
from microinfer.libraries.library import kernel_library

from .firmware import KERNELS, Compiler, emulate, exported, random_inputs, run, simavr, stream
from .oracle import tflm

__all__ = ["expect_bits_here", "expect_bits_on_arm", "expect_bits_on_avr", "expect_sizes"]


def expect_bits_here(model: bytes, compiler: Compiler, folder: Path, seed: int = 0) -> None:
    """Three runs as the emulator has them, of which the first is the package's, too."""
    inputs = random_inputs(model, np.random.default_rng(seed))
    found = run([str(compiler.build(exported(model, folder))), "-"], input=stream(inputs))
    assert found == emulate(model, inputs)
    outputs = len(load(model).subgraphs[0].outputs)
    wanted = b"".join(array.tobytes() for array in tflm(model, inputs[0], outputs=outputs))
    assert found[: len(wanted)] == wanted


def expect_bits_on_avr(model: bytes, session: Path, folder: Path, seed: int = 0) -> None:
    tools = simavr().Toolchain(session / "avr", KERNELS)
    inputs = random_inputs(model, np.random.default_rng(seed), count=2)
    firmware = tools.build(exported(model, folder))
    assert firmware.run(stream(inputs)).outputs == emulate(model, inputs)


def expect_bits_on_arm(model: bytes, compiler: Compiler, folder: Path, seed: int = 0) -> None:
    from exports.test_export_bare_c import qemu

    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    (inputs,) = random_inputs(model, np.random.default_rng(seed), count=1)
    export(model, folder, profile="cortex-m4", inputs=inputs)
    image = compiler.build(folder, "-nostartfiles", "-T", str(folder / "test/mps2.ld"))
    assert "PASS" in qemu(image)


def expect_sizes(model: bytes) -> None:
    """Constants and functions are those of the closed forms."""
    library, loaded = kernel_library("bare-c"), load(model)
    interpreter = Interpreter(loaded, "atmega328p")
    lowered = lower(loaded, interpreter.steps, interpreter.plan)
    for item in lowered:
        functions = library.kernels[item.step.name].functions(item.step.geometry)
        assert [call.function for call in item.calls] == list(functions)
    assert library.constants_of is not None
    stored = library.constants_of(loaded, interpreter.plan.operators)
    assert sum(constant.size_bytes for item in lowered for constant in item.constants) == stored
