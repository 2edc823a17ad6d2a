"""The arena of operators in types that ask for other memory than int8: TFLM's own words on a 64-bit host."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.libraries.target import HOST_TARGET
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.arena_trials import works

SHAPE = (1, 4, 5, 3)


def real(b: ModelBuilder) -> Any:
    return b.input(SHAPE, "float32")


def wide(b: ModelBuilder) -> Any:
    return b.input(SHAPE, "int16", scale=0.01)


def transposed(bias: str) -> Callable[[ModelBuilder], Any]:
    def make(b: ModelBuilder) -> Any:
        start = b.constant(np.ones(2, bias), 0.0001) if bias else None
        weights = np.ones((2, 2, 2, 3), np.int8)
        return b.transpose_conv(wide(b), weights, start, weight_scale=0.01, strides=(2, 2), scale=0.5)

    return make


def transposed_reals(b: ModelBuilder) -> Any:
    return b.transpose_conv(
        real(b), np.ones((2, 2, 2, 3), np.float32), np.ones(2, np.float32), strides=(2, 2)
    )


def product(dtype: str, adj_x: bool, adj_y: bool) -> Callable[[ModelBuilder], Any]:
    def make(b: ModelBuilder) -> Any:
        scale = {} if dtype == "float32" else {"scale": 0.01}
        x = b.input((1, 2, 5, 3) if adj_x else (1, 2, 3, 5), dtype, **scale)
        y = b.input((1, 2, 4, 5) if adj_y else (1, 2, 5, 4), dtype, **scale)
        return b.batch_matmul(x, y, adj_x=adj_x, adj_y=adj_y, **scale)

    return make


def embedding(kind: str, made: str) -> Callable[[ModelBuilder], Any]:
    def make(b: ModelBuilder) -> Any:
        table = np.ones((5, 3, 2), kind)
        stored = b.constant(table, *((0.1, 0) if kind == "int8" else ()))
        return b.embedding_lookup(stored, b.input((2,), "int32"), dtype=made)

    return make


def unpacked(kind: int, zero_points: int) -> Callable[[ModelBuilder], Any]:
    """Tables, Huffman codes of one bit, or a mask."""

    def make(b: ModelBuilder) -> Any:
        b.input((1, 1), "float32")
        head = np.zeros(16, np.uint8)
        head[[0, 1, 4, 5, 6]] = kind, 1, 1, kind != 1, 2
        about = np.concatenate([head, np.full(12, 0x88, np.uint8)])
        scales = {"scale": [0.1, 0.2], "zero_point": [zero_points, 0]}
        return b.decode(b.constant(np.zeros(8, np.uint8)), b.constant(about), (2, 4), **scales)

    return make


MODELS: dict[str, Callable[[ModelBuilder], Any]] = {
    "ARG_MAX float32": lambda b: b.arg_max(real(b), 2),
    "BATCH_MATMUL float32": product("float32", False, False),
    "BATCH_MATMUL float32, left side turned": product("float32", True, True),
    "BATCH_MATMUL int16": product("int16", True, False),
    "CUMSUM float32": lambda b: b.cumsum(real(b), 2),
    "CUMSUM int8": lambda b: b.cumsum(b.input(SHAPE, scale=0.1), 2, scale=0.5),
    "DYNAMIC_UPDATE_SLICE int16": lambda b: b.dynamic_update_slice(
        wide(b), b.input((1, 1, 1, 3), "int16", scale=0.01), b.input((4,), "int32")
    ),
    "EMBEDDING_LOOKUP float32": embedding("float32", "float32"),
    "EMBEDDING_LOOKUP int8": embedding("int8", "int8"),
    "EMBEDDING_LOOKUP of two types": embedding("int8", "float32"),
    "GATHER_ND float32": lambda b: b.gather_nd(real(b), b.input((2, 2), "int32")),
    "L2_POOL_2D": lambda b: b.l2_pool_2d(real(b), (2, 2)),
    "MEAN float32": lambda b: b.mean(real(b), (1, 2)),
    "MEAN int16": lambda b: b.mean(wide(b), (1, 2), scale=0.1),
    "MIRROR_PAD float32": lambda b: b.mirror_pad(real(b), [(0, 0), (1, 1), (1, 1), (0, 0)]),
    "REDUCE_ALL": lambda b: b.reduce_all(b.input(SHAPE, "bool"), (1, 2)),
    "REDUCE_MAX float32": lambda b: b.reduce_max(real(b), (1, 2)),
    "RESIZE_BILINEAR float32": lambda b: b.resize_bilinear(real(b), (7, 9)),
    "REVERSE_V2 float32": lambda b: b.reverse_v2(real(b), (1, 2)),
    "SPACE_TO_BATCH_ND float32": lambda b: b.space_to_batch_nd(real(b), (2, 1), [(0, 0), (0, 0)]),
    "TFLM_DECODE of a table": unpacked(0, 0),
    "TFLM_DECODE of Huffman codes": unpacked(1, 0),
    "TFLM_DECODE of a mask": unpacked(2, 0),
    "TFLM_DECODE of a mask with zero points": unpacked(2, 3),
    "TRANSPOSE_CONV float32": transposed_reals,
    "TRANSPOSE_CONV int16": transposed("int64"),
    "TRANSPOSE_CONV int16, bias of int16": transposed("int16"),
    "TRANSPOSE_CONV int16 without a bias": transposed(""),
}


LOOSE = {"EMBEDDING_LOOKUP of two types", "TFLM_DECODE of a mask with zero points"}
"""Of the output's temporary tensor the last bytes are not read any more, or read and wrong without a word."""


def built(name: str) -> bytes:
    b = ModelBuilder(name)
    b.output(MODELS[name](b))
    return b.build()


@pytest.mark.parametrize("name", MODELS)
def test_head_tail_and_persistent_bytes(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    data = built(name)
    model = load(data)
    recording = plan_memory(model, prepare(model), "tflm-reference", HOST_TARGET).recording
    assert recording is not None
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
    capfd.readouterr()
    interpreter.print_allocations()
    printed = capfd.readouterr().err
    totals = [int(figure) for figure in re.findall(r"Arena allocation \w+ (\d+) bytes", printed)]
    assert totals == [recording.arena_used_bytes, recording.head, recording.tail]
    pattern = r"'Persistent buffer data' used (\d+) bytes .*?requested (\d+) bytes for (\d+)"
    used, requested, count = map(int, re.findall(pattern, printed)[0])
    found = recording.categories["persistent_buffer_data"]
    assert (found.used, found.requested, found.count) == (used, requested, count)


def test_the_smallest_arenas_work_and_a_byte_less_does_not() -> None:
    trials = []
    for name in MODELS:
        data = built(name)
        model = load(data)
        recording = plan_memory(model, prepare(model), "tflm-reference", HOST_TARGET).recording
        assert recording is not None
        size = recording.min_arena_bytes
        trials += [(data, size), (data, size - 1)]
    done = works(trials)
    assert all(done[::2])
    assert {name for name, less in zip(MODELS, done[1::2], strict=True) if less} == LOOSE
