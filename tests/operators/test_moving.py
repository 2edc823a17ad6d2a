"""SLICE, SPLIT_V, GATHER, CAST, FILL, ZEROS_LIKE, BROADCAST_TO and the blocks of pixels, against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import Handle, ModelBuilder
from microinfer.errors import UnsupportedError

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.oracle import Interpreter, tflm

SEEDS = st.integers(0, 2**32 - 1)
Make = Any


def model(source: tuple[int, ...], make: Make, dtype: str = "int8") -> ModelBuilder:
    b = ModelBuilder()
    made = make(b, b.input(source, dtype, **quantization(dtype)))
    b.output(*([made] if isinstance(made, Handle) else made))
    return b


def spelled(
    operator: str,
    source: tuple[int, ...],
    target: tuple[int, ...],
    *parameters: Any,
    dtypes: tuple[str, str] = ("int8", "int8"),
    **options: Any,
) -> ModelBuilder:
    """One operator, whatever the builder's methods would say to it."""
    b = ModelBuilder()
    x = b.input(source, dtypes[0], **quantization(dtypes[0]))
    y = b.tensor(target, dtypes[1], **quantization(dtypes[1]))
    constants = [
        b.constant(np.asarray(one, None if isinstance(one, np.ndarray) else np.int32)) for one in parameters
    ]
    b.operator(operator, [x, *constants], [y], options)
    b.output(y)
    return b


@given(
    source=shapes(1, 5, 5),
    dtype=st.sampled_from(("int8", "int16", "int32", "float32", "bool")),
    wide=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_slice(source: tuple[int, ...], dtype: str, wide: bool, seed: int, data: st.DataObject) -> None:
    begin = [data.draw(st.integers(0, size - 1)) for size in source]
    counts = [data.draw(st.integers(1, size - first)) for first, size in zip(begin, source, strict=True)]
    sizes = [
        -1 if first + count == size and data.draw(st.booleans()) else count
        for first, count, size in zip(begin, counts, source, strict=True)
    ]
    indices = [np.array(one, np.int64 if wide else np.int32) for one in (begin, sizes)]
    builder = spelled("SLICE", source, tuple(counts), *indices, dtypes=(dtype, dtype))
    assert_agrees(builder, values(seed, source, dtype))


@given(
    source=shapes(1, 4, 6),
    dtype=st.sampled_from(("int8", "int16", "int32", "float32")),
    seed=SEEDS,
    data=st.data(),
)
def test_split_v(source: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    axis = data.draw(st.integers(-len(source), len(source) - 1))
    size = source[axis]
    cuts = sorted(data.draw(st.sets(st.integers(1, size - 1)))) if size > 1 else []
    lengths = np.diff([0, *cuts, size]).tolist()
    builder = model(source, lambda b, x: b.split_v(x, lengths, axis), dtype)
    assert_agrees(builder, values(seed, source, dtype), outputs=len(lengths))


@given(
    source=shapes(1, 4, 5),
    rest=shapes(0, 2, 4),
    dtype=st.sampled_from(("int8", "float32")),
    constant=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_gather(
    source: tuple[int, ...], rest: tuple[int, ...], dtype: str, constant: bool, seed: int, data: st.DataObject
) -> None:
    axis = data.draw(st.integers(0, len(source) - 1))
    batch_dims = data.draw(st.integers(0, axis))
    shape = (*source[:batch_dims], *rest)
    indices = np.random.default_rng(seed).integers(0, source[axis], shape).astype(np.int32)
    x = values(seed, source, dtype)
    if constant:

        def make(b: ModelBuilder, x: Handle) -> Handle:
            return b.gather(x, b.constant(indices), axis, batch_dims=batch_dims)

        assert_agrees(model(source, make, dtype), x)
    else:
        b = ModelBuilder()
        table = b.input(source, dtype, **quantization(dtype))
        b.output(b.gather(table, b.input(shape, "int32"), axis - len(source), batch_dims=batch_dims))
        assert_agrees(b, x, indices)


def test_gather_looks_where_a_device_does_not() -> None:
    b = ModelBuilder()
    table = b.constant(np.arange(12, dtype=np.int8).reshape(4, 3), 0.1)
    b.output(b.gather(table, b.input((1, 2), "int32")))
    interpreter = Interpreter(b.build())
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array([[3, 4]], np.int32))
    with pytest.raises(UnsupportedError, match=r"inputs\[1\] holds 4, expected 0 to 3; a device reads out"):
        interpreter.invoke()


@given(
    shape=st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5)),
    block=st.integers(1, 3),
    dtype=st.sampled_from(("int8", "float32")),
    deepen=st.booleans(),
    seed=SEEDS,
)
def test_depth_and_space(
    shape: tuple[int, int, int, int], block: int, dtype: str, deepen: bool, seed: int
) -> None:
    batch, height, width, channels = shape
    if deepen:
        source = batch, height * block, width * block, channels
        builder = model(source, lambda b, x: b.space_to_depth(x, block), dtype)
    else:
        source = batch, height, width, channels * block * block
        builder = model(source, lambda b, x: b.depth_to_space(x, block), dtype)
    assert_agrees(builder, values(seed, source, dtype))


