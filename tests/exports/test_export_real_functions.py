"""Functions of real numbers as C: the emulator's bits on this computer, an ATmega328P and a Cortex-M4."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder, load, load_profile, prepare
from microinfer.checks import check
from microinfer.exports.bare_c import export
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import DEFAULT_TARGET
from microinfer.timing.prices import estimate

from conftest import EXAMPLES
from support.firmware import KERNELS, Compiler, emulate, exported, run, simavr, stream

SEEDS = range(max(2, EXAMPLES // 60))
EXACT = ("abs", "ceil", "floor", "neg", "round", "rsqrt", "sqrt", "square")
OF_THE_C_LIBRARY = ("cos", "exp", "log", "sin")
"""Their last bits are those of the C library that the program is linked with."""
EDGES = np.array(
    [0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, -0.49999997, 8388607.5, 1e-40, -1e-40, 3e38, -3e38],
    np.float32,
)
INFINITE = np.array([np.inf, -np.inf], np.float32)


def model_of(function: str, count: int) -> bytes:
    b = ModelBuilder(function)
    b.output(getattr(b, function)(b.input((1, count), "float32")))
    return b.build()


def values_of(function: str, seed: int, edges: Any = EDGES) -> Any:
    """Reals of all sizes; of roots and logarithms that there are, for what is no number has many bits."""
    rng = np.random.default_rng([seed, *function.encode()])
    drawn = rng.standard_normal(40) * 10.0 ** rng.uniform(-6, 6, 40)
    values = np.concatenate([edges, drawn.astype(np.float32)])
    if function in ("log", "rsqrt", "sqrt"):
        values = np.abs(values)
    if function in ("cos", "exp", "sin"):
        values = np.clip(values, -80, 80)
    return values.reshape(1, -1)


@pytest.mark.parametrize("function", [*EXACT, *OF_THE_C_LIBRARY])
def test_host(function: str, on_host: Compiler, tmp_path: Path) -> None:
    for seed in SEEDS:
        values = values_of(function, seed, np.concatenate([EDGES, INFINITE]))
        model = model_of(function, values.size)
        program = on_host.build(exported(model, tmp_path / f"{seed}"))
        assert run([str(program), "-"], input=stream([[values]])) == emulate(model, [[values]]), seed


@pytest.mark.parametrize("function", EXACT)
def test_simavr(function: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    values = values_of(function, 5)
    model = model_of(function, values.size)
    firmware = tools.build(exported(model, tmp_path))
    assert firmware.run(stream([[values]])).outputs == emulate(model, [[values]])


@pytest.mark.parametrize("function", OF_THE_C_LIBRARY)
def test_another_c_library_is_near(
    function: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    values = np.random.default_rng(6).uniform(0.1, 3, (1, 40)).astype(np.float32)
    model = model_of(function, values.size)
    found = np.frombuffer(tools.build(exported(model, tmp_path)).run(stream([[values]])).outputs, np.float32)
    wanted = np.frombuffer(emulate(model, [[values]]), np.float32)
    assert np.abs(found - wanted).max() <= 4 * np.spacing(np.abs(wanted).max())


@pytest.mark.parametrize("function", EXACT)
def test_qemu(function: str, on_arm: Compiler, tmp_path: Path) -> None:
    from exports.test_export_bare_c import qemu

    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    values = values_of(function, 7)
    export(model_of(function, values.size), tmp_path, profile="cortex-m4", inputs=[values])
    image = on_arm.build(tmp_path, "-nostartfiles", "-T", str(tmp_path / "test/mps2.ld"))
    assert "PASS" in qemu(image)


@pytest.mark.parametrize("function", [*EXACT, *OF_THE_C_LIBRARY])
def test_what_it_takes(function: str) -> None:
    """A Cortex-M's code, stack and time were counted; what tests/timing holds of them is another's."""
    steps = prepare(load(model_of(function, 24)))
    (cost,) = estimate(steps, load_profile("cortex-m4"), "bare-c")
    assert cost.cycles
    assert not cost.provisional
    image = kernel_library("bare-c").image_of(
        "cortex-m4", DEFAULT_TARGET, [(steps[0].name, steps[0].geometry)]
    )
    assert image.code_bytes
    assert image.stack_bytes


def test_roots_of_bytes_want_nothing_below_zero() -> None:
    b = ModelBuilder("roots")
    b.output(b.rsqrt(b.input((1, 4), scale=0.1, zero_point=-127), scale=0.1, zero_point=0))
    found = check(b.build(), "atmega328p")
    assert found.verdict == "no"
    assert any("zero point -127 stops at what is below it" in finding.cause for finding in found.findings)
