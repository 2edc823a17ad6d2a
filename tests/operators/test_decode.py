"""TFLM_DECODE against TFLM: tables of values, masks and Huffman codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from microinfer.builder import ModelBuilder

from support.data_movement import assert_agrees, assert_refused, values
from support.oracle import tflm  # noqa: F401

LUT, HUFFMAN, PRUNE = 0, 1, 2
DTYPES = ("int8", "int16", "int32", "int64", "float32", "bool")


def told(kind: int, after: bytes = b"", **places: int) -> NDArray[np.uint8]:
    """The 16 bytes in front, and what follows."""
    head = bytearray(16)
    head[:6] = kind, 1, 0, 0, 1, 0
    for place, value in places.items():
        head[int(place[1:])] = value
    return np.frombuffer(bytes(head) + after, np.uint8)


def packed(numbers: Any, width: int) -> NDArray[np.uint8]:
    text = "".join(f"{int(number):0{width}b}" for number in numbers)
    size = -(-len(text) // 32) * 32
    return np.frombuffer(int(text.ljust(size, "0"), 2).to_bytes(size // 8, "big"), np.uint8)


def model(
    codes: Any, about: Any, shape: tuple[int, ...], dtype: str = "int8", **quantization: Any
) -> ModelBuilder:
    """What is unpacked, and an input that has nothing to do with it."""
    b = ModelBuilder()
    b.input((1, 1), "float32")
    b.output(b.decode(b.constant(codes), b.constant(about), shape, dtype=dtype, **quantization))
    return b


NOTHING = np.zeros((1, 1), np.float32)


@given(
    width=st.integers(1, 7),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 40)),
    dtype=st.sampled_from(DTYPES),
    channels=st.sampled_from(("none", "one", "first", "last")),
    seed=st.integers(0, 2**32 - 1),
)
def test_tables(width: int, shape: tuple[int, int], dtype: str, channels: str, seed: int) -> None:
    g = np.random.default_rng(seed)
    count = {"first": shape[0], "last": shape[1]}.get(channels, 1)
    codes = packed(g.integers(0, 1 << width, shape[0] * shape[1]), width)
    table = values(seed, (count << width,), dtype)
    quantization: dict[str, Any] = {}
    if channels != "none":
        quantization = {"scale": [0.1] * count, "zero_point": [0] * count}
        quantization["quantized_dimension"] = int(channels == "last" and count > 1)
    about = told(LUT, table.tobytes(), _5=width, _6=1 << width)
    assert_agrees(model(codes, about, shape, dtype, **quantization), NOTHING)


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 40)),
    dtype=st.sampled_from(DTYPES),
    channels=st.sampled_from(("none", "one", "first", "last")),
    zeros=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_masks(shape: tuple[int, int], dtype: str, channels: str, zeros: bool, seed: int) -> None:
    g = np.random.default_rng(seed)
    count = {"first": shape[0], "last": shape[1]}.get(channels, 1)
    kept = g.integers(0, 2, shape[0] * shape[1])
    quantization: dict[str, Any] = {}
    if channels != "none":
        points = g.integers(-9, 9, count) if dtype == "int8" and not zeros else np.zeros(count, int)
        quantization = {"scale": [0.1] * count, "zero_point": points.tolist()}
        quantization["quantized_dimension"] = int(channels == "last" and count > 1)
    about = told(PRUNE, values(seed, (int(kept.sum()),), dtype).tobytes())
    assert_agrees(model(packed(kept, 1), about, shape, dtype, **quantization), NOTHING)


CODES = ("0", "10", "110", "111")


def huffman_table(symbols: Any, wide: bool) -> bytes:
    """Two bits are looked up first; where both are set, one more."""
    low, high = (27, 31) if wide else (11, 15)
    mask = (1 << low) - 1 if wide else 0xFF
    a, b, c, d = (int(symbol) & mask & 0xFFFF for symbol in symbols)
    entries = [(1, 1, a), (1, 1, a), (1, 2, b), (0, 0, 1), (1, 1, c), (1, 1, d)]
    numbers = [found << high | used << low | value for found, used, value in entries]
    return np.array(numbers, np.uint32 if wide else np.uint16).tobytes()


@given(
    picks=st.lists(st.integers(0, 3), min_size=1, max_size=90),
    wide=st.booleans(),
    dtype=st.sampled_from(("int8", "int16")),
    seed=st.integers(0, 2**32 - 1),
)
def test_huffman(picks: list[int], wide: bool, dtype: str, seed: int) -> None:
    wide = wide or dtype == "int16"
    symbols = values(seed, (4,), dtype)
    text = "".join(CODES[pick] for pick in picks)
    size = -(-len(text) // 32) * 32 + 32
    codes = np.frombuffer(int(text.ljust(size, "0"), 2).to_bytes(size // 8, "big"), np.uint32)
    about = told(HUFFMAN, huffman_table(symbols, wide), _5=int(wide) | 1 << 4)
    builder = model(codes, about, (len(picks),), dtype, scale=0.1)
    assert_agrees(builder, NOTHING)


def test_weights_that_are_unpacked_before_a_layer() -> None:
    b = ModelBuilder()
    x = b.input((1, 8), "int8", 0.1, 3)
    codes = packed(np.random.default_rng(1).integers(0, 4, 40), 2)
    about = told(LUT, np.array([-90, 3, 50, 127], np.int8).tobytes(), _5=2, _6=4)
    weights = b.decode(b.constant(codes), b.constant(about), (5, 8), scale=0.01, zero_point=0)
    b.output(b.fully_connected(x, weights, scale=0.5))
    assert_agrees(b, values(3, (1, 8), "int8"))


FOUR = np.zeros(4, np.uint8)


@pytest.mark.parametrize(
    ("builder", "message", "by_tflm"),
    [
        (model(FOUR, told(LUT, _1=2, _5=1), (4,)), "versions 2 and 1", True),
        (model(FOUR, told(LUT, _4=2, _5=1), (4,)), "versions 1 and 2", True),
        (model(FOUR, told(127), (4,)), "of kind 127", True),
        (model(FOUR, told(LUT, bytes(8), _5=0), (4,)), "0 bits", False),
        (model(FOUR, told(LUT, bytes(1), _5=7), (40,)), "reads beside", False),
        (model(FOUR + 255, told(LUT, bytes(1), _5=1), (4,)), "names value 1 of 1", False),
        (model(FOUR + 255, told(PRUNE, bytes(3)), (4,)), "4 elements are kept of 3", False),
        (model(FOUR, told(PRUNE), (4,), "int16", scale=0.1, zero_point=1), "expected 0", True),
        (model(FOUR, told(HUFFMAN, bytes(64)), (4,), "int16", scale=0.1), "expected int8", True),
        (model(FOUR, told(HUFFMAN, b"\1\1"), (4,)), "beside the table", False),
        (model(FOUR, told(HUFFMAN, b"\0\x88" * 4), (99,)), "codes end at element", False),
        (model(FOUR, told(LUT, bytes(8), _5=1), (1 << 29,)), "4 bytes of codes for 536870912", False),
        (model(FOUR, told(PRUNE, bytes(8)), (1 << 29,)), "4 bytes of codes for 536870912", False),
        (model(FOUR, told(HUFFMAN, bytes(8)), (1 << 29,)), "at most 1,048,576", False),
        (model(FOUR[:2], told(LUT)[:8], (4,)), "8 bytes", False),
        (model(FOUR, told(LUT, bytes(9), _5=1), (2, 2, 2), scale=[0.1, 0.2], quantized_dimension=1),
         "along dimension 1", True),
    ],
)  # fmt: skip
def test_refusals(builder: ModelBuilder, message: str, by_tflm: bool) -> None:
    assert_refused(builder, message, by_tflm=by_tflm)
