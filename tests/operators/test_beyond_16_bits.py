"""Windows of numbers that TFLM's reference kernels cut off: refused where they read other elements then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer import UnsupportedError, check
from microinfer.builder import ModelBuilder
from microinfer.errors import Reason
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.data_movement import assert_agrees
from support.strategies import int8_values

LAYERS = ("conv_2d", "depthwise_conv_2d")
POOLS = ("max_pool_2d", "average_pool_2d")


def layer(kind: str, shape: tuple[int, ...], kernel: tuple[int, int], **window: Any) -> ModelBuilder:
    b = ModelBuilder()
    x = b.input(shape, scale=0.05, zero_point=0)
    weights = int8_values(np.random.default_rng(3), (1, *kernel, shape[3]))
    b.output(getattr(b, kind)(x, weights, weight_scale=0.02, scale=0.2, zero_point=0, **window))
    return b


def pool(kind: str, kernel: int) -> ModelBuilder:
    b = ModelBuilder()
    x = b.input((1, 1, 4, 1), scale=0.05, zero_point=0)
    b.output(getattr(b, kind)(x, (1, kernel), strides=(1, 1), padding="SAME"))
    return b


def transposed(stride: int) -> ModelBuilder:
    b = ModelBuilder()
    x = b.input((1, 1, 2, 1), scale=0.05, zero_point=0)
    weights = int8_values(np.random.default_rng(3), (1, 1, 3, 1))
    b.output(b.transpose_conv(x, weights, weight_scale=0.02, strides=(1, stride), scale=0.2, zero_point=0))
    return b


def refusal(b: ModelBuilder) -> UnsupportedError:
    with pytest.raises(UnsupportedError) as raised:
        prepare(load(b.build()))
    return raised.value


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("dilation", [65536, 65537, 131073])
def test_a_dilation_is_cut_off(kind: str, dilation: int) -> None:
    error = refusal(layer(kind, (1, 4, 4, 1), (3, 3), dilation=(1, dilation)))
    assert (error.reason, error.place) == (Reason.BEYOND_16_BITS, "subgraphs[0].operators[0]")
    assert f"dilation {dilation}" in str(error)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_stride_is_cut_off(kind: str) -> None:
    assert refusal(layer(kind, (1, 1, 70000, 1), (1, 1), strides=(1, 40000))).reason is Reason.BEYOND_16_BITS


@pytest.mark.parametrize("kernel", [65537, 70000, 131074])
@pytest.mark.parametrize("kind", POOLS)
def test_a_padding_is_cut_off(kind: str, kernel: int) -> None:
    assert refusal(pool(kind, kernel)).reason is Reason.BEYOND_16_BITS


def test_a_stride_of_a_transposed_convolution_is_cut_off() -> None:
    assert refusal(transposed(40000)).reason is Reason.BEYOND_16_BITS


def test_a_multiplier_is_cut_off() -> None:
    b = ModelBuilder()
    x = b.input((1, 1, 1, 1), scale=0.05, zero_point=0)
    weights = np.ones((1, 1, 1, 40000), np.int8)
    b.output(b.depthwise_conv_2d(x, weights, weight_scale=0.02, scale=0.2, zero_point=0))
    assert refusal(b).reason is Reason.BEYOND_16_BITS


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize(
    "window",
    [
        {"strides": (65536, 65537)},
        {"strides": (1, 40000)},
        {"dilation": (1, 32767)},
        {"dilation": (32768, 1)},
        {"dilation": (1, 40000)},
    ],
)
def test_what_is_cut_off_beside_the_input_agrees(kind: str, window: dict[str, Any]) -> None:
    b = layer(kind, (1, 4, 4, 1), (3, 3), **window)
    assert_agrees(b, int8_values(np.random.default_rng(0), (1, 4, 4, 1)))


@pytest.mark.parametrize("kind", POOLS)
@pytest.mark.parametrize("kernel", [32767, 65535, 65536])
def test_a_padding_of_16_bits_agrees(kind: str, kernel: int) -> None:
    assert_agrees(pool(kind, kernel), int8_values(np.random.default_rng(0), (1, 1, 4, 1)))


def test_a_check_cannot_tell() -> None:
    report = check(layer("depthwise_conv_2d", (1, 4, 4, 1), (3, 3), dilation=(1, 65536)).build())
    (found,) = (one for one in report.findings if one.rule == "operator-not-emulated")
    assert (report.verdict, found.certain) == ("cannot-tell", False)
    assert "16 bits" in found.cause
