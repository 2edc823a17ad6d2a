"""The report: the JSON's keys and what its figures are held against."""

from __future__ import annotations

import json
from zlib import crc32

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.libraries.faults import operator_faults
from microinfer.reports.run_figures import make_report

KEYS = {
    "model": {"name", "sha256", "bytes"},
    "profile": {"name", "core", "library", "clock_hz"},
    "memory": {
        "arena_used_bytes",
        "head_bytes",
        "tail_bytes",
        "min_arena_bytes",
        "ram_bytes",
        "flash_bytes",
        "fits",
    },
    "time": {"cycles", "cycles_low", "cycles_high", "ms", "provisional"},
}
OPERATOR_KEYS = {
    "index",
    "operator",
    "variant",
    "macs",
    "cycles",
    "scratch_bytes",
    "output_shapes",
    "output_crc32",
}


@pytest.fixture
def interpreter() -> microinfer.Interpreter:
    made = microinfer.Interpreter(zoo.load("digits"), profile="nucleo-l4r5zi")
    made.set_tensor(made.get_input_details()[0]["index"], zoo.sample("digits"))
    return made


def test_json_has_every_key(interpreter: microinfer.Interpreter) -> None:
    interpreter.invoke(record=True)
    content = json.loads(make_report(interpreter, input_source="a test").to_json())
    assert content["schema"] == "microinfer.run/1"
    for key, inner in KEYS.items():
        assert inner <= set(content[key])
    assert {"name", "dtype", "shape", "crc32"} <= set(content["inputs"][0])
    assert {"name", "dtype", "shape", "crc32", "values"} <= set(content["outputs"][0])
    assert all(set(operator) >= OPERATOR_KEYS for operator in content["operators"])
    assert content["warnings"] == []
    assert content["input_source"] == "a test"


def test_figures_belong_together(interpreter: microinfer.Interpreter) -> None:
    interpreter.invoke(record=True)
    report = interpreter.report()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert report.outputs[0].crc32 == f"{crc32(output.tobytes()):08x}" == report.operators[-1].output_crc32[0]
    assert report.outputs[0].values == tuple(output.ravel().tolist())
    assert report.inputs[0].crc32 == f"{crc32(zoo.sample('digits').tobytes()):08x}"
    memory = report.memory
    assert memory.arena_used_bytes == memory.head_bytes + memory.tail_bytes
    time = report.time
    assert time.cycles == time.invocation_cycles + sum(operator.cycles for operator in report.operators)
    assert time.cycles_low <= time.cycles <= time.cycles_high
    assert time.ms == pytest.approx(time.cycles / report.profile.clock_hz * 1e3)
    assert report.energy.microjoules == pytest.approx(time.ms * 1e3 * 1.8 * report.energy.active_a)
    assert report.model.trained


def test_before_and_without_recording(interpreter: microinfer.Interpreter) -> None:
    before = interpreter.report()
    assert before.outputs[0].values is None
    assert before.outputs[0].crc32 is None
    interpreter.invoke(record=True)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], zoo.sample("digits"))
    interpreter.invoke()
    report = interpreter.report()
    assert report.outputs[0].crc32 is not None
    assert report.operators[0].output_crc32 is None


def test_an_arena_too_small_is_judged(interpreter: microinfer.Interpreter) -> None:
    least = interpreter.plan.min_arena_bytes
    assert make_report(interpreter, arena_size=least).memory.fits
    report = make_report(interpreter, arena_size=least - 1)
    assert not report.memory.fits
    assert "too small by 1:" in report.memory.shortfalls[0]
    assert any("corrupt memory" in warning for warning in report.warnings)


def test_what_does_not_fit_says_by_how_much() -> None:
    report = microinfer.Interpreter(zoo.load("mobilenet_v1"), profile="arduino-uno").report()
    arena, weights = report.memory.shortfalls
    ram = report.memory.ram_bytes or report.memory.min_arena_bytes
    flash = report.memory.flash_bytes or report.memory.weights_bytes
    assert f"by {ram - 2048:,}" in arena
    assert f"by {flash - 32768 + 512:,}" in weights


