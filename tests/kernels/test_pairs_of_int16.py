"""Layers on processors with AVX2 that have no dot products of bytes: taken, and with TFLM's bits."""

from __future__ import annotations

import pytest

from support import haswell
from support.byte_layers import Outcome, assert_tflms_bits, assert_whole, drawn, in_process

WAY = "AVX2"
CASES = drawn(WAY)

pytestmark = [
    pytest.mark.skipif(not haswell.is_here(), reason="no AVX2 here"),
    pytest.mark.xdist_group("avx2"),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return in_process(CASES, tmp_path_factory.mktemp("avx2"), "byte_layers", **haswell.environment())


@pytest.mark.parametrize("name", list(CASES))
def test_bits_are_tflms(name: str, outcomes: dict[str, Outcome]) -> None:
    assert_tflms_bits(CASES[name], outcomes[name])


def test_every_family_and_form_is_among_them(outcomes: dict[str, Outcome]) -> None:
    assert_whole(outcomes, WAY)
