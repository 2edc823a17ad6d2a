"""Constants that are written over, by operators or by the caller: bits, arena and what lasts as TFLM's."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from struct import pack_into
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import microinfer
from microinfer import FormatError, ModelBuilder, UnsupportedError
from microinfer.checks import check
from microinfer.libraries.target import HOST_TARGET
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.example import Draw
from microinfer.operators.prepare import prepare
from microinfer.operators.registry import rows
from microinfer.operators.spec import Spec

from support.arena_trials import works
from support.flatbuffer_fields import field_of, follow, tables_of
from support.golden_plan import drawn_values
from support.oracle import ARENA_BYTES, Interpreter

pytestmark = pytest.mark.filterwarnings("ignore:.*written over")
Make = Callable[[ModelBuilder], None]


def floats(*values: float) -> Any:
    return np.array([values], np.float32)


def computed_into_constant(b: ModelBuilder) -> None:
    x, held = b.input((1, 3), "float32"), b.constant(floats(7, 8, 9))
    b.operator("ADD", [x, b.constant(floats(10, 20, 30))], [held])
    b.output(b.add(held, held))


def counter(b: ModelBuilder) -> None:
    x, held = b.input((1, 3), "float32"), b.constant(floats(7, 8, 9))
    y = b.add(x, held)
    b.operator("ABS", [y], [held])
    b.output(y)


def written_twice(b: ModelBuilder) -> None:
    x, held = b.input((1, 3), "float32"), b.constant(floats(7, 8, 9))
    b.operator("ADD", [x, held], [held])
    b.operator("MUL", [held, x], [held])
    b.output(held)


def weights_that_change(b: ModelBuilder) -> None:
    x = b.input((2, 8), scale=0.1, zero_point=3)
    w = b.constant(np.arange(-32, 32, dtype=np.int8).reshape(8, 8), 0.02, 0)
    y = b.tensor((2, 8), "int8", 0.3, -4)
    b.operator("FULLY_CONNECTED", [x, w, None], [y])
    b.operator("ADD", [w, w], [w])
    b.output(y)


def filter_that_changes(b: ModelBuilder) -> None:
    x = b.input((1, 5, 5, 2), scale=0.1, zero_point=3)
    w = b.constant(np.arange(-18, 18, dtype=np.int8).reshape(2, 3, 3, 2), [0.02, 0.02], [0, 0])
    y = b.tensor((1, 3, 3, 2), "int8", 0.3, -4)
    b.operator("CONV_2D", [x, w, None], [y], {"stride_w": 1, "stride_h": 1, "padding": "VALID"})
    b.operator("RELU", [w], [w])
    b.output(y)


def axes_that_change(b: ModelBuilder) -> None:
    x, axes = b.input((3, 3), "float32"), b.constant(np.array([0], np.int32))
    y = b.tensor((3,), "float32")
    b.operator("SUM", [x, axes], [y])
    b.operator("ADD", [b.constant(np.array([1], np.int32)), b.constant(np.array([0], np.int32))], [axes])
    b.output(y)


MADE = (
    computed_into_constant,
    counter,
    written_twice,
    weights_that_change,
    filter_that_changes,
    axes_that_change,
)


def built(make: Make) -> bytes:
    b = ModelBuilder(make.__name__)
    make(b)
    return b.build()


def drawn(spec: Spec, seed: int) -> bytes:
    """An operator's example whose inputs and outputs have data in the file."""
    generator = np.random.default_rng(seed)
    b = ModelBuilder(spec.name)
    made = spec.example(Draw(b, generator))
    b.output(*(made if isinstance(made, (tuple, list)) else (made,)))
    for index in (*b._inputs, *b._outputs):
        record = b._tensors[index]
        if record.dtype != "resource" and not record.is_variable:
            record.buffer = drawn_values(generator, record.shape, np.dtype(record.dtype)).tobytes()
    return b.build()


