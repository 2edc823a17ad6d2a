"""STRIDED_SLICE against TFLM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import tflm  # noqa: F401

DTYPES = ("int8", "int16", "int32", "float32", "bool")


def model(
    shape: tuple[int, ...],
    target: Sequence[int],
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int],
    dtype: str = "int8",
    **masks: int,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, dtype, **quantization(dtype))
    y = builder.tensor(target, dtype, **quantization(dtype))
    indices = [builder.constant(np.array(each, np.int32)) for each in (begin, end, strides)]
    builder.operator("STRIDED_SLICE", [x, *indices], [y], masks)
    builder.output(y)
    return builder


def sliced(size: int, begin: int, end: int, stride: int, masked: tuple[bool, bool]) -> int:
    """How many elements Python's own slice takes."""
    return len(range(size)[slice(None if masked[0] else begin, None if masked[1] else end, stride)])


@given(shape=shapes(1, 4, 8), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_strided_slice(shape: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    begin, end, strides, target = [], [], [], []
    masks = {"begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0}
    for axis, size in enumerate(shape):
        shrink = data.draw(st.integers(0, 3)) == 0
        stride = data.draw(st.sampled_from((1, 2, 3) if shrink else (1, 1, 2, 3, 9, -1, -2, -3, -9)))
        masked = data.draw(st.booleans()), data.draw(st.booleans())
        # From outside on either side too: indices are clamped.
        start = data.draw(st.integers(-size, size - 1) if shrink else st.integers(-size - 2, size + 2))
        stop = data.draw(st.integers(-size - 2, size + 2))
        count = 1 if shrink else sliced(size, start, stop, stride, masked)
        assume(count)
        begin.append(start)
        end.append(stop)
        strides.append(stride)
        for name, on in zip(masks, (*masked, shrink), strict=True):
            masks[name] |= on << axis
        if not shrink:
            target.append(count)
    builder = model(shape, target, begin, end, strides, dtype, **masks)
    assert_agrees(builder, values(seed, shape, dtype))


def test_masks_that_no_device_reads() -> None:
    """The shapes fit without them, so the model runs, and does what it does on a device."""
    builder = model((4, 3), (2, 3), [1, 0], [3, 3], [1, 1], ellipsis_mask=2, new_axis_mask=1, offset=1)
    assert_agrees(builder, values(0, (4, 3), "int8"))


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model((5,), (5,), [0], [5], [0]), "expected no zeros"),
        (model((5,), (4,), [0], [5], [1]), r"expected \(5,\)$"),
        (model((1,) * 5, (1,) * 5, [0] * 5, [1] * 5, [1] * 5), "5 dimensions"),
        (
            model((4,), (1, 4), [0, 0], [0, 0], [1, 1], new_axis_mask=1, end_mask=2),
            "does not read new_axis_mask",
        ),
    ],
)
def test_refusals(builder: ModelBuilder, message: str) -> None:
    assert_refused(builder, message)


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (model((5,), (), [5], [6], [1], shrink_axis_mask=1), "takes index 5"),
        (model((5,), (), [1], [0], [-1], shrink_axis_mask=1), "positive stride"),
        (model((5, 5), (5, 5), [0], [5], [1]), r"inputs\[1\] has 1 elements, expected 2"),
    ],
)
def test_refusals_where_tflm_leaves_the_output_unwritten(builder: ModelBuilder, message: str) -> None:
    assert_refused(builder, message, by_tflm=False)
