"""BATCH_MATMUL against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, values
from support.oracle import tflm  # noqa: F401
from support.scales import SEEDS, quantizations

PLAIN = {"scale": 0.1, "zero_point": 3}


def model(
    first: tuple[int, ...],
    second: tuple[int, ...],
    target: tuple[int, ...],
    adj: tuple[bool, bool] = (False, False),
    kinds: Any = (PLAIN, PLAIN, PLAIN),
    constant: Any = None,
    dtype: str = "int8",
) -> ModelBuilder:
    builder = ModelBuilder()
    kinds = [{} if dtype == "float32" else kind for kind in kinds]
    x = builder.input(first, dtype, **kinds[0])
    y = (
        builder.input(second, dtype, **kinds[1])
        if constant is None
        else builder.constant(constant, **kinds[1])
    )
    z = builder.tensor(target, dtype, **kinds[2])
    builder.operator("BATCH_MATMUL", [x, y], [z], {"adj_x": adj[0], "adj_y": adj[1]})
    builder.output(z)
    return builder


@given(
    batches=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    sizes=st.tuples(st.integers(1, 6), st.integers(1, 20), st.integers(1, 6)),
    adj=st.tuples(st.booleans(), st.booleans()),
    constant=st.booleans(),
    kinds=st.tuples(quantizations("int8", -6.0, 0.0), quantizations("int8", -6.0, 0.0), quantizations()),
    seed=SEEDS,
)
def test_batch_matmul(
    batches: Any,
    sizes: tuple[int, int, int],
    adj: tuple[bool, bool],
    constant: bool,
    kinds: Any,
    seed: int,
) -> None:
    rows, depth, columns = sizes
    first = (*batches.input_shapes[0], *((depth, rows) if adj[0] else (rows, depth)))
    second = (*batches.input_shapes[1], *((columns, depth) if adj[1] else (depth, columns)))
    x, y = values(seed, first, "int8"), values(seed + 1, second, "int8")
    target = (*batches.result_shape, rows, columns)
    builder = model(first, second, target, adj, kinds, y if constant else None)
    assert_agrees(builder, *([x] if constant else [x, y]))


@given(
    batches=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    sizes=st.tuples(st.integers(1, 6), st.integers(1, 20), st.integers(1, 6)),
    adj=st.tuples(st.booleans(), st.booleans()),
    constant=st.booleans(),
    dtype=st.sampled_from(("float32", "int16")),
    scale=st.sampled_from((1e-6, 0.001, 0.3, 20.0)),
    seed=SEEDS,
)
def test_other_types(
    batches: Any,
    sizes: tuple[int, int, int],
    adj: tuple[bool, bool],
    constant: bool,
    dtype: str,
    scale: float,
    seed: int,
) -> None:
    rows, depth, columns = sizes
    first = (*batches.input_shapes[0], *((depth, rows) if adj[0] else (rows, depth)))
    second = (*batches.input_shapes[1], *((columns, depth) if adj[1] else (depth, columns)))
    x, y = values(seed, first, dtype), values(seed + 1, second, dtype)
    kinds = [{"scale": one, "zero_point": 0} for one in (0.1, 0.05, scale)]
    if 0.1 * 0.05 / scale >= 2**7:
        kinds[2]["scale"] = 0.001
    target = (*batches.result_shape, rows, columns)
    builder = model(first, second, target, adj, kinds, y if constant else None, dtype)
    assert_agrees(builder, *([x] if constant else [x, y]))


def test_refusals() -> None:
    shifted = [{"scale": 0.1, "zero_point": 1}] * 3
    assert_refused(
        model((2, 3), (3, 5), (2, 5), kinds=shifted, dtype="int16"), "has zero point 1, expected 0"
    )
    tiny = [{"scale": 1.0}, {"scale": 1.0}, {"scale": 2.0**-8}]
    assert_refused(model((2, 3), (3, 5), (2, 5), kinds=tiny, dtype="int16"), "asserts", by_tflm=False)
    assert_refused(model((2, 3), (4, 5), (2, 5)), "do not multiply")
    assert_refused(model((2, 2, 3), (3, 3, 5), (2, 2, 5)), "do not multiply")
    assert_refused(model((2, 3), (3, 5), (5, 2)), "do not multiply", by_tflm=False)
    assert_refused(model((3,), (3, 5), (1, 5)), "2 to 5 dimensions")
    assert_refused(model((2, 3), (3, 5), (2, 5), kinds=({}, {}, {})), "has no scale", by_tflm=False)


@pytest.mark.parametrize("shape", [(1, 64, 1000), (4, 1, 7)])
def test_wide_matrices(shape: tuple[int, int, int]) -> None:
    rows, depth, columns = shape
    x, y = values(1, (rows, depth), "int8"), values(2, (depth, columns), "int8")
    kinds = ({"scale": 0.02, "zero_point": -128}, {"scale": 0.03, "zero_point": 127}, PLAIN)
    assert_agrees(model(x.shape, y.shape, (rows, columns), kinds=kinds), x, y)
    assert_agrees(model(x.shape, y.shape, (rows, columns), kinds=kinds, constant=np.array(y)), x)


@pytest.mark.parametrize("batches", [256, 257])
def test_many_products_of_reals_are_one_loop(batches: int) -> None:
    kinds = ({}, {}, {})
    builder = model((batches, 2, 3), (batches, 3, 4), (batches, 2, 4), (False, False), kinds, None, "float32")
    data = [values(seed, shape, "float32") for seed, shape in ((1, (batches, 2, 3)), (2, (batches, 3, 4)))]
    assert_agrees(builder, *data)
