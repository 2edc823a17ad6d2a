"""Tensors of more dimensions than TFLM's shapes have room for."""

from __future__ import annotations

import pytest

from microinfer import ModelBuilder
from microinfer.checks import check

SHAPE = (1, 2, 1, 2, 1, 2, 1, 2, 1)


def unary(operator: str, rank: int) -> bytes:
    b = ModelBuilder()
    x = b.input(SHAPE[:rank], scale=0.1, zero_point=0)
    b.output(getattr(b, operator)(x, **({"scale": 0.2} if operator == "quantize" else {})))
    return b.build()


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
@pytest.mark.parametrize(
    "operator", ["relu", "relu6", "logistic", "tanh", "quantize", "hard_swish", "elu", "softmax"]
)
def test_more_than_six_are_told(operator: str, library: str) -> None:
    for rank in (6, 7, 9):
        report = check(unary(operator, rank), library=library)
        found = [finding for finding in report.findings if finding.rule == "tflm-fault"]
        assert report.verdict == ("yes" if rank == 6 else "perhaps")
        assert len(found) == (rank > 6)
        for finding in found:
            assert f"a tensor has {rank} dimensions" in finding.cause
            assert f"writes {4 * (rank - 6)} bytes behind the shape" in finding.cause


def test_kernels_that_make_no_shape_are_silent() -> None:
    b = ModelBuilder()
    x = b.input(SHAPE, scale=0.1, zero_point=0)
    b.output(b.reshape(b.abs(x), (4, 4)))
    assert check(b.build(), library="tflm-reference").verdict == "yes"