@given(
    sizes=st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
        max_size=2,
    ),
    batch=st.integers(1, 2),
    channels=st.integers(1, 4),
    dtype=st.sampled_from(("int8", "float32")),
    seed=SEEDS,
)
def test_batch_to_space(
    sizes: list[tuple[int, int, int, int]], batch: int, channels: int, dtype: str, seed: int
) -> None:
    """Lengths, blocks, and what is cropped before and behind, never all of it."""
    block = [factor for _, factor, _, _ in sizes]
    crops = [
        (min(before, n * f - 1), min(behind, n * f - 1 - min(before, n * f - 1)))
        for n, f, before, behind in sizes
    ]
    source = (batch * int(np.prod(block)), *(length for length, *_ in sizes), channels)
    builder = model(source, lambda b, x: b.batch_to_space_nd(x, block, crops), dtype)
    assert_agrees(builder, values(seed, source, dtype))


@given(
    sizes=st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=2
    ),
    batch=st.integers(1, 2),
    channels=st.integers(1, 4),
    padded=st.booleans(),
    dtype=st.sampled_from(("int8", "float32")),
    seed=SEEDS,
)
def test_space_to_batch(
    sizes: list[tuple[int, int, int]], batch: int, channels: int, padded: bool, dtype: str, seed: int
) -> None:
    """What TFLM pads with is never set, so padding is compared with 0 and the rest with TFLM."""
    block = [factor for _, factor, _ in sizes]
    paddings = [(min(before, n * f - 1) if padded else 0, 0) for n, f, before in sizes]
    lengths = [n * f - sum(pair) for (n, f, _), pair in zip(sizes, paddings, strict=True)]
    source = (batch, *lengths, channels)
    data = model(source, lambda b, x: b.space_to_batch_nd(x, block, paddings), dtype).build()

    def own(x: Any) -> Any:
        interpreter = Interpreter(data)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

    x = values(seed, source, dtype)
    inside = own(np.ones(source, x.dtype)) != 0
    assert inside.sum() == x.size
    found = own(x)
    np.testing.assert_array_equal(found[inside], tflm(data, [x])[0][inside])
    assert not found[~inside].any()


@given(
    source=shapes(1, 3, 5),
    dtypes=st.tuples(
        st.sampled_from(("int8", "int16", "int32", "float32", "bool")),
        st.sampled_from(("int8", "int16", "int32", "float32")),
    ),
    seed=SEEDS,
)
def test_cast(source: tuple[int, ...], dtypes: tuple[str, str], seed: int) -> None:
    x = values(seed, source, dtypes[0])
    if dtypes[0] == "float32":
        x = np.clip(x * np.float32(40), -127, 127)
    assert_agrees(spelled("CAST", source, source, dtypes=dtypes), x)