def test_boards_whose_memory_is_not_modelled_are_provisional(interpreter: microinfer.Interpreter) -> None:
    ideal = interpreter.profile.timing.ideal
    assert interpreter.report().time.ideal_memory is ideal
    assert not ideal or interpreter.report().time.provisional


def test_values_that_are_not_finite_are_null() -> None:
    builder = ModelBuilder("floats")
    x = builder.input((1, 4), scale=1.0, zero_point=0)
    builder.output(builder.dequantize(x))
    interpreter = microinfer.Interpreter(builder.build())
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array([[1, 2, 3, 4]], np.int8))
    interpreter.invoke()
    interpreter.tensor(interpreter.get_output_details()[0]["index"])()[0, 1:3] = np.nan, np.inf
    report = interpreter.report()
    assert report.outputs[0].values == (1.0, None, None, 4.0)
    json.loads(report.to_json())


def faults(builder: ModelBuilder, library: str) -> tuple[str, ...]:
    return operator_faults(microinfer.prepare(microinfer.load(builder.build())), library)


def test_a_long_softmax_is_warned_of() -> None:
    builder = ModelBuilder("long")
    builder.output(builder.softmax(builder.input((1, 1000), scale=0.1, zero_point=0)))
    assert "aborts" in faults(builder, "tflm-reference")[0]
    assert faults(builder, "tflm-cmsis-nn") == ()


@pytest.mark.parametrize(
    ("first", "second", "wrong"),
    [
        ((1, 6, 5, 3), (1, 6, 1, 1), True),
        ((2, 6, 1, 1), (1, 6, 5, 1), True),
        ((6, 5, 3), (6, 1, 1), True),
        ((1, 6, 5, 3), (1, 1, 5, 1), False),
        ((1, 6, 5, 3), (1, 1, 1, 1), False),
        ((16, 24), (16, 1), False),
    ],
)
def test_the_broadcast_that_cmsis_nn_gets_wrong(
    first: tuple[int, ...], second: tuple[int, ...], wrong: bool
) -> None:
    builder = ModelBuilder("broadcast")
    a, b = (builder.input(shape, scale=0.1, zero_point=0) for shape in (first, second))
    builder.output(builder.minimum(a, b))
    assert bool(faults(builder, "tflm-cmsis-nn")) is wrong
    assert faults(builder, "tflm-reference") == ()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            ("exp",),
            "exponentials: this computer's, from which those of newlib, as devices have it, lie up to 1 unit",
        ),
        (("sin", "log"), "sines, logarithms: this computer's"),
        (("exp", "log_softmax"), "exponentials, logarithms: this computer's"),
        (("log_softmax",), "lie up to 3 units in the last place apart"),
    ],
)
def test_functions_of_the_c_library_are_those_that_the_model_asks_for(
    names: tuple[str, ...], said: str
) -> None:
    b = ModelBuilder()
    x = b.input((1, 4), "float32")
    for name in names:
        x = getattr(b, name)(x)
    b.output(x)
    assert any(said in one for one in microinfer.Interpreter(b.build(), "cortex-m4").report().warnings)


def test_whose_last_bits_real_numbers_have() -> None:
    b = ModelBuilder()
    x = b.input((1, 4), "float32")
    b.output(b.reshape(b.add(x, x), (4,)))

    def told(profile: str | None, library: str | None = None) -> str:
        (found,) = (
            said
            for said in microinfer.Interpreter(b.build(), profile, library=library).report().warnings
            if "last bits" in said
        )
        return found

    assert told(None).startswith("ADD in float32: last bits as TFLM has them on this computer: products are")
    assert "which is not so on cortex-m4: name the part" in told(None)
    assert "newlib" not in told(None), "sums ask the C library for nothing"
    assert "as gcc builds TFLM for cortex-m4, whose FPU adds products without rounding" in told("cortex-m4")
    assert "and on cortex-m0plus, where products are rounded before they are added, too" in told(
        "cortex-m0plus"
    )
    assert "and on cortex-m4, where products" in told("cortex-m4", "bare-c")
    assert not any(
        "last bits" in said for said in microinfer.Interpreter(zoo.load("digits")).report().warnings
    )
