"""Many samples at once: the bits of one by one, whatever the graph allows."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import InputError, ModelBuilder, UnsupportedError, zoo
from microinfer.operators.resolver import OpResolver
from microinfer.operators.spec import Node, Prepared
from microinfer.operators.tflm_operators import CUSTOM_OPERATORS

from support.single_operators import OPERATORS, model_of

SAMPLES = 11
REAL = (
    "ad01_int8",
    "hello_world_int8",
    "keyword_scrambled_8bit",
    "kws_ref_model",
    "micro_speech_quantized",
    "person_detect",
    "pretrainedResnet_quant",
    "trained_lstm_int8",
    "vww_96_int8",
)


def random_inputs(interpreter: microinfer.Interpreter, samples: int, seed: int = 0) -> list[Any]:
    generator = np.random.default_rng(seed)
    made = []
    for detail in interpreter.get_input_details():
        shape = (samples, *detail["shape"])
        if detail["dtype"] is np.float32:
            made.append(generator.uniform(-1, 1, shape).astype(np.float32))
        elif detail["dtype"] is np.bool_:
            made.append(generator.integers(0, 2, shape).astype(bool))
        else:
            limits = np.iinfo(detail["dtype"])
            made.append(generator.integers(limits.min, limits.max, shape, detail["dtype"], endpoint=True))
    return made


def one_by_one(interpreter: microinfer.Interpreter, inputs: list[Any], *, reset: bool = True) -> list[Any]:
    rows = []
    for sample in zip(*inputs, strict=True):
        for detail, array in zip(interpreter.get_input_details(), sample, strict=True):
            interpreter.set_tensor(detail["index"], array)
        if reset:
            interpreter.restart()
        interpreter.invoke()
        rows.append([interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()])
    return [np.stack(column) for column in zip(*rows, strict=True)]


def assert_same(model: bytes, samples: int = SAMPLES, **options: Any) -> microinfer.Interpreter:
    interpreter = microinfer.Interpreter(model, **options)
    inputs = random_inputs(interpreter, samples)
    expected = one_by_one(interpreter, inputs)
    for workers in (1, 2):
        found = interpreter.run_batch(inputs if len(inputs) > 1 else inputs[0], workers=workers)
        for got, wanted in zip(found if len(expected) > 1 else [found], expected, strict=True):
            np.testing.assert_array_equal(got.reshape(wanted.shape), wanted)
    return interpreter


@pytest.mark.parametrize("name", zoo.names())
def test_zoo(name: str) -> None:
    interpreter = assert_same(zoo.load(name))
    stateful = interpreter.keeps_state
    assert interpreter._batch is not None
    assert (interpreter._batch.samples_at_once(64, 1) > 1) != stateful


@pytest.mark.parametrize("name", REAL)
def test_real_networks(shared: Path, name: str) -> None:
    assert_same((shared / "models" / f"{name}.tflite").read_bytes(), 5)


NOT_WIDENED = CUSTOM_OPERATORS.keys() | {
    "ASSIGN_VARIABLE",
    "BATCH_TO_SPACE_ND",
    "BROADCAST_ARGS",
    "BROADCAST_TO",
    "CALL_ONCE",
    "DYNAMIC_UPDATE_SLICE",
    "EMBEDDING_LOOKUP",
    "FILL",
    "GATHER_ND",
    "IF",
    "READ_VARIABLE",
    "SHAPE",
    "SPACE_TO_BATCH_ND",
    "SQUEEZE",
    "STRIDED_SLICE",
    "SVDF",
    "VAR_HANDLE",
    "WHILE",
}
"""In these models: signals have no samples side by side, and a slice whose end names the first sample is
one of the first sample only."""


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator(name: str) -> None:
    interpreter = assert_same(model_of(OPERATORS[name]))
    assert interpreter._batch is not None
    assert (interpreter._batch.samples_at_once(64, 1) > 1) == (name not in NOT_WIDENED)


def test_shapes() -> None:
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    x, _ = zoo.samples("digits")
    assert interpreter.run_batch(x).shape == (360, 10)
    np.testing.assert_array_equal(interpreter.run_batch(x[:3, np.newaxis]), interpreter.run_batch(x[:3]))
    assert interpreter.run_batch(x[:0]).shape == (0, 10)
    assert not interpreter.invoked
    np.testing.assert_array_equal(
        interpreter.run_batch({interpreter.get_input_details()[0]["name"]: x[:2]}),
        interpreter.run_batch(x[:2]),
    )
    np.testing.assert_array_equal(interpreter.run_batch({0: x[:2]}), interpreter.run_batch(list(x[:2])))


def test_several_inputs_and_outputs() -> None:
    b = ModelBuilder("two")
    first = b.input((1, 4, 3), scale=0.1, name="first")
    second = b.input((1, 4, 3), scale=0.2, name="second")
    b.output(b.add(first, second, scale=0.3))
    b.output(b.softmax(second))
    interpreter = assert_same(b.build())
    x1, x2 = random_inputs(interpreter, 4)
    found = interpreter.run_batch({"second": x2, "first": x1})
    for got, wanted in zip(found, interpreter.run_batch((x1, x2)), strict=True):
        np.testing.assert_array_equal(got, wanted)
    with pytest.raises(InputError, match="4, 3 samples"):
        interpreter.run_batch((x1, x2[:3]))
    with pytest.raises(InputError, match="one ndarray for a model with 2 inputs"):
        interpreter.run_batch(x1)
    with pytest.raises(InputError, match="got first; expected the inputs by name"):
        interpreter.run_batch({"first": x1})
    with pytest.raises(InputError, match="3 arrays"):
        interpreter.run_batch({"first": x1, "second": x2, "third": x2})


def test_a_graph_whose_first_dimension_is_no_batch() -> None:
    b = ModelBuilder("rows")
    x = b.input((6, 5), scale=0.1)
    b.output(b.mean(x, (0,), keep_dims=False))
    interpreter = assert_same(b.build())
    assert interpreter.run_batch(random_inputs(interpreter, 3)[0]).shape == (3, 5)


def test_reductions_over_the_batch_are_not_widened() -> None:
    b = ModelBuilder("all")
    x = b.input((1, 6, 5), scale=0.1)
    b.output(b.mean(x, (0, 1), keep_dims=True))
    interpreter = assert_same(b.build())
    assert interpreter._batch is not None
    assert interpreter._batch.samples_at_once(64, 1) == 1


def test_operands_of_lower_rank_are_not_widened() -> None:
    b = ModelBuilder("ranks")
    x, y = b.input((1, 1, 1, 5), scale=0.1), b.input((1, 5), scale=0.1)
    b.output(b.add(x, y, scale=0.2))
    interpreter = assert_same(b.build())
    assert interpreter._batch is not None
    assert interpreter._batch.samples_at_once(64, 1) == 1


def test_state_is_reset_or_kept(shared: Path) -> None:
    model = (shared / "models" / "trained_lstm_int8.tflite").read_bytes()
    interpreter = microinfer.Interpreter(model)
    inputs = random_inputs(interpreter, 6)
    interpreter.reset()
    kept = one_by_one(interpreter, inputs, reset=False)[0]
    got = interpreter.run_batch(inputs[0], keep_state=True, workers=2)
    np.testing.assert_array_equal(got.reshape(kept.shape), kept)
    again = interpreter.run_batch(inputs[0], keep_state=True)
    np.testing.assert_array_equal(got, again)


def test_the_kernels_are_those_that_the_interpreter_was_made_with() -> None:
    interpreter = microinfer.Interpreter(zoo.load("digits"), release="2026-10")
    x, _ = zoo.samples("digits")
    expected = one_by_one(interpreter, [x[:40, np.newaxis]])[0][:, 0]
    np.testing.assert_array_equal(interpreter.run_batch(x[:40]), expected)


def test_an_operator_of_the_users_own() -> None:
    resolver = OpResolver.builtin()
    builtin = resolver.find

    def prepare(node: Node) -> Prepared:
        made = OpResolver.builtin().find(node.operator)(node)

        def bind(inputs: Any, outputs: Any) -> Any:
            run = made.bind(inputs, outputs)

            def backwards() -> None:
                run()
                outputs[0][:] = outputs[0][:, ::-1].copy()

            return backwards

        return Prepared(made.geometry, bind)

    assert builtin is not None
    resolver.register("SOFTMAX", prepare)
    interpreter = assert_same(zoo.load("digits"), resolver=resolver)
    assert interpreter._batch is not None
    assert interpreter._batch.samples_at_once(64, 1) == 1


def test_refusals_name_the_sample() -> None:
    b = ModelBuilder("abort")
    b.output(b.softmax(b.input((1, 1000), scale=0.1)))
    interpreter = microinfer.Interpreter(b.build())
    x = np.tile(np.arange(1000) % 256 - 128, (40, 1)).astype(np.int8)
    x[23] = 0
    for workers in (1, 2):
        with pytest.raises(UnsupportedError, match=r"^sample 23: .*SOFTMAX"):
            interpreter.run_batch(x, workers=workers)
    assert interpreter.run_batch(x[:20]).shape == (20, 1000)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_workers_are_counted(workers: Any) -> None:
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    with pytest.raises(InputError, match="workers"):
        interpreter.run_batch(zoo.samples("digits")[0], workers=workers)


def test_wrong_arrays() -> None:
    interpreter = microinfer.Interpreter(zoo.load("digits"))
    x, _ = zoo.samples("digits")
    with pytest.raises(InputError, match=r"int16, expected int8"):
        interpreter.run_batch(x.astype(np.int16))
    with pytest.raises(InputError, match="not finite"):
        interpreter.run_batch(np.where(x == x.max(), np.nan, x / 10))
    with pytest.raises(InputError, match=r"shape \(360, 8, 8\), expected \(samples, 8, 8, 1\)"):
        interpreter.run_batch(x[..., 0])
    with pytest.raises(InputError, match=r"shape \(\), expected"):
        interpreter.run_batch(np.int8(3))


def test_real_numbers_are_quantised_and_it_says_so() -> None:
    interpreter = microinfer.Interpreter(zoo.load("sine"))
    x = np.linspace(-1, 8, 100, dtype=np.float32)[:, np.newaxis]
    stored = interpreter.quantize_input(x)
    expected = interpreter.run_batch(stored)
    for given in (x, x.astype(np.float64), {0: x}):
        with pytest.warns(UserWarning, match="float(32|64) is quantised to int8"):
            got = interpreter.run_batch(given)
        np.testing.assert_array_equal(got, expected)
    with pytest.raises(InputError, match="has NaN, which cannot be quantised"):
        interpreter.quantize_input([np.nan])
    with pytest.warns(UserWarning, match="100.0% of it clipped: outside what the input can hold"):
        interpreter.run_batch(x + 100)
    real = interpreter.dequantize_output(values=expected)
    assert real.dtype == np.float32
    one = []
    for sample in stored:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample[np.newaxis])
        interpreter.invoke()
        one.append(interpreter.dequantize_output()[0])
    np.testing.assert_array_equal(real, one)


def test_callers_in_several_threads_do_not_share_a_lane() -> None:
    interpreter = microinfer.Interpreter(zoo.load("ds_cnn"))
    inputs = [random_inputs(interpreter, count, count)[0][:, 0] for count in (40, 33, 7, 40)]
    expected = [interpreter.run_batch(x, workers=1) for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            found = pool.map(lambda x: interpreter.run_batch(x, workers=2), inputs)
            for got, wanted in zip(found, expected, strict=True):
                np.testing.assert_array_equal(got, wanted)


def test_memory_is_bounded() -> None:
    interpreter = microinfer.Interpreter(zoo.load("ds_cnn"))
    x = random_inputs(interpreter, 3000)[0][:, 0]
    interpreter.run_batch(x[:200], workers=2)
    tracemalloc.start()
    outputs = interpreter.run_batch(x, workers=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < outputs.nbytes + 300_000