@given(shape=shapes(1, 4, 5), dtype=st.sampled_from(("int8", "int32", "float32")), seed=SEEDS)
def test_fill_and_zeros_like(shape: tuple[int, ...], dtype: str, seed: int) -> None:
    def make(b: ModelBuilder, x: Handle) -> list[Handle]:
        value = b.constant(values(seed, (), dtype), *((0.1, 3) if dtype == "int8" else ()))
        return [b.fill(shape, value), b.zeros_like(x)]

    assert_agrees(model(shape, make, dtype), values(seed, shape, dtype), outputs=2)


@given(
    target=shapes(1, 5, 4),
    dtype=st.sampled_from(("int8", "int16", "int32", "float32", "bool")),
    seed=SEEDS,
    data=st.data(),
)
def test_broadcast_to(target: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, len(target)))
    source = tuple(size if data.draw(st.booleans()) else 1 for size in target[len(target) - rank :])
    builder = model(source, lambda b, x: b.broadcast_to(x, target), dtype)
    assert_agrees(builder, values(seed, source, dtype))


@pytest.mark.parametrize(
    ("builder", "message", "by_tflm"),
    [
        (spelled("SLICE", (4,), (2,), [3], [2]), "takes 2 from 3 on of axis 0", False),
        (spelled("SLICE", (4,), (3,), [1], [2]), r"expected \(2,\)", False),
        (spelled("SPLIT_V", (4,), (3,), [3], [0]), "expected a sum of 4", False),
        (spelled("SPLIT_V", (4,), (4,), [4], [1]), "axis is 1", True),
        (spelled("GATHER", (4,), (1,), [4]), "holds 4, expected 0 to 3", False),
        (spelled("GATHER", (4,), (1,), [1], axis=1), "axis is 1", True),
        (spelled("GATHER", (2, 4), (2, 2), [[1, 1]], axis=1, batch_dims=1), "batch_dims is 1", True),
        (spelled("GATHER", (4,), (1,), [0], dtypes=("int16", "int16")), "is int16, expected", True),
        (spelled("DEPTH_TO_SPACE", (1, 1, 1, 6), (1, 2, 2, 1), block_size=2), "has 6 channels", True),
        (spelled("DEPTH_TO_SPACE", (1, 1, 1, 6), (1, 1, 1, 6)), "block_size is 0", True),
        (spelled("SPACE_TO_DEPTH", (1, 3, 2, 1), (1, 1, 1, 4), block_size=2), "has 3 x 2 pixels", True),
        (spelled("BATCH_TO_SPACE_ND", (4, 2, 1), (2, 5, 1), [2], [[0, 0]]), r"expected \(2, 4, 1\)", False),
        (spelled("BATCH_TO_SPACE_ND", (4, 2), (2, 4), [2], [[0, 0]]), "expected 3 or 4 dim", True),
        (spelled("CAST", (2,), (2,), dtypes=("int64", "int8")), "is int64", True),
        (spelled("CAST", (2,), (3,), dtypes=("int8", "int32")), "as many elements", False),
        (spelled("ZEROS_LIKE", (2,), (2,), dtypes=("int16", "int16")), "is int16", True),
        (spelled("BROADCAST_TO", (2,), (4,), [4]), r"does not repeat to \(4,\)", True),
        (spelled("BROADCAST_TO", (1,), (4,), [5]), r"expected \[5\]", True),
        (spelled("BROADCAST_TO", (1,), (1,) * 6, [1] * 6), "6 dimensions", True),
    ],
)
def test_refusals(builder: ModelBuilder, message: str, by_tflm: bool) -> None:
    assert_refused(builder, message, by_tflm=by_tflm)


def test_fill_refuses() -> None:
    b = ModelBuilder()
    value = b.input((1,), scale=0.1)
    y = b.tensor((3,), "int8", 0.1)
    b.operator("FILL", [b.constant(np.array([3], np.int32)), value], [y])
    b.output(y)
    assert_refused(b, "expected a scalar")
