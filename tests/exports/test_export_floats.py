"""Layers of real numbers as C: the host's bits everywhere, for no compiler may contract products and sums."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.checks import check
from microinfer.exports.bare_c import export
from microinfer.libraries.bare_c.lowering import lower_step
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from conftest import EXAMPLES
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
from support.single_operators import drawn_model

SEEDS = range(max(3, EXAMPLES // 30))
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
FUNCTIONS = {
    "CONV_2D": "mi_conv_2d_float",
    "FULLY_CONNECTED": "mi_fully_connected_float",
    "SVDF": "mi_svdf_float",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "mi_lstm_float",
}
WITHOUT_C_LIBRARY = [name for name in FUNCTIONS if name != "UNIDIRECTIONAL_SEQUENCE_LSTM"]
"""The LSTM's exponentials are those of the C library that the program is linked with."""


def drawn(name: str, seed: int) -> bytes:
    g = np.random.default_rng((seed, len(name)))

    def size(low: int, high: int) -> int:
        return int(g.integers(low, high + 1))

    def reals(*shape: int) -> Any:
        return b.constant(g.normal(size=shape).astype(np.float32))

    b = ModelBuilder(name.lower())
    if name == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        inputs, units, major = size(1, 6), size(1, 5), bool(size(0, 1))
        x = b.input((size(1, 2), size(1, 3), inputs), "float32")
        parts = [
            [g.normal(size=shape).astype(np.float32) for _ in range(4)]
            for shape in ((units, inputs), (units, units), (units,))
        ]
        clip = (0.0, 0.5)[size(0, 1)]
        b.output(b.unidirectional_sequence_lstm(x, *parts, cell_clip=clip, time_major=major))
        return b.build()
    activation = ACTIVATIONS[size(0, 3)]
    if name == "SVDF":
        rank, units, memory = size(1, 2), size(1, 4), size(1, 5)
        x = b.input((size(1, 2), size(1, 12)), "float32")
        weights = reals(rank * units, x.shape[1]), reals(rank * units, memory), reals(units)
        b.output(b.svdf(x, *weights, rank=rank, activation=activation))
        return b.build()
    if name == "FULLY_CONNECTED":
        x, units = b.input((size(1, 3), size(1, 40)), "float32"), size(1, 8)
        bias = reals(units) if size(0, 1) else None
        b.output(b.fully_connected(x, reals(units, x.shape[1]), bias, activation=activation))
        return b.build()
    groups, depth = size(1, 2), size(1, 3)
    x = b.input((size(1, 2), size(3, 6), size(3, 6), groups * depth), "float32")
    channels, kernel = groups * size(1, 3), (size(1, 3), size(1, 3))
    bias = reals(channels) if size(0, 1) else None
    b.output(
        b.conv_2d(
            x, reals(channels, *kernel, depth), bias, strides=(size(1, 2), size(1, 2)), padding="SAME",
            dilation=(size(1, 2), 1), activation=activation,
        )
    )  # fmt: skip
    return b.build()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_host(name: str, on_host: Compiler, tmp_path: Path) -> None:
    for seed in SEEDS:
        model = drawn(name, seed)
        inputs = random_inputs(model, np.random.default_rng(seed))
        program = on_host.build(exported(model, tmp_path / f"{seed}"))
        assert run([str(program), "-"], input=stream(inputs)) == emulate(model, inputs), seed


@pytest.mark.parametrize("name", WITHOUT_C_LIBRARY)
def test_simavr(name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    for seed in range(2):
        model = drawn(name, seed)
        inputs = random_inputs(model, np.random.default_rng(seed), count=2)
        firmware = tools.build(exported(model, tmp_path / f"{seed}"))
        assert firmware.run(stream(inputs)).outputs == emulate(model, inputs), seed


@pytest.mark.parametrize("standard", ["-std=c99", "-std=gnu11"])
def test_a_cortex_m4f_contracts_nothing_here(
    standard: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """gcc would, of its own dialect of C."""
    from exports.test_export_bare_c import qemu

    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    compiler = Compiler(tmp_path_factory.mktemp("arm"), "arm-none-eabi-gcc", *ARM_FLAGS, standard)
    for name in WITHOUT_C_LIBRARY:
        for seed in range(3):
            project = tmp_path / f"{name}{seed}{standard}"
            export(drawn(name, seed), project, profile="cortex-m4")
            image = compiler.build(project, "-nostartfiles", "-T", str(project / "test/mps2.ld"))
            assert "PASS" in qemu(image)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_sizes_in_closed_form(name: str) -> None:
    library = kernel_library("bare-c")
    for seed in SEEDS:
        model = load(drawn(name, seed))
        steps = prepare(model)
        plan = plan_memory(model, steps, "bare-c", load_core("avr"))
        (call,) = lower_step(steps[0], plan.homes[0]).calls
        assert call.function == FUNCTIONS[name]
        stored = library.constants_of(model, [(steps[0].name, steps[0].geometry)])
        assert sum(constant.size_bytes for constant in call.constants) == stored


def test_a_history_that_no_kernel_keeps_is_refused() -> None:
    model = drawn_model("CIRCULAR_BUFFER", 1)
    found = check(model, "atmega328p")
    assert found.verdict == "no"
    assert any("CIRCULAR_BUFFER: has no kernel in bare-c" in finding.cause for finding in found.findings)
