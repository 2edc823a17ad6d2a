"""Elements of several tensors in turn in one, and dealt out again, are numpy's stacks, at any size."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.kernels import riffles
from microinfer.kernels._jit import switched_off
from microinfer.kernels.strided_moves import move

from support.oracle import tflm

needs_machine_code = pytest.mark.skipif(switched_off(), reason="numba is switched off")
DRAWS = int(os.environ.get("MICROINFER_EXAMPLES", "200"))


def guarded(g: np.random.Generator, count: int, dtype: str) -> tuple[Any, Any]:
    """Elements somewhere in memory, and the memory, which has some before and behind them."""
    first = int(g.integers(1, 9))
    memory = g.integers(-100, 100, count + first + 9).astype(dtype)
    return memory[first : first + count], memory


@pytest.mark.parametrize("name", ["riffle", "deal"])
def test_a_stack_and_its_layers(name: str) -> None:
    g = np.random.default_rng(len(name))
    for _ in range(DRAWS):
        dtype = str(g.choice(["i1", "i2", "i4", "i8"]))
        places, count = int(g.choice([1, 2, 3, 4, 5, 8, 16])), int(g.integers(1, 300))
        whole, around = guarded(g, places * count, dtype)
        parts = [guarded(g, count, dtype) for _ in range(places)]
        stack = whole.reshape(count, places)
        layers = [part for part, _ in parts]
        before = [memory.copy() for _, memory in (*parts, (0, around))]
        if name == "riffle":
            run = riffles.bind_riffle(layers, stack, 1)
            run()
            for (_, memory), kept in zip(parts, before, strict=False):
                assert_array_equal(memory, kept)
            expected = before[-1]
            start = (whole.__array_interface__["data"][0] - around.__array_interface__["data"][0]) // (
                whole.itemsize
            )
            expected[start : start + whole.size] = np.stack(layers, 1).reshape(-1)
            assert_array_equal(around, expected)
        else:
            run = riffles.bind_deal(stack, layers, 1)
            run()
            assert_array_equal(around, before[-1])
            for position, ((part, memory), kept) in enumerate(zip(parts, before, strict=False)):
                start = (part.__array_interface__["data"][0] - memory.__array_interface__["data"][0]) // (
                    part.itemsize
                )
                kept[start : start + count] = stack[:, position]
                assert_array_equal(memory, kept)
        is_fast = (places in riffles.PLACES and count * whole.itemsize >= 64) or count == 1
        assert hasattr(run, "kernel") == (is_fast and not switched_off())


@needs_machine_code
@pytest.mark.parametrize("name", ["riffle", "deal"])
@pytest.mark.parametrize("shape", [(5, 1), (7, 300), (1, 3, 40), (16, 2, 100)])
def test_layers_that_are_one_run_each_are_copied_in_one_call(name: str, shape: tuple[int, ...]) -> None:
    g = np.random.default_rng(3)
    axis = next(i for i, size in enumerate(shape) if size > 1)
    stack = guarded(g, int(np.prod(shape)), "i4")[0].reshape(shape)
    size = stack.size // shape[axis]
    parts = [guarded(g, size, "i4") for _ in range(shape[axis])]
    layers = [part.reshape(shape[:axis] + shape[axis + 1 :]) for part, _ in parts]
    around = [memory.copy() for _, memory in parts]
    run: Any = (
        riffles.bind_riffle(layers, stack, axis)
        if name == "riffle"
        else riffles.bind_deal(stack, layers, axis)
    )
    assert run.kernel is riffles.copies
    run()
    assert_array_equal(stack, np.stack(layers, axis))
    for (part, memory), kept in zip(parts, around, strict=True):
        start = (part.__array_interface__["data"][0] - memory.__array_interface__["data"][0]) // 4
        assert_array_equal(memory[:start], kept[:start])
        assert_array_equal(memory[start + size :], kept[start + size :])


@needs_machine_code
def test_columns_become_rows_and_rows_turn_round() -> None:
    g = np.random.default_rng(5)
    seen = set()
    for _ in range(max(DRAWS, 60)):
        dtype = str(g.choice(["i1", "i2", "i4", "i8"]))
        rows, columns = int(g.integers(2, 150)), int(g.choice([2, 3, 4, 8, 16, 17, 40]))
        source = g.integers(-100, 100, (rows, columns)).astype(dtype)
        for view, shape in ((source.T, (columns, rows)), (source[:, ::-1], (rows, columns))):
            target = np.zeros(shape, dtype)
            run: Any = move(view, target)
            run()
            assert_array_equal(target, view)
            seen.add(run.kernel.py_func.__name__.split("_")[0])
        target = np.zeros((rows, columns), dtype)
        run = move(np.ascontiguousarray(source.T).T, target)
        run()
        assert_array_equal(target, source)
        seen.add(run.kernel.py_func.__name__.split("_")[0])
    assert seen >= {"riffle", "deal", "turn", "transpose"}


@pytest.mark.parametrize("dtype", ["int8", "int16", "float32", "int32"])
@pytest.mark.parametrize("count", [2, 3, 4, 16])
def test_pack_and_unpack_along_the_last_axis(dtype: str, count: int) -> None:
    g = np.random.default_rng(count)
    given = {"scale": 0.05, "zero_point": 0} if dtype in ("int8", "int16") else {}
    b = ModelBuilder()
    xs = [b.input((1, 5, 37), dtype=dtype, **given) for _ in range(count)]
    packed = b.pack(xs, 3)
    b.output(packed, *b.unpack(packed, 3))
    model = b.build()
    values = [g.integers(-100, 100, (1, 5, 37)).astype(dtype) for _ in xs]
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    found = [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]
    for mine, theirs in zip(found, tflm(model, values, outputs=count + 1), strict=True):
        assert_array_equal(mine, theirs)
