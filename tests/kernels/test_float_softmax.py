"""SOFTMAX and LOG_SOFTMAX of float32 by vectors: the bits of the loops that call the C library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.kernels import float_elementwise, float_softmax, normalize
from microinfer.kernels._jit import switched_off
from microinfer.kernels._processor import SWITCH
from microinfer.kernels.elementary import agrees

from support.oracle import tflm

AGREES = agrees("exponential") and agrees("logarithm")
SHAPES = ((1, 1), (1, 10), (3, 7), (17, 16), (16, 33), (40, 5), (2, 700), (21, 2), (600, 16), (9, 9000))


def expect_equal_bits(found: Any, expected: Any) -> None:
    """What is no number has no bits that count."""
    assert_array_equal(np.isnan(found), np.isnan(expected))
    real = ~np.isnan(found)
    assert_array_equal(found[real].view(np.uint32), expected[real].view(np.uint32))


def drawn(shape: tuple[int, ...]) -> Any:
    """Logits, some of them far off, equal, infinite or no numbers."""
    generator = np.random.default_rng(len(shape) + shape[-1])
    x = generator.normal(0, 6, shape).astype(np.float32)
    x[generator.random(shape) < 0.02] = -1e9
    x[generator.random(shape) < 0.02] = -0.0
    x[generator.random(shape) < 0.0005] = generator.choice([np.inf, -np.inf, np.nan])
    return x


@pytest.mark.skipif(not AGREES, reason="no vectors with this C library's bits")
@pytest.mark.parametrize("shape", SHAPES)
def test_rows_have_the_bits_of_the_library(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(float_softmax, "LEAST", 0)
    x = drawn(shape)
    for beta in (1.0, 0.5, -2.0):
        found, expected = np.zeros_like(x), np.zeros_like(x)
        run: Any = float_softmax.bind_softmax(x, found, beta)
        assert run.kernel is float_softmax.softmax
        run()
        float_elementwise.softmax(x, expected, beta)
        expect_equal_bits(found, expected)
    found, expected = np.zeros_like(x), np.zeros_like(x)
    run = float_softmax.bind_log_softmax(x, found)
    assert run.kernel is float_softmax.log_softmax
    run()
    normalize.log_softmax_float32(x, expected)
    expect_equal_bits(found, expected)


@pytest.mark.skipif(not AGREES, reason="no vectors with this C library's bits")
def test_few_classes_are_left_to_the_library() -> None:
    for classes, module in ((10, float_elementwise), (64, float_softmax)):
        x, y = np.ones((1, classes), np.float32), np.zeros((1, classes), np.float32)
        run: Any = float_softmax.bind_softmax(x, y, 1.0)
        assert run.kernel is module.softmax


@pytest.mark.parametrize("operator", ["softmax", "log_softmax"])
@pytest.mark.parametrize("samples", [1, 5])
def test_models_take_it_with_the_bits_of_tflm(
    operator: str, samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sample after the other and all at once; with vectors and without."""
    shape = (1, 19, 23)
    builder = ModelBuilder()
    builder.output(getattr(builder, operator)(builder.input(shape, dtype="float32")))
    model = builder.build()
    x = np.random.default_rng(3).normal(0, 3, (samples, *shape[1:])).astype(np.float32)
    expected = np.concatenate([tflm(model, [one[None]])[0] for one in x])
    for switch in ("on", "off"):
        monkeypatch.setenv(SWITCH, switch)
        interpreter = Interpreter(model)
        assert_array_equal(interpreter.run_batch(x).view(np.uint32), expected.view(np.uint32))
        taken: Any = interpreter._runs[0]
        by_vectors = agrees("exponential") and agrees("logarithm")
        assert not by_vectors or switch == "on"
        assert (taken.kernel.name == f"float_softmax.{operator}") == by_vectors or switched_off()
