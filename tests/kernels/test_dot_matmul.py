"""Products of int8 matrices by dot products of bytes: taken, with the portable kernel's bits and TFLM's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor

from support.both_ways import assert_both_ways
from support.strategies import generators, int8_values, scales, zero_points

pytestmark = pytest.mark.skipif(not _processor.has_dot_products(), reason="no dot products of bytes")


@given(
    batches=st.sampled_from((((1,), (1,)), ((2, 3), (2, 3)), ((2, 1), (3,)), ((1,), (4,)))),
    rows=st.sampled_from((1, 2, 6, 7, 9, 40)),
    depth=st.sampled_from((1, 3, 4, 17, 64)),
    columns=st.sampled_from((1, 5, 16, 17, 40, 64, 130)),
    left=st.booleans(),
    right=st.booleans(),
    constant=st.booleans(),
    scale=scales(1e-5, 1.0),
    points=st.tuples(zero_points, zero_points, zero_points),
    generator=generators,
)
def test_random_products(
    batches: tuple[tuple[int, ...], tuple[int, ...]],
    rows: int,
    depth: int,
    columns: int,
    left: bool,
    right: bool,
    constant: bool,
    scale: float,
    points: tuple[int, int, int],
    generator: np.random.Generator,
) -> None:
    shape_1 = (*batches[0], depth, rows) if left else (*batches[0], rows, depth)
    shape_2 = (*batches[1], columns, depth) if right else (*batches[1], depth, columns)
    builder = ModelBuilder()
    x = builder.input(shape_1, scale=0.01, zero_point=points[0])
    values = int8_values(generator, shape_2)
    y = (
        builder.constant(values, 0.01, points[1])
        if constant
        else builder.input(shape_2, scale=0.01, zero_point=points[1])
    )
    builder.output(builder.batch_matmul(x, y, adj_x=left, adj_y=right, scale=scale, zero_point=points[2]))
    given = [int8_values(generator, shape_1), *([] if constant else [values])]
    assert_both_ways(builder, given, "dot_matmul")
