"""The Arduino library of 2023, as it ran under QEMU: arenas, cycles, where it stops or gives other bits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder, load, load_profile
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.libraries.library import kernel_library
from microinfer.memory.planning import plan_memory
from microinfer.operators.prepare import prepare
from microinfer.parts.memories import IDEAL_MEMORY

LIBRARY = "tflm-arduino"
TRUTH = json.loads((Path(__file__).parents[1] / "truth" / "arduino.json").read_text(encoding="utf-8"))
BOARD = load_profile("arduino-nano-33-ble")
UNWATCHED = {"fully_connected_050", "trained_lstm_int8", "unidirectional_sequence_lstm_002"}
"""AllocateTensors succeeds in less than works: it does not see persistent memory run into temporaries."""


def path(shared: Path, name: str) -> Path:
    found = shared / "models" / f"{name}.tflite"
    return found if found.is_file() else shared / "models" / "grid" / f"{name}.tflite"


def test_arenas_are_the_librarys_to_the_byte(shared: Path) -> None:
    for name, (used, least) in TRUTH["arena"].items():
        model = load(path(shared, name))
        plan = plan_memory(model, prepare(model), LIBRARY, BOARD.target)
        assert plan.arena_used_bytes == used, name
        if name in UNWATCHED:
            assert plan.min_arena_bytes >= least - 15, name
        else:
            assert -(-plan.min_arena_bytes // 16) * 16 == least, name
        assert not plan.provisional


def test_networks_take_what_was_counted(shared: Path) -> None:
    ideal = replace(BOARD, timing=IDEAL_MEMORY).built("Os")
    for name, cycles in TRUTH["cycles"].items():
        at = deploy(Common(load(path(shared, name))), ideal, LIBRARY)
        low, high = (sum(getattr(cost, end) for cost in at.costs) for end in ("cycles_low", "cycles_high"))
        assert low <= cycles <= high, name
        assert at.cycles == pytest.approx(cycles, rel=0.015), name


def test_networks_have_todays_bits(shared: Path) -> None:
    """Of what the nine networks run, the older kernels compute the same."""
    known = json.loads((shared / "truth" / "outputs.json").read_text(encoding="utf-8"))["models"]
    for name, crcs in TRUTH["crc"].items():
        today = [output["crc32"] for output in known[name]["outputs"] if output["pattern"] == 1]
        assert crcs == today, name


def convolution(*, bias: bool = True, groups: int = 1) -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4, 4, 4), "int8", scale=0.1, zero_point=1)
    weights = b.constant(np.ones((4, 3, 3, 4 // groups), np.int8), scale=0.1)
    operands = [x, weights]
    if bias:
        operands.append(b.constant(np.zeros(4, np.int32), scale=0.01))
    y = b.tensor((1, 4, 4, 4), "int8", scale=0.5, zero_point=0)
    b.operator("CONV_2D", operands, [y], {"padding": "SAME", "stride_h": 1, "stride_w": 1})
    b.output(y)
    return b.build()


def faults(data: bytes, library: str = LIBRARY) -> list[tuple[str, str]]:
    model = load(data)
    value = kernel_library(library)
    return [(f.severity, f.text) for step in prepare(model) for f in value.faults(step, BOARD.target)]


def test_a_convolution_without_a_bias_is_not_allocated() -> None:
    assert faults(convolution()) == []
    assert [severity for severity, _ in faults(convolution(bias=False))] == ["error"]
    assert faults(convolution(bias=False), "tflm-cmsis-nn") == []


def test_groups_give_other_bits() -> None:
    assert [severity for severity, _ in faults(convolution(groups=2))] == ["warning"]


def single(name: str, dtype: str) -> bytes:
    b = ModelBuilder()
    quantized: Any = {"scale": 0.1, "zero_point": 0} if dtype in ("int8", "int16") else {}
    inputs = [b.input((1, 8), dtype, **quantized) for _ in range(2)]
    y = b.tensor((1, 8), dtype, **quantized)
    b.operator(name, inputs, [y])
    b.output(y)
    return b.build()


@pytest.mark.parametrize(("name", "dtype"), [("ADD", "int32"), ("SUB", "int32"), ("MAXIMUM", "int16")])
def test_types_that_it_lacks_stop_it(name: str, dtype: str) -> None:
    (found,) = faults(single(name, dtype))
    assert found[0] == "error"
    assert dtype in found[1]
    assert faults(single(name, "float32")) == []


def test_operators_that_it_lacks_stop_it() -> None:
    b = ModelBuilder()
    x, other, y = (
        b.input((2, 3, 4), "float32"),
        b.input((2, 4, 3), "float32"),
        b.tensor((2, 3, 3), "float32"),
    )
    b.operator("BATCH_MATMUL", [x, other], [y])
    b.output(y)
    (found,) = faults(b.build())
    assert found[0] == "error"
    assert "no such operator" in found[1]


def test_its_asserts_are_empty() -> None:
    model = Common(load(convolution()))
    plain, checked = (deploy(model, BOARD.built(build), LIBRARY) for build in ("Os", "Os,asserts"))
    assert plain.cycles == checked.cycles


def reduction(name: str, dtype: str, axes: tuple[int, ...], scale: float = 0.1) -> bytes:
    b = ModelBuilder()
    real = dtype == "float32"
    x = b.input((1, 4, 4, 8), dtype, **({} if real else {"scale": 0.1, "zero_point": 0}))
    shape = tuple(1 if axis in axes else size for axis, size in enumerate((1, 4, 4, 8)))
    y = b.tensor(shape, dtype, **({} if real else {"scale": scale, "zero_point": 0}))
    b.operator(name, [x, b.constant(np.array(axes, np.int32))], [y], {"keep_dims": True})
    b.output(y)
    return b.build()


@pytest.mark.parametrize(
    ("name", "dtype", "scale", "said"),
    [
        ("MEAN", "int8", 0.1, "towards zero"),
        ("MEAN", "int16", 0.1, "towards zero"),
        ("MEAN", "int8", 0.2, "in float32"),
        ("SUM", "int8", 0.2, "saturates"),
    ],
)
def test_quantised_reductions_may_give_other_bits(name: str, dtype: str, scale: float, said: str) -> None:
    (found,) = faults(reduction(name, dtype, (1, 2), scale))
    assert found[0] == "warning"
    assert said in found[1]
    assert faults(reduction(name, dtype, (1, 2), scale), "tflm-cmsis-nn") == []


def test_three_axes_are_more_than_its_stack_has_room_for() -> None:
    assert faults(reduction("MEAN", "float32", (1, 2))) == []
    for name in ("MEAN", "SUM"):
        (found,) = faults(reduction(name, "float32", (1, 2, 3)))
        assert found[0] == "error"
        assert "here are 3 of 4" in found[1]


@pytest.mark.parametrize("activation", ["NONE", "RELU"])
def test_a_transposed_convolution_loses_its_activation(activation: str) -> None:
    b = ModelBuilder()
    shape = b.constant(np.array((1, 8, 8, 2), np.int32))
    weights = b.constant(np.ones((2, 2, 2, 2), np.int8), scale=0.1)
    x = b.input((1, 4, 4, 2), "int8", scale=0.1, zero_point=0)
    y = b.tensor((1, 8, 8, 2), "int8", scale=0.5, zero_point=0)
    options = {"stride_h": 2, "stride_w": 2, "padding": "VALID", "fused_activation_function": activation}
    b.operator("TRANSPOSE_CONV", [shape, weights, x], [y], options)
    b.output(y)
    found = [text for severity, text in faults(b.build()) if severity == "warning"]
    assert len(found) == (activation == "RELU")