def sharing() -> bytes:
    """x is added to what lies in a buffer, which another tensor reads, too."""
    b = ModelBuilder()
    x, held, same = b.input((1, 3), "float32"), b.constant(floats(7, 8, 9)), b.constant(floats(0, 0, 0))
    b.operator("ADD", [x, held], [held])
    b.output(b.mul(same, x))
    return with_buffer(b.build(), same.index, 1)


def with_buffer(model: bytes, tensor: int, buffer: int) -> bytes:
    data = bytearray(model)
    (graph,) = tables_of(data, field_of(data, follow(data, 0), 2))
    pack_into("<I", data, field_of(data, tables_of(data, field_of(data, graph, 0))[tensor], 2), buffer)
    return bytes(data)


def in_tflm(model: bytes, samples: Sequence[Sequence[Any] | None], reset_at: int = -1) -> list[list[Any]]:
    """What TFLM's interpreter answers one after another; it writes into the bytes it is given."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(bytes(bytearray(model)), arena_size=ARENA_BYTES)
    outputs = len(load(model).subgraphs[0].outputs)
    found = []
    for number, sample in enumerate(samples):
        if number == reset_at:
            interpreter.reset()
        for position, value in enumerate(sample or ()):
            interpreter.set_input(value, position)
        interpreter.invoke()
        found.append([np.array(interpreter.get_output(index)) for index in range(outputs)])
    return found


def here(
    interpreter: Interpreter, samples: Sequence[Sequence[Any] | None], reset_at: int = -1
) -> list[list[Any]]:
    found = []
    for number, sample in enumerate(samples):
        if number == reset_at:
            interpreter.reset()
        for detail, value in zip(interpreter.get_input_details(), sample or (), strict=False):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        found.append([interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()])
    return found


def inputs(model: bytes, count: int, seed: int) -> list[list[Any]]:
    generator = np.random.default_rng(seed)
    graph = load(model).subgraphs[0]
    fed = [graph.tensors[index] for index in graph.inputs]
    return [[drawn_values(generator, t.shape, np.dtype(t.dtype)) for t in fed] for _ in range(count)]


@pytest.mark.kernels
@pytest.mark.parametrize("preserve", [False, True])
@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_what_is_written_lasts_as_in_tflm(make: Make, preserve: bool) -> None:
    model = built(make)
    samples = inputs(model, 5, 1)
    with pytest.warns(UserWarning, match="written over"):
        got = here(Interpreter(model, preserve_all_tensors=preserve), samples, reset_at=3)
    assert_array_equal(got, in_tflm(model, samples, reset_at=3), strict=True)


@pytest.mark.kernels
def test_readers_of_the_same_buffer_see_what_is_written() -> None:
    model = sharing()
    samples = inputs(model, 4, 2)
    assert_array_equal(here(Interpreter(model), samples), in_tflm(model, samples), strict=True)


@pytest.mark.kernels
@pytest.mark.parametrize("spec", rows(), ids=lambda spec: spec.name)
def test_every_operator_takes_and_makes_what_lies_in_the_file(spec: Spec) -> None:
    """The first inference of the third is left to what the file holds."""
    for seed in (1, 2):
        model = drawn(spec, seed)
        samples = inputs(model, 3, seed)
        interpreter = refused = None
        try:
            interpreter = Interpreter(model)
        except UnsupportedError as error:
            refused = str(error)
        if interpreter is None:
            assert "transposes it in the first inference" in str(refused)
            continue
        got, wanted = here(interpreter, samples), in_tflm(model, samples)
        for ours, theirs in zip(got, wanted, strict=True):
            for one, other in zip(ours, theirs, strict=True):
                assert_array_equal(one, other, strict=True)


def test_an_input_that_nobody_sets_is_what_the_file_holds() -> None:
    b = ModelBuilder()
    x = b.input((1, 3), "float32")
    b._tensors[x.index].buffer = floats(5, -6, 7).tobytes()
    b.output(b.abs(x))
    model = b.build()
    samples = [None, [floats(1, -2, 3)], None]
    assert_array_equal(here(Interpreter(model), samples), in_tflm(model, samples), strict=True)


def test_the_arena_has_no_place_for_them() -> None:
    models = [built(make) for make in MADE] + [sharing(), drawn(next(iter(rows())), 1)]
    said = []
    for data in models:
        model = load(data)
        recording = plan_memory(model, prepare(model), "tflm-reference", HOST_TARGET).recording
        assert recording is not None
        said.append(recording.min_arena_bytes)
    assert all(works([(data, size) for data, size in zip(models, said, strict=True)]))
    assert not any(works([(data, size - 1) for data, size in zip(models, said, strict=True)]))


def test_a_batch_finds_them_as_in_the_file_or_goes_on() -> None:
    model = built(counter)
    x = floats(1, 2, 3)
    interpreter = Interpreter(model)
    many = np.repeat(x, 4, axis=0)
    assert_array_equal(interpreter.run_batch(many), np.repeat(floats(8, 10, 12), 4, axis=0))
    kept = interpreter.run_batch(many, keep_state=True)
    assert_array_equal(kept, np.concatenate(in_tflm(model, [[x]] * 4), axis=1)[0])


def test_copies_and_restarts() -> None:
    model = built(counter)
    x = floats(1, 2, 3)
    interpreter = Interpreter(model)
    first = here(interpreter, [[x], [x]])
    copy = pickle.loads(pickle.dumps(interpreter))
    assert_array_equal(here(copy, [[x]]), here(interpreter, [[x]]))
    interpreter.restart()
    assert_array_equal(here(interpreter, [[x], [x]]), first)


def test_check_tells_who_writes() -> None:
    found = [one for one in check(built(counter)).findings if one.rule == "written-constant"]
    assert [(one.severity, one.place) for one in found] == [("error", "subgraphs[0].operators[1]")]


def test_bare_c_refuses_them(tmp_path: Path) -> None:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    held = b.constant(np.zeros((1, 4), np.int8), 0.1, 0)
    b.operator("RELU", [x], [held])
    b.output(b.relu(held))
    with pytest.raises(UnsupportedError, match="written over"):
        microinfer.export(b.build(), format="bare-c", output=tmp_path / "out")


def test_where_a_constant_is_wanted_it_has_to_stay() -> None:
    b = ModelBuilder()
    x, axis = b.input((1, 4), scale=0.1, zero_point=0), b.constant(np.array([1], np.int32))
    y, z = (b.tensor((1, 2), "int8", 0.1, 0) for _ in range(2))
    b.operator("SPLIT", [axis, x], [y, z], {"num_splits": 2})
    b.operator("ADD", [axis, axis], [axis])
    b.output(y)
    with pytest.raises(UnsupportedError, match="a constant that is written over, expected one that stays"):
        Interpreter(b.build())


def test_data_of_variables_are_never_read() -> None:
    b = ModelBuilder()
    x = b.input((1, 3), "float32")
    held = b.tensor((1, 3), "float32", is_variable=True)
    b._tensors[held.index].buffer = floats(7, 8, 9).tobytes()
    y = b.add(x, held)
    b.operator("ABS", [y], [held])
    b.output(y)
    model = b.build()
    assert any("TFLM never reads" in one for one in load(model).warnings)
    samples = inputs(model, 4, 3)
    assert_array_equal(here(Interpreter(model), samples, 2), in_tflm(model, samples, 2), strict=True)


def test_buffers_that_overlap_are_refused_where_one_is_written() -> None:
    data = bytearray(built(computed_into_constant))
    first, second = (field_of(data, at, 0) for at in tables_of(data, field_of(data, follow(data, 0), 4))[1:3])
    pack_into("<I", data, second, follow(data, first) - second & 0xFFFFFFFF)
    if follow(data, first) < second:
        first, second = second, first
        data = bytearray(built(computed_into_constant))
        pack_into("<I", data, second, follow(data, first) - second)
    with pytest.raises(FormatError, match=r"is written and overlaps buffers\[[12]\]"):
        load(bytes(data))
