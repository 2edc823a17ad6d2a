"""Parameters that are computed at run time: TFLM's kernels read them when they run, and so do ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder, UnsupportedError
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import DEFAULT_TARGET
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.arena_trials import works
from support.oracle import Interpreter, tflm

CASES: dict[str, tuple[tuple[int, ...], dict[str, Any], dict[int, list[Any]]]] = {
    "SLICE": ((1, 2, 3, 2), {}, {1: [[0, 1, 1, 1], [0, 2, 0, 0]], 2: [[1, 2, 3, 2], [-1, -1, 3, 2]]}),
    "MEAN": ((1, 1, 4, 3), {"keep_dims": True}, {1: [[1], [-3]]}),
    "SUM": ((1, 1, 4, 3), {"keep_dims": True}, {1: [[1], [-3]]}),
    "REDUCE_MAX": ((1, 4, 3), {}, {1: [[1], [2], [-2]]}),
    "REDUCE_MIN": ((1, 4, 3), {}, {1: [[1], [2]]}),
    "CUMSUM": ((1, 4, 4, 3), {"reverse": True}, {1: [[1], [-1], [2]]}),
    "ARG_MAX": ((1, 4, 3), {}, {1: [[1], [2]]}),
    "ARG_MIN": ((1, 4, 3), {}, {1: [[1], [2]]}),
    "MIRROR_PAD": (
        (1, 6, 5, 3),
        {},
        {1: [[[0, 0], [2, 0], [0, 1], [0, 0]], [[0, 0], [1, 1], [1, 0], [0, 0]]]},
    ),
    "SPACE_TO_BATCH_ND": ((4, 2, 2, 3), {}, {2: [[[0, 0], [0, 0]]]}),
    "BATCH_TO_SPACE_ND": ((1, 6, 7, 3), {}, {2: [[[0, 2], [1, 0]], [[1, 1], [0, 1]]]}),
}  # fmt: skip
SHAPES = {"BATCH_TO_SPACE_ND": (4, 4, 4, 3)}
DTYPES = {"ARG_MAX": "int32", "ARG_MIN": "int32"}


def model(name: str) -> bytes:
    shape, options, given = CASES[name]
    b = ModelBuilder("late")
    source = SHAPES.get(name, (1, 4, 4, 3))
    scale = 0.05 if name != "CUMSUM" else 1.0
    inputs = [b.input(source, "int8", scale=0.05, zero_point=3)]
    for position in range(1, 3):
        if position in given:
            inputs.append(b.input(np.shape(given[position][0]), "int32"))
        elif name.endswith("_ND"):
            inputs.append(b.constant(np.array([2, 2], np.int32)))
    dtype = DTYPES.get(name, "int8")
    y = b.tensor(shape, dtype, *((scale, 3) if dtype == "int8" else ()))
    b.operator(name, inputs, [y], options)
    b.output(y)
    return b.build()


@pytest.mark.parametrize("name", CASES)
def test_parameters_that_are_computed_are_those_of_the_run(name: str) -> None:
    made = model(name)
    mine = Interpreter(made)
    g = np.random.default_rng(2)
    given = CASES[name][2]
    for chosen in zip(*given.values(), strict=True):
        shape = mine.get_input_details()[0]["shape"]
        values = [g.integers(-128, 128, shape, np.int8), *(np.array(v, np.int32) for v in chosen)]
        for detail, value in zip(mine.get_input_details(), values, strict=True):
            mine.set_tensor(detail["index"], value)
        mine.invoke()
        found = mine.get_tensor(mine.get_output_details()[0]["index"])
        np.testing.assert_array_equal(found, tflm(made, values)[0])


@pytest.mark.parametrize("name", CASES)
def test_what_would_reach_out_of_the_tensor_is_refused_and_not_forgotten(name: str) -> None:
    mine = Interpreter(model(name))
    given = CASES[name][2]
    details = mine.get_input_details()
    for detail, values in zip(details[1:], given.values(), strict=True):
        mine.set_tensor(detail["index"], np.full_like(np.array(values[0], np.int32), 9))
    with pytest.raises(UnsupportedError, match=name):
        mine.invoke()
    for detail, values in zip(details[1:], given.values(), strict=True):
        mine.set_tensor(detail["index"], np.array(values[0], np.int32))
    mine.invoke()


@pytest.mark.parametrize("name", CASES)
def test_memory_is_told_and_cycles_where_no_parameter_changes_them(name: str) -> None:
    report = microinfer.plan(model(name), release="2026-10", library="tflm-reference")
    assert report.host is not None
    arena = report.host.recording.min_arena_bytes
    assert works([(model(name), arena), (model(name), arena - 1)]) == [True, False]
    (step,) = prepare(load(model(name)))
    library = kernel_library("tflm-reference")
    counts = library.count(name, step.geometry, DEFAULT_TARGET)
    assert (counts is not None) == (name == "SLICE")


@pytest.mark.parametrize("operator", ["SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"])
def test_no_block_is_guessed_of_more_numbers_than_an_image_has_sides(operator: str) -> None:
    b = ModelBuilder("long_block")
    x, block = b.input((1, 6, 6, 3), "int8", 0.1), b.input((1, 6, 6, 3), "int32")
    amounts, y = b.input((2, 2), "int32"), b.tensor((4, 3, 3, 3), "int8", 0.1)
    b.operator(operator, [x, block, amounts], [y])
    b.output(y)
    with pytest.raises(UnsupportedError):
        prepare(load(b.build()))
