"""What ESP-NN's kernels ask of the arena, as its sources have it; a published program of an ESP32."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder, check, load, zoo
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import deploy
from microinfer.libraries.library import kernel_library
from microinfer.operators.prepare import prepare
from microinfer.parts.profile import load_profile

ESP, REFERENCE = kernel_library("tflm-esp-nn"), kernel_library("tflm-reference")


def asked(part: str) -> dict[str, tuple[Any, Any]]:
    """By operator of digits: what ESP-NN's kernel asks, and what TFLM's does."""
    target = load_profile(part).target
    return {
        step.name: tuple(library.demand(step.name, step.geometry, target) for library in (ESP, REFERENCE))
        for step in prepare(load(zoo.load("digits")))
    }


@pytest.mark.parametrize("part", ["esp32", "esp32-c3"])
def test_an_index_more_and_softmax_s_scratch(part: str) -> None:
    found = asked(part)
    for name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        own, base = found[name]
        assert own.init_bytes == (base.init_bytes[0] + 4,)
        assert own.scratch_bytes == base.scratch_bytes == ()
    own, base = found["SOFTMAX"]
    assert own.init_bytes == (base.init_bytes[0] + 4,)
    assert own.scratch_bytes == (4 * 10,)
    for name in ("MAX_POOL_2D", "FULLY_CONNECTED", "RESHAPE"):
        assert found[name][0] == found[name][1]


def test_convolutions_of_int8_by_vectors_are_not_known() -> None:
    found = asked("esp32-s3")
    assert found["CONV_2D"][0] is None
    assert found["DEPTHWISE_CONV_2D"][0] is None
    assert found["SOFTMAX"][0].scratch_bytes == (40,)


def test_the_rows_of_a_softmax_are_not_known() -> None:
    builder = ModelBuilder()
    builder.output(builder.softmax(builder.input((4, 6), scale=0.1)))
    at = deploy(Common(load(builder.build())), load_profile("esp32"), "tflm-esp-nn")
    assert at.plan.unknown == ("SOFTMAX",)


def test_digits_fit_an_esp32() -> None:
    report = check(zoo.load("digits"), "esp32", library="tflm-esp-nn")
    assert report.verdict == "yes"
    assert "provisional" in str(report.to_dict())


def dense(dtype: str, inputs: int = 271, outputs: int = 3) -> Common:
    builder = ModelBuilder()
    x = builder.input((1, inputs), dtype, None if dtype == "float32" else 0.1)
    if dtype == "float32":
        out = builder.fully_connected(x, np.ones((outputs, inputs), np.float32))
    else:
        weights = np.ones((outputs, inputs), np.int8)
        out = builder.fully_connected(x, weights, weight_scale=0.01, scale=0.5)
    builder.output(out)
    return Common(load(builder.build()))


@pytest.mark.parametrize(("part", "ticks"), [("esp32", 8_443), ("esp32-s3", 1_078), ("esp32-c3", 7_650)])
def test_a_dense_layer_takes_what_esp_nn_s_readme_says(part: str, ticks: int) -> None:
    """The kernel's ticks, 271 by 3; plain C on an ESP32-S3 and an ESP32-P4 stands for the other two."""
    (cost,) = deploy(dense("int8"), load_profile(part), "tflm-esp-nn").costs
    assert cost.cycles is not None
    assert ticks < cost.cycles < 2 * ticks


def one(operator: str) -> Common:
    """The shape that esp-nn's README times."""
    builder = ModelBuilder()
    if operator in ("add", "mul"):
        first, second = (builder.input((1, 1615), scale=scale) for scale in (0.1, 0.13))
        builder.output(getattr(builder, operator)(first, second, scale=0.3))
    elif operator == "softmax":
        builder.output(builder.softmax(builder.input((1, 256), scale=0.1)))
    else:
        x = builder.input((1, 16, 16, 16), scale=0.1)
        builder.output(getattr(builder, operator)(x, (3, 3), strides=(1, 1), padding="VALID"))
    return Common(load(builder.build()))


TICKS = {
    "add": (281_337, 74_440, 190_786),
    "mul": (122_703, 35_002, 76_585),
    "max_pool_2d": (376_294, 48_069, 482_184),
    "average_pool_2d": (427_293, 118_052, 303_210),
    "softmax": (15_209, 11_107, 14_260),
}
"""Of plain C on an ESP32-S3, what an ESP32 runs; optimised there; of plain C on an ESP32-P4, what an ESP32-C3
runs. An ESP32-S3's SOFTMAX was of 8 by 32."""


@pytest.mark.parametrize("operator", TICKS)
def test_kernels_take_what_esp_nn_s_readme_says(operator: str) -> None:
    for part, ticks in zip(("esp32", "esp32-s3", "esp32-c3"), TICKS[operator], strict=True):
        (cost,) = deploy(one(operator), load_profile(part), "tflm-esp-nn").costs
        assert cost.cycles == pytest.approx(ticks, rel=0.08), part
        assert cost.provisional


@pytest.mark.parametrize("part", ["esp32", "esp32-s3", "esp32-c3"])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_types_without_kernels_take_what_the_references_do(part: str, dtype: str) -> None:
    common = dense(dtype, 128, 128)
    own, reference = (
        deploy(common, load_profile(part), library).costs[0].cycles
        for library in ("tflm-esp-nn", "tflm-reference")
    )
    assert own == pytest.approx(reference, rel=0.01)
