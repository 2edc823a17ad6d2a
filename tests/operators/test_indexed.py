"""MIRROR_PAD, REVERSE_V2, GATHER_ND, EMBEDDING_LOOKUP and DYNAMIC_UPDATE_SLICE, against TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.errors import UnsupportedError
from microinfer.libraries.target import DEFAULT_TARGET
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.data_movement import assert_agrees, assert_refused, quantization, shapes, values
from support.kernel_rows import faults_of
from support.oracle import Interpreter, tflm

SEEDS = st.integers(0, 2**32 - 1)


@given(
    source=shapes(1, 4, 5),
    dtype=st.sampled_from(("int8", "float32")),
    wide=st.booleans(),
    symmetric=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_mirror_pad(
    source: tuple[int, ...], dtype: str, wide: bool, symmetric: bool, seed: int, data: st.DataObject
) -> None:
    paddings = [
        (data.draw(st.integers(0, size - (not symmetric))), data.draw(st.integers(0, size + 2)))
        for size in source
    ]
    b = ModelBuilder()
    x = b.input(source, dtype, **quantization(dtype))
    amounts = b.constant(np.array(paddings, np.int64 if wide else np.int32))
    shape = [size + sum(pair) for size, pair in zip(source, paddings, strict=True)]
    y = b.tensor(shape, dtype, **quantization(dtype))
    b.operator("MIRROR_PAD", [x, amounts], [y], {"mode": int(symmetric)})
    b.output(y)
    assert_agrees(b, values(seed, source, dtype))


@given(
    source=shapes(1, 5, 4),
    dtype=st.sampled_from(("int8", "uint8", "int16", "int32", "int64", "float32", "bool")),
    seed=SEEDS,
    data=st.data(),
)
def test_reverse(source: tuple[int, ...], dtype: str, seed: int, data: st.DataObject) -> None:
    rank = len(source)
    first = data.draw(st.integers(0, rank - 1))
    axes = data.draw(st.permutations(range(first, data.draw(st.integers(first, rank - 1)) + 1)))
    axes = [axis - rank if data.draw(st.booleans()) else axis for axis in axes]
    b = ModelBuilder()
    b.output(b.reverse_v2(b.input(source, dtype, **quantization(dtype)), axes))
    assert_agrees(b, values(seed, source, dtype))


@given(
    source=shapes(1, 4, 4),
    rest=shapes(0, 2, 4),
    dtype=st.sampled_from(("int8", "float32")),
    constant=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_gather_nd(
    source: tuple[int, ...], rest: tuple[int, ...], dtype: str, constant: bool, seed: int, data: st.DataObject
) -> None:
    places = data.draw(st.integers(1, len(source)))
    g = np.random.default_rng(seed)
    indices = np.stack([g.integers(0, size, rest) for size in source[:places]], -1).astype(np.int32)
    b = ModelBuilder()
    x = b.input(source, dtype, **quantization(dtype))
    given_ = b.constant(indices) if constant else b.input(indices.shape, "int32")
    b.output(b.gather_nd(x, given_))
    table = values(seed, source, dtype)
    assert_agrees(b, *([table] if constant else [table, indices]))


def test_an_index_may_reach_into_the_next_row_but_not_outside() -> None:
    b = ModelBuilder()
    x = b.input((2, 3), "float32")
    b.output(b.gather_nd(x, b.input((1, 2), "int32")))
    model, table = b.build(), np.arange(6, dtype=np.float32).reshape(2, 3)
    for indices, inside in (([[0, 4]], True), ([[1, -2]], True), ([[1, 3]], False), ([[0, -1]], False)):
        given_ = np.array(indices, np.int32)
        interpreter = Interpreter(model)
        for detail, value in zip(interpreter.get_input_details(), (table, given_), strict=True):
            interpreter.set_tensor(detail["index"], value)
        if not inside:
            with pytest.raises(UnsupportedError, match=r"inputs\[1\] holds .* a device stops there"):
                interpreter.invoke()
            with pytest.raises(RuntimeError):
                tflm(model, [table, given_])
            continue
        interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        np.testing.assert_array_equal(found, tflm(model, [table, given_])[0])


@given(
    rows=st.integers(1, 9),
    row=shapes(1, 3, 5),
    count=st.integers(1, 6),
    kinds=st.sampled_from((("float32", "float32"), ("int8", "int8"), ("int8", "float32"))),
    constant=st.booleans(),
    seed=SEEDS,
)
def test_embedding_lookup(
    rows: int, row: tuple[int, ...], count: int, kinds: tuple[str, str], constant: bool, seed: int
) -> None:
    g = np.random.default_rng(seed)
    table = values(seed, (rows, *row), kinds[0])
    scale = {"scale": float(np.float32(g.uniform(0.001, 0.1))), "zero_point": 0} if kinds[0] == "int8" else {}
    indices = g.integers(0, rows, count).astype(np.int32)
    b = ModelBuilder()
    stored = b.constant(table, **scale) if constant else b.input(table.shape, kinds[0], **scale)
    b.output(b.embedding_lookup(stored, b.input(indices.shape, "int32"), dtype=kinds[1]))
    assert_agrees(b, *([indices] if constant else [table, indices]))


def test_an_index_outside_an_embedding_stops() -> None:
    b = ModelBuilder()
    table = b.constant(np.ones((3, 2), np.float32))
    b.output(b.embedding_lookup(table, b.input((2,), "int32")))
    model, indices = b.build(), np.array([0, 3], np.int32)
    interpreter = Interpreter(model)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], indices)
    with pytest.raises(UnsupportedError, match=r"inputs\[0\] holds 3, expected 0 to 2; a device stops"):
        interpreter.invoke()
    with pytest.raises(RuntimeError):
        tflm(model, [indices])
    found = interpreter.run_batch(np.array([[0, 1], [2, 2]], np.int32))
    assert found.shape == (2, 2, 2)


def test_of_several_scales_the_first_is_taken() -> None:
    b = ModelBuilder()
    table = b.constant(values(1, (3, 2), "int8"), [0.1, 0.2, 0.3], quantized_dimension=0)
    b.output(b.embedding_lookup(table, b.input((2,), "int32"), dtype="float32"))
    assert_agrees(b, np.array([2, 1], np.int32))
    (step,) = prepare(load(b.build()))
    (fault,) = faults_of(step, "tflm-reference", DEFAULT_TARGET)
    assert "has 3 scales" in fault.text


@given(
    source=shapes(1, 4, 5),
    dtype=st.sampled_from(("int8", "int16", "int32", "float32")),
    wide=st.booleans(),
    constant=st.booleans(),
    seed=SEEDS,
    data=st.data(),
)
def test_dynamic_update_slice(
    source: tuple[int, ...], dtype: str, wide: bool, constant: bool, seed: int, data: st.DataObject
) -> None:
    part = tuple(data.draw(st.integers(1, size)) for size in source)
    first = np.array(
        [data.draw(st.integers(-2, size + 2)) for size in source], np.int64 if wide else np.int32
    )
    b = ModelBuilder()
    x = b.input(source, dtype, **quantization(dtype))
    update = b.input(part, dtype, **quantization(dtype))
    start = b.constant(first) if constant else b.input(first.shape, str(first.dtype))
    b.output(b.dynamic_update_slice(x, update, start))
    inputs: list[Any] = [values(seed, source, dtype), values(seed + 1, part, dtype)]
    assert_agrees(b, *inputs, *([] if constant else [first]))


def spelled(
    operator: str, kinds: list[Any], target: tuple[int, ...], dtype: str, **options: Any
) -> ModelBuilder:
    """Inputs of these shapes and types, or constants of these values."""
    b = ModelBuilder()
    inputs = [
        b.constant(one) if isinstance(one, np.ndarray) else b.input(one[0], one[1], **quantization(one[1]))
        for one in kinds
    ]
    y = b.tensor(target, dtype, **quantization(dtype))
    b.operator(operator, inputs, [y], options)
    b.output(y)
    return b


def whole(*numbers: Any) -> Any:
    return np.array(numbers, np.int32)


@pytest.mark.parametrize(
    ("builder", "message", "by_tflm"),
    [
        (spelled("MIRROR_PAD", [((3,), "int8"), whole([3, 0])], (6,), "int8"), "reads out of the row", False),
        (spelled("MIRROR_PAD", [((3,), "int8"), whole([0, 1])], (3,), "int8"), r"expected \(4,\)", False),
        (spelled("MIRROR_PAD", [((3,), "int8"), whole(0, 1)], (4,), "int8"), r"expected \(1, 2\)", True),
        (spelled("MIRROR_PAD", [((3,), "int8"), whole([-1, 0])], (2,), "int8"), "negative", False),
        (spelled("MIRROR_PAD", [((3,), "int16"), whole([0, 0])], (3,), "int16"), "is int16", False),
        (spelled("REVERSE_V2", [((2, 3, 2), "int8"), whole(0, 2)], (2, 3, 2), "int8"), "neighbours", False),
        (spelled("REVERSE_V2", [((2, 3), "int8"), whole(2)], (2, 3), "int8"), "holds", False),
        (spelled("REVERSE_V2", [((2, 3), "int8"), np.array(1, np.int32)], (2, 3), "int8"), "shape", True),
        (spelled("REVERSE_V2", [((2, 3), "int8"), whole(1)], (3, 2), "int8"), "expected", False),
        (spelled("GATHER_ND", [((2, 3), "int8"), whole([2, 0])], (1,), "int8"), r"holds \[2, 0\]", False),
        (spelled("GATHER_ND", [((2, 3), "int8"), whole([0, 0, 0])], (1,), "int8"), "1 to 2", True),
        (spelled("GATHER_ND", [((2, 3), "int8"), whole([0])], (1, 2), "int8"), r"expected \(1, 3\)", False),
        (spelled("GATHER_ND", [((2,), "int16"), whole([0])], (1,), "int16"), "is int16", True),
        (spelled("EMBEDDING_LOOKUP", [whole(5), ((2, 3), "int8")], (1, 3), "int8"), "holds 5", False),
        (spelled("EMBEDDING_LOOKUP", [whole(0), ((2,), "int8")], (1,), "int8"), "two or more", True),
        (spelled("EMBEDDING_LOOKUP", [whole(0), ((2, 3), "int8")], (1, 3), "float32"), "zero point -3", True),
        (spelled("EMBEDDING_LOOKUP", [whole(0), ((2, 3), "int8")], (1, 4), "int8"), "expected", False),
        (
            spelled("DYNAMIC_UPDATE_SLICE", [((2,), "int8"), ((3,), "int8"), whole(0)], (2,), "int8"),
            "an update that fits",
            True,
        ),
        (
            spelled("DYNAMIC_UPDATE_SLICE", [((2,), "bool"), ((1,), "bool"), whole(0)], (2,), "bool"),
            "is bool",
            False,
        ),
    ],
)
def test_refusals(builder: ModelBuilder, message: str, by_tflm: bool) -> None:
    assert_refused(builder, message, by_tflm=by_tflm)
