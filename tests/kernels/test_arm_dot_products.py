"""Layers by 64-bit Arm's dot products of bytes, run by QEMU: taken, and with TFLM's bits."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from microinfer.kernels._machine_code import DOT_PRODUCTS, features, sums_products

from support import arm_host
from support.byte_layers import Outcome, assert_tflms_bits, assert_whole, drawn, in_process

pytestmark = [
    pytest.mark.skipif(not arm_host.translates(), reason="llvmlite writes no code for 64-bit Arm"),
    pytest.mark.xdist_group("arm"),
]


WAY = "Arm dot products"
CASES = drawn(WAY)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    if (lacking := arm_host.unable()) is not None:
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp("arm")
    return in_process(CASES, folder, "arm_host", "1", MICROINFER_CACHE_DIR=str(folder / "cache"))


@pytest.mark.parametrize("name", list(CASES))
def test_bits_are_tflms(name: str, outcomes: dict[str, Outcome]) -> None:
    assert_tflms_bits(CASES[name], outcomes[name])


def test_every_family_and_form_is_among_them(outcomes: dict[str, Outcome]) -> None:
    assert_whole(outcomes, WAY)


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
    chosen = {name: CASES[name] for name in ("tile 6 1 of 20", "depthwise")}
    cache = str(tmp_path / "cache")
    for found in in_process(chosen, tmp_path, "arm_host", "0", MICROINFER_CACHE_DIR=cache).values():
        (count,) = found.kernels.values()
        assert count["sdot"] >= 16
        assert count["sqxtn"] > 0
