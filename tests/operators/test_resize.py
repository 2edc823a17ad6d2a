"""RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR against TFLM."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, quantization, values
from support.drawn_layers import pattern
from support.oracle import Interpreter, tflm  # noqa: F401

DTYPES = ("int8", "int16", "float32")
SIZES = st.integers(1, 40)


def model(
    shape: tuple[int, ...],
    size: tuple[int, ...],
    dtype: str = "int8",
    target: tuple[int, ...] | None = None,
    *,
    size_dtype: str = "int32",
    operator: str = "RESIZE_NEAREST_NEIGHBOR",
    **options: bool,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(shape, dtype, **quantization(dtype))
    y = builder.tensor(target or (shape[0], *size, shape[3]), dtype, **quantization(dtype))
    constant = builder.constant(np.array(size, size_dtype))
    builder.operator(operator, [x, constant], [y], options)
    builder.output(y)
    return builder


@given(
    shape=st.tuples(st.integers(1, 3), SIZES, SIZES, st.integers(1, 9)),
    size=st.tuples(SIZES, SIZES),
    dtype=st.sampled_from(DTYPES),
    align_corners=st.booleans(),
    half_pixel_centers=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_resize_nearest_neighbor(
    shape: tuple[int, ...],
    size: tuple[int, int],
    dtype: str,
    align_corners: bool,
    half_pixel_centers: bool,
    seed: int,
) -> None:
    builder = model(shape, size, dtype, align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    assert_agrees(builder, values(seed, shape, dtype))


@given(
    sizes=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    align_corners=st.booleans(),
    half_pixel_centers=st.booleans(),
)
def test_long_axes(sizes: tuple[int, int], align_corners: bool, half_pixel_centers: bool) -> None:
    """Where float32 decides which of two neighbours is nearer."""
    shape = (1, 1, sizes[0], 1)
    builder = model(
        shape,
        (1, sizes[1]),
        "int16",
        align_corners=align_corners,
        half_pixel_centers=half_pixel_centers,
    )
    assert_agrees(builder, np.arange(sizes[0], dtype=np.int16).reshape(shape))


def test_an_image_too_large_for_an_index_a_pixel() -> None:
    shape = (2, 3, 40, 1)
    assert_agrees(model(shape, (700, 1501)), values(0, shape, "int8"))


@given(
    shape=st.tuples(st.integers(1, 3), SIZES, SIZES, st.integers(1, 9)),
    size=st.tuples(SIZES, SIZES),
    mode=st.sampled_from(({}, {"align_corners": True}, {"half_pixel_centers": True})),
    dtype=st.sampled_from(("int8", "float32")),
    seed=st.integers(0, 2**32 - 1),
)
def test_resize_bilinear(
    shape: tuple[int, ...], size: tuple[int, int], mode: dict[str, bool], dtype: str, seed: int
) -> None:
    builder = model(shape, size, dtype, operator="RESIZE_BILINEAR", **mode)
    assert_agrees(builder, values(seed, shape, dtype))


def test_contracted_products_move_a_last_bit() -> None:
    builder = model((1, 5, 7, 3), (11, 13), "float32", operator="RESIZE_BILINEAR", half_pixel_centers=True)
    x, made = values(3, (1, 5, 7, 3), "float32"), []
    for contracts in (False, True):
        interpreter = Interpreter(builder.build(), profile="cortex-m4", contracts=contracts)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        made.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    np.testing.assert_allclose(made[0], made[1], rtol=1e-4, atol=1e-6)
    assert (made[0] != made[1]).any()


CONTRACTED = {
    ((1, 2, 6, 4), (4, 5), ""): 0x3BB699DA,
    ((1, 7, 6, 4), (9, 14), ""): 0x7F76F231,
    ((1, 3, 7, 1), (9, 5), ""): 0x314B22F1,
    ((1, 4, 1, 4), (12, 16), "align_corners"): 0x8696ACB3,
    ((1, 5, 4, 4), (6, 10), "align_corners"): 0x5256D4BB,
    ((1, 6, 7, 2), (1, 12), "align_corners"): 0x22904608,
    ((1, 5, 6, 2), (6, 14), "half_pixel_centers"): 0x36DD47A5,
    ((1, 5, 4, 3), (9, 16), "half_pixel_centers"): 0x9AFF6812,
    ((1, 7, 6, 4), (5, 8), "half_pixel_centers"): 0x228EBC07,
}
"""CRC-32 of what TFLM 90b983c2, compiled by gcc 12.2 at -O2 for a Cortex-M4F, made in QEMU."""


@pytest.mark.parametrize("case", CONTRACTED, ids=str)
def test_bits_of_a_cortex_m4f(case: tuple[tuple[int, ...], tuple[int, int], str]) -> None:
    shape, size, mode = case
    builder = model(shape, size, "float32", operator="RESIZE_BILINEAR", **({mode: True} if mode else {}))
    interpreter = Interpreter(builder.build(), profile="cortex-m4", release="2026-08")
    detail = interpreter.get_input_details()[0]
    interpreter.set_tensor(detail["index"], pattern(shape, detail["dtype"], 0))
    interpreter.invoke()
    made = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert crc32(made.tobytes()) == CONTRACTED[case]


def test_bilinear_refusals() -> None:
    both = {"align_corners": True, "half_pixel_centers": True}
    assert_refused(model((1, 2, 2, 1), (4, 4), operator="RESIZE_BILINEAR", **both), "expected at most one")
    far = model((1, 1, 3, 1), (1, 2048), operator="RESIZE_BILINEAR")
    assert_refused(far, "reads out of bounds", by_tflm=False)


def test_refusals() -> None:
    assert_refused(model((2, 3, 3), (2, 2), target=(2, 2, 2)), r"expected \[batch, h, w, channels\]")
    assert_refused(model((1, 2, 2, 1), (4,), target=(1, 4, 4, 1)), r"expected \(2,\)")
    assert_refused(model((1, 2, 2, 1), (4, 4), size_dtype="int64"), "is int64")


@pytest.mark.parametrize("target", [(1, 4, 3, 1), (2, 4, 4, 1), (1, 4, 4, 2)])
def test_refusals_where_tflm_would_write_out_of_bounds(target: tuple[int, ...]) -> None:
    assert_refused(model((1, 2, 2, 1), (4, 4), target=target), r"expected \(1, 4, 4, 1\)", by_tflm=False)
