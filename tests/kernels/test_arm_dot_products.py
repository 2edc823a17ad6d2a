"""Layers by 64-bit Arm's dot products of bytes, run by QEMU: taken, and with TFLM's bits."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.kernels import dot_conv_2d
from microinfer.kernels._machine_code import DOT_PRODUCTS, features, sums_products

from support import arm_host
from support.arm_host import Case, Outcome
from support.oracle import tflm
from support.strategies import int8_values, int32_values

pytestmark = [
    pytest.mark.skipif(not arm_host.translates(), reason="llvmlite writes no code for 64-bit Arm"),
    pytest.mark.xdist_group("arm"),
]


def _conv(generator: Any, pixels: int, outputs: int, scale: float, bias: bool = True) -> Any:
    builder = ModelBuilder()
    depth = int(generator.integers(1, 22))
    x = builder.input((2, pixels, 3, depth), scale=0.1, zero_point=int(generator.integers(-128, 128)))
    weights = int8_values(generator, (outputs, 3, 2, depth))
    added = int32_values(generator, (outputs,)) // (1 << 8) if bias else None
    y = builder.conv_2d(x, weights, added, weight_scale=scale, scale=0.3, zero_point=9)
    builder.output(y)
    return builder.build(), [int8_values(generator, x.shape)]


def _depthwise(generator: Any, depth: int, multiplier: int, stride: int, scale: float) -> Any:
    builder = ModelBuilder()
    x = builder.input((1, 5, 9, depth), scale=0.1, zero_point=-5)
    weights = int8_values(generator, (1, 3, 3, depth * multiplier))
    y = builder.depthwise_conv_2d(
        x, weights, weight_scale=[scale] * depth * multiplier, strides=(stride, stride), scale=0.3
    )
    builder.output(y)
    return builder.build(), [int8_values(generator, x.shape)]


def _matmul(generator: Any, zero_point: int) -> Any:
    builder = ModelBuilder()
    a = builder.input((2, 5, 19), scale=0.05, zero_point=-77)
    b = builder.input((2, 19, 21), scale=0.03, zero_point=zero_point)
    builder.output(builder.batch_matmul(a, b, scale=0.4, zero_point=3))
    return builder.build(), [int8_values(generator, handle.shape) for handle in (a, b)]


def _sum(generator: Any) -> Any:
    builder = ModelBuilder()
    a, b = (builder.input((1, 3, 43), scale=scale, zero_point=-11) for scale in (0.07, 0.03))
    builder.output(builder.add(a, b, scale=0.1, zero_point=5))
    return builder.build(), [int8_values(generator, handle.shape) for handle in (a, b)]


def drawn() -> dict[str, Case]:
    """Every tile, form of requantisation and family."""
    generator = np.random.default_rng(22)
    made: dict[str, Any] = {}
    for tile in dot_conv_2d.SHAPES[128]:
        for outputs in (20, 64):
            model, values = _conv(generator, 7, outputs, 0.0211)
            made[f"tile {tile.pixels} {tile.blocks} of {outputs}"] = Case(model, values, tile[:2])
    made["wide sums"] = Case(*_conv(generator, 4, 37, 8.0))
    made["many pixels"] = Case(*_conv(generator, 120, 16, 0.001, bias=False))
    made["depthwise"] = Case(*_depthwise(generator, 24, 1, 1, 0.02))
    made["depthwise by two"] = Case(*_depthwise(generator, 16, 1, 2, 0.02))
    made["depthwise, wide sums"] = Case(*_depthwise(generator, 5, 3, 1, 8.0))
    made["product of matrices"] = Case(*_matmul(generator, 0))
    made["product with a zero point"] = Case(*_matmul(generator, 41))
    made["sum"] = Case(*_sum(generator))
    made["a network"] = Case(zoo.load("digits"), [zoo.sample("digits")])
    return made


CASES = drawn()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    if (lacking := arm_host.unable()) is not None:
        pytest.skip(lacking)
    found = arm_host.run_models(list(CASES.values()), tmp_path_factory.mktemp("arm"))
    return dict(zip(CASES, found, strict=True))


@pytest.mark.parametrize("name", list(CASES))
def test_bits_are_tflms(name: str, outcomes: dict[str, Outcome]) -> None:
    case, found = CASES[name], outcomes[name]
    assert found.kernels
    for one, other in zip(found.outputs, tflm(case.model, case.inputs), strict=True):
        assert_array_equal(one, other)


def test_every_family_and_form_is_among_them(outcomes: dict[str, Outcome]) -> None:
    names = {name for found in outcomes.values() for name in found.kernels}
    for tile in dot_conv_2d.SHAPES[128]:
        assert f"dot_conv_2d.conv_2d_{tile.pixels}_{tile.blocks}" in names
    assert {name.partition(".")[0] for name in names} == {
        "dot_conv_2d",
        "dot_depthwise_conv_2d",
        "dot_matmul",
        "byte_sums",
    }
    for module in ("dot_conv_2d", "dot_depthwise_conv_2d"):
        assert any(name.startswith(module) and name.endswith("_wide") for name in names)
    assert any(name.endswith("_real") for name in names)


@pytest.mark.parametrize(
    ("name", "named", "expected"),
    [
        ("cortex-a76", "", True),
        ("neoverse-n1", "+neon,-sve", True),
        ("apple-m1", "", True),
        ("cortex-a72", "+neon", False),
        ("generic", "", False),
        ("generic", "+dotprod", True),
        ("neoverse-n1", "-dotprod", False),
    ],
)
def test_the_processors_name_says_what_the_list_of_features_leaves_out(
    name: str, named: str, expected: bool
) -> None:
    arm_host.translates()
    for system in ("aarch64-unknown-linux-gnu", "arm64-apple-macosx"):
        assert sums_products(system, name, named) is expected
    assert not sums_products("armv7-unknown-linux-gnueabihf", name, named)
    assert not sums_products("x86_64-unknown-linux-gnu", name, named)


def test_another_kind_of_processor_has_none_whatever_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    if platform.machine() in ("aarch64", "arm64"):
        pytest.skip("this is the kind that has")
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "+dotprod")
    assert DOT_PRODUCTS not in features.__wrapped__()


def test_bytes_are_multiplied_and_summed_in_one_instruction(tmp_path: Path) -> None:
    chosen = [CASES[name] for name in ("tile 6 1 of 20", "depthwise")]
    for found in arm_host.run_models(chosen, tmp_path, run=False):
        (count,) = found.kernels.values()
        assert count["sdot"] >= 16
        assert count["sqxtn"] > 0
