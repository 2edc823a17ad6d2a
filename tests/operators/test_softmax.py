"""SOFTMAX against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.checks import check
from microinfer.errors import UnsupportedError

from support.data_movement import assert_agrees, assert_refused, shapes, values
from support.oracle import Interpreter, tflm  # noqa: F401
from support.scales import SEEDS, quantizations, scales

FIXED: dict[str, dict[str, Any]] = {
    "int8": {"scale": 1 / 256, "zero_point": -128},
    "int16": {"scale": 1 / 65536, "zero_point": -32768},
}
PLAIN = {"scale": 0.1, "zero_point": 3}


def model(
    shape: tuple[int, ...],
    source: dict[str, Any],
    dtype: str = "int8",
    beta: float = 1.0,
    target: dict[str, Any] | None = None,
    target_shape: tuple[int, ...] | None = None,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, **source)
    y = builder.tensor(target_shape or shape, dtype, **(target or FIXED[dtype]))
    builder.operator("SOFTMAX", [x], [y], {"beta": beta})
    builder.output(y)
    return builder


@given(
    outer=shapes(0, 3, 4),
    depth=st.integers(1, 12) | st.integers(1, 300),
    source=quantizations("int8", -14.0, 8.0),
    beta=st.sampled_from([1.0]) | st.floats(2.0**-6, 64.0, width=32),
    dtype=st.sampled_from(["int8", "int16"]),
    spread=st.sampled_from([1, 8, 128]),
    seed=SEEDS,
)
def test_softmax(
    outer: tuple[int, ...],
    depth: int,
    source: dict[str, Any],
    beta: float,
    dtype: str,
    spread: int,
    seed: int,
) -> None:
    shape = (*outer, depth)
    x = (values(seed, shape, "int8").astype(int) * spread // 128).astype(np.int8)
    assert_agrees(model(shape, source, dtype, beta), x)


@given(
    outer=shapes(0, 3, 4),
    depth=st.integers(1, 12) | st.integers(1, 300),
    scale=scales(-17.0, 8.0),
    beta=st.sampled_from([1.0]) | st.floats(-2.0, 64.0, width=32),
    spread=st.sampled_from([1, 8, 128, 32768]),
    seed=SEEDS,
)
def test_softmax_of_int16(
    outer: tuple[int, ...], depth: int, scale: float, beta: float, spread: int, seed: int
) -> None:
    shape = (*outer, depth)
    x = (values(seed, shape, "int16").astype(int) * spread // 32768).astype(np.int16)
    builder = ModelBuilder()
    given_input = builder.input(shape, "int16", scale=scale)
    builder.output(builder.softmax(given_input, beta=beta))
    assert_agrees(builder, x)


@pytest.mark.parametrize("exponent", range(-16, 2))
def test_distances_of_int16_from_the_largest(exponent: int) -> None:
    distances = np.arange(-32768 + exponent % 16, 32768, 16)
    x = np.stack([np.full(distances.shape, 32767), distances], axis=1).astype(np.int16)
    builder = ModelBuilder()
    builder.output(builder.softmax(builder.input(x.shape, "int16", scale=2.0**exponent)))
    assert_agrees(builder, x)


@pytest.mark.parametrize("depth", [65538, 65539, 70000, 131076, 140000])
@pytest.mark.parametrize("spread", [0, 3, 32767])
def test_rows_of_int16_whose_sum_passes_32_bits_wrap(depth: int, spread: int) -> None:
    builder = ModelBuilder()
    builder.output(builder.softmax(builder.input((2, depth), "int16", scale=10 / 65535)))
    x = np.random.default_rng(depth).integers(-spread, spread + 1, (2, depth)).astype(np.int16)
    assert_agrees(builder, x)
    (found,) = [one for one in check(builder.build()).findings if "sum to 2^31" in one.cause] or [None]
    assert (found is not None) == (depth > 65538)


def test_a_row_of_int16_that_sums_to_no_more_than_0() -> None:
    """65,538 elements of 32767 and one of 4 and then one of 32766: 2^31 short by a few, and at it."""
    builder = ModelBuilder()
    builder.output(builder.softmax(builder.input((1, 140000), "int16", scale=10 / 65535)))
    for more in range(131070, 131082):
        x = np.full((1, 140000), -32768, np.int16)
        x[0, :more] = 32767
        assert_agrees(builder, x)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_every_distance_from_the_largest(dtype: str) -> None:
    x = np.stack([np.full(256, 127), np.arange(-128, 128)], axis=1).astype(np.int8)
    for exponent in range(-10, 3):
        assert_agrees(model((256, 2), {"scale": 2.0**exponent}, dtype), x)


@pytest.mark.parametrize("depth", [511, 4096])
def test_many_equal_logits_to_int16(depth: int) -> None:
    assert_agrees(model((1, depth), PLAIN, "int16"), np.zeros((1, depth), np.int8))


def test_511_equal_logits() -> None:
    assert_agrees(model((1, 511), PLAIN), np.zeros((1, 511), np.int8))


def test_a_row_on_which_a_device_hangs_is_refused() -> None:
    """512 equal logits, in the second row; the first row is computed, and so is any later input."""
    interpreter = Interpreter(model((2, 512), PLAIN).build())
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    x = np.zeros((2, 512), np.int8)
    x[0, 0] = 100
    interpreter.set_tensor(source["index"], x)
    with pytest.raises(UnsupportedError, match="row 1 sum to 512") as caught:
        interpreter.invoke()
    assert caught.value.place == "subgraphs[0].operators[0]"
    x[1, 0] = 100
    interpreter.set_tensor(source["index"], x)
    interpreter.invoke()
    assert interpreter.get_tensor(target["index"])[1, 0] == interpreter.get_tensor(target["index"])[0, 0] > 0


def test_refusals() -> None:
    assert_refused(model((4,), PLAIN, target=PLAIN), "expected 1/256 and -128")
    assert_refused(model((4,), PLAIN, "int16", target=FIXED["int8"]), "expected 1/65536 and -32768")
    assert_refused(model((), PLAIN), "at least one dimension")
    assert_refused(model((2, 3), PLAIN, target_shape=(3, 2)), "has shape", by_tflm=False)
    assert_refused(model((4,), PLAIN, beta=2.0**-30), "beta", by_tflm=False)
    assert_refused(model((4,), {}), "has no scale", by_tflm=False)
