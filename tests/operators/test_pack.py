"""PACK and UNPACK against TFLM."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import tflm  # noqa: F401

SEEDS = st.integers(0, 2**32 - 1)


def pack(
    layer: tuple[int, ...],
    target: tuple[int, ...],
    count: int,
    axis: int,
    dtype: str = "int8",
    **options: int,
) -> ModelBuilder:
    builder = ModelBuilder()
    inputs = [builder.input(layer, dtype, **quantization(dtype)) for _ in range(count)]
    y = builder.tensor(target, dtype, **quantization(dtype))
    builder.operator("PACK", inputs, [y], {"values_count": count, "axis": axis} | options)
    builder.output(y)
    return builder


def unpack(
    source: tuple[int, ...],
    layer: tuple[int, ...],
    count: int,
    axis: int,
    dtype: str = "int8",
    **options: int,
) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input(source, dtype, **quantization(dtype))
    outputs = [builder.tensor(layer, dtype, **quantization(dtype)) for _ in range(count)]
    builder.operator("UNPACK", [x], outputs, {"num": count, "axis": axis} | options)
    builder.output(*outputs)
    return builder


@given(
    layer=shapes(1, 4, 6),
    count=st.integers(1, 6),
    dtype=st.sampled_from(("int8", "int16", "int32", "float32")),
    unpacked=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_pack_and_unpack(
    layer: tuple[int, ...], count: int, dtype: str, unpacked: bool, seed: int, data: st.DataObject
) -> None:
    rank = len(layer) + 1
    axis = data.draw(st.integers(-rank, rank - 1))
    place = axis % rank
    stacked = (*layer[:place], count, *layer[place:])
    if unpacked:
        builder = unpack(stacked, layer, count, axis, dtype)
        assert_agrees(builder, values(seed, stacked, dtype), outputs=count)
    else:
        builder = pack(layer, stacked, count, axis, dtype)
        assert_agrees(builder, *(values(seed + i, layer, dtype) for i in range(count)))


def test_refusals() -> None:
    """TFLM checks nothing here before it runs."""
    assert_refused(pack((3,), (2, 3), 2, 2), "axis is 2, expected -2 to 1", by_tflm=False)
    assert_refused(pack((3,), (3, 2), 2, 0), r"expected \(2, 3\)", by_tflm=False)
    assert_refused(pack((3,), (2, 3), 2, 0, values_count=3), "values_count is 3, expected 2", by_tflm=False)
    assert_refused(unpack((2, 3), (3,), 2, 2), "axis is 2, expected -2 to 1", by_tflm=False)
    assert_refused(unpack((2, 3), (3,), 2, 0, num=3), "num is 3, expected 2", by_tflm=False)
    assert_refused(unpack((2, 3), (3,), 2, 1), "has length 3 along axis 1", by_tflm=False)
    assert_refused(unpack((2, 3), (2,), 2, 0), r"outputs\[0\].*expected \(3,\)", by_tflm=False)


@given(count=st.integers(1, 3), extra=st.integers(1, 3), seed=SEEDS)
def test_further_inputs_are_not_looked_at(count: int, extra: int, seed: int) -> None:
    b = pack((2, 3), (count, 2, 3), count + extra, 0, values_count=count)
    assert_agrees(b, *(values(seed + n, (2, 3), "int8") for n in range(count + extra)))
