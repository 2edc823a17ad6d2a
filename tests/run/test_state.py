"""Models that keep variables from run to run, and that branch and loop: bits and arena as TFLM's."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from microinfer import InputError, ModelBuilder, UnsupportedError
from microinfer.checks.assertions import Mcu
from microinfer.errors import TurnLimitError
from microinfer.libraries.target import HOST_TARGET
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.operators.example import Draw, draw_branch, draw_loop, draw_variable
from microinfer.operators.prepare import prepare
from microinfer.run.sequences import run_given
from microinfer.validation import ValidationSettings, Validator

from support.arena_trials import works
from support.golden_plan import drawn_values
from support.oracle import ARENA_BYTES, Interpreter
from support.streams import random_stream

RESET = 3
DRAWN = (draw_variable, draw_branch, draw_loop)


def drawn(draw: Callable[[Draw], Any], seed: int) -> bytes:
    b = ModelBuilder(draw.__name__)
    b.output(draw(Draw(b, np.random.default_rng(seed))))
    return b.build()


def sequence(interpreter: Interpreter, count: int, seed: int) -> list[list[NDArray[Any]]]:
    generator = np.random.default_rng(seed)
    details = interpreter.get_input_details()
    return [
        [drawn_values(generator, tuple(d["shape"]), np.dtype(d["dtype"])) for d in details]
        for _ in range(count)
    ]


def expect_same(data: bytes, seed: int = 0, count: int = 6) -> Interpreter:
    """Run after run, with a reset on the way."""
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    own = Interpreter(data, library="tflm-reference")
    other = runtime.Interpreter.from_bytes(data, arena_size=ARENA_BYTES)
    for number, inputs in enumerate(sequence(own, count, seed)):
        if number == RESET:
            own.reset()
            other.reset()
        for position, (detail, value) in enumerate(zip(own.get_input_details(), inputs, strict=True)):
            own.set_tensor(detail["index"], value)
            other.set_input(value, position)
        own.invoke(record=number % 2 == 1)
        other.invoke()
        for position, detail in enumerate(own.get_output_details()):
            np.testing.assert_array_equal(own.get_tensor(detail["index"]), other.get_output(position))
    return own


def expect_exact_arena(models: Sequence[bytes]) -> None:
    said = []
    for data in models:
        model = load(data)
        recording = plan_memory(model, prepare(model), "tflm-reference", HOST_TARGET).recording
        assert recording is not None
        said.append(recording.min_arena_bytes)
    assert all(works([(data, size) for data, size in zip(models, said, strict=True)]))
    assert not any(works([(data, size - 1) for data, size in zip(models, said, strict=True)]))


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("seed", range(4))
def test_drawn_models_run_as_in_tflm(draw: Callable[[Draw], Any], seed: int) -> None:
    expect_same(drawn(draw, seed), seed)


@pytest.mark.parametrize("draw", DRAWN)
def test_the_arena_of_drawn_models_is_exact(draw: Callable[[Draw], Any]) -> None:
    expect_exact_arena([drawn(draw, seed) for seed in range(4)])


def test_converted_models(shared: Path) -> None:
    found, refused = [], set()
    for path in sorted((shared / "models/converted").glob("tf_*.tflite")):
        data = path.read_bytes()
        try:
            expect_same(data)
        except UnsupportedError:
            refused.add(path.name)
            continue
        found.append(data)
    assert refused <= {"tf_stream_ring.int16x8.tflite"}
    expect_exact_arena(found)


def test_how_often_a_loop_turns_is_known_beforehand(shared: Path) -> None:
    own = expect_same((shared / "models/converted/tf_while.int8.tflite").read_bytes())
    assert own.recorded_times is not None
    for times, ran in zip(own.deployment.times, own.recorded_times, strict=True):
        assert times.low == times.typical == times.high == ran


def test_a_reset_is_not_a_restart() -> None:
    """What runs once does not run again after a reset, so that the variable begins with its zero points."""
    data = drawn(draw_variable, 0)
    own = Interpreter(data)
    index, output = own.subgraph.inputs[0], own.subgraph.outputs[0]
    x = np.zeros(own.subgraph.tensors[index].shape, np.int8)

    def run() -> NDArray[Any]:
        own.set_tensor(index, x)
        own.invoke()
        return own.get_tensor(output)

    first, second = run(), run()
    own.reset()
    after_reset = run()
    own.restart()
    after_restart = run()
    np.testing.assert_array_equal(after_restart, first)
    assert (after_reset != first).any()
    assert (second != first).any()


def test_a_copy_goes_on_where_the_other_is() -> None:
    data = drawn(draw_variable, 1)
    own = Interpreter(data)
    index, output = own.subgraph.inputs[0], own.subgraph.outputs[0]
    values = sequence(own, 3, 1)
    for (value,) in values[:2]:
        own.set_tensor(index, value)
        own.invoke()
    copy = pickle.loads(pickle.dumps(own))
    for one in (own, copy):
        one.set_tensor(index, values[2][0])
        one.invoke()
    np.testing.assert_array_equal(copy.get_tensor(output), own.get_tensor(output))


def endless() -> bytes:
    b = ModelBuilder()
    x = b.input((1,), scale=0.1, zero_point=0)
    condition, body = b.subgraph("condition"), b.subgraph("body")
    value = condition.input((1,), scale=0.1, zero_point=0)
    condition.output(condition.compare("EQUAL", value, value))
    body.output(body.relu(body.input((1,), scale=0.1, zero_point=0)))
    b.output(*b.while_loop(condition, body, [x]))
    return b.build()


def test_a_loop_without_an_end_is_ended() -> None:
    own = Interpreter(endless(), max_turns=1000)
    for again in (own, pickle.loads(pickle.dumps(own))):
        again.set_tensor(again.subgraph.inputs[0], np.zeros(1, np.int8))
        with pytest.raises(TurnLimitError, match=r"turned 1,000 times .* limit: .*--max-turns") as found:
            again.invoke()
        assert found.value.place == "subgraphs[0].operators[0]"
    with pytest.raises(TurnLimitError, match=r"sample 0: .*turned 1,000 times"):
        own.run_batch(np.zeros((2, 1), np.int8))
    for wrong in (0, -1, True, "9"):
        with pytest.raises(InputError, match="max_turns is"):
            Interpreter(endless(), max_turns=wrong)


@pytest.mark.parametrize(("limit", "ends"), [(6, False), (7, True)])
def test_the_limit_is_of_all_loops_together_and_of_one_inference(limit: int, ends: bool) -> None:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    for turns in (3, 4):
        x = counted_loop(b, x, turns)
    b.output(x)
    own = Interpreter(b.build(), max_turns=limit)
    for _ in range(2):
        own.set_tensor(own.subgraph.inputs[0], np.zeros((1, 4), np.int8))
        with nullcontext() if ends else pytest.raises(TurnLimitError, match="turned 6 times"):
            own.invoke()


def counted_loop(b: ModelBuilder, x: Any, turns: int) -> Any:
    condition, body = b.subgraph("condition"), b.subgraph("body")
    count, value = condition.input((), "int32"), condition.input((1, 4), scale=0.1, zero_point=0)
    condition.output(condition.compare("LESS", count, condition.constant(np.array(turns, np.int32))))
    count, value = body.input((), "int32"), body.input((1, 4), scale=0.1, zero_point=0)
    body.output(body.add(count, body.constant(np.array(1, np.int32))), body.relu(value))
    return b.while_loop(condition, body, [b.constant(np.array(0, np.int32)), x])[1]


@given(seed=st.integers(0, 1 << 30))
@settings(max_examples=300)
def test_streams_run_as_in_tflm(seed: int) -> None:
    expect_same(random_stream(seed), seed)


def test_the_arena_of_streams_is_exact() -> None:
    expect_exact_arena([random_stream(seed) for seed in range(40)])


def test_a_sequence_is_run_as_the_device_runs_it() -> None:
    data = random_stream(3)
    own = Interpreter(data)
    (detail,) = own.get_input_details()
    values = np.random.default_rng(0).integers(-128, 128, (7, *detail["shape"])).astype(np.int8)
    found = run_given(Interpreter(data), values)
    assert found.runs == 7
    assert found.source.endswith("7 runs one after the other")
    wanted = []
    for value in values:
        own.set_tensor(detail["index"], value)
        own.invoke()
        wanted.append(own.get_tensor(own.subgraph.outputs[0]))
    np.testing.assert_array_equal(found.outputs[0], np.stack(wanted))
    batched = own.run_batch(values, keep_state=True)
    first = batched if isinstance(batched, np.ndarray) else batched[0]
    np.testing.assert_array_equal(first.reshape(found.outputs[0].shape), found.outputs[0])
    assert Mcu("cortex-m4", release="2026-10").bit_exact(data, values, list(found.outputs))
    real = values.astype(np.float64)
    real[1] = np.nan
    with pytest.raises(InputError, match=r"--input, sample 1: input .* not finite"):
        run_given(Interpreter(data), real)


def test_what_is_kept_goes_on_from_block_to_block() -> None:
    own = Interpreter(drawn(draw_variable, 5))
    (detail,) = own.get_input_details()
    values = np.random.default_rng(2).integers(-3, 4, (150, *detail["shape"][1:])).astype(np.int8)
    whole = own.run_batch(values, keep_state=True)
    parts = [own.run_batch(values[:60], keep_state=True)]
    own.run_batch(values[:9])
    parts.append(own.run_batch(values[60:], keep_state=True, go_on=True))
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    validator = Validator(own, (values, None), ValidationSettings(keep_state=True, layer_samples=0))
    for _ in validator.run():
        pass
    kept = validator.session.kept.arrays()["outputs"]
    np.testing.assert_array_equal(kept.reshape(whole.shape), whole)


def test_a_sample_may_be_a_sequence() -> None:
    """Validated sample by sample from the start on, each answered by its last step."""
    own = Interpreter(drawn(draw_variable, 5))
    (detail,) = own.get_input_details()
    values = np.random.default_rng(2).integers(-3, 4, (40, 5, *detail["shape"][1:])).astype(np.int8)
    validator = Validator(own, (values, None), ValidationSettings(layer_samples=2))
    for _ in validator.run():
        pass
    for _ in validator.look_at_layers():
        pass
    kept = validator.session.kept.arrays()["outputs"]
    wanted = np.stack([own.run_batch(sequence, keep_state=True)[-1] for sequence in values])
    np.testing.assert_array_equal(kept.reshape(wanted.shape), wanted)
    assert any("the 5 steps of a sample" in warning for warning in validator.result().warnings)


def test_a_subgraph_that_nothing_calls_takes_memory_all_the_same() -> None:
    """As that of a second signature: TFLM prepares and plans it, and never runs it."""
    b = ModelBuilder("two")
    x = b.input((1, 6), scale=0.1, zero_point=3)
    other = b.subgraph("other")
    value = other.input((1, 40), scale=0.2, zero_point=-7)
    other.output(other.logistic(other.add(value, other.relu(value), scale=0.3)))
    state = other.tensor((1, 9), "int8", 0.1, 5, is_variable=True)
    other.output(other.relu(state))
    b.output(b.relu(x))
    data = b.build()
    own = expect_same(data)
    expect_exact_arena([data])
    assert own.recorded_times == (1, 0, 0, 0, 0)
    assert [times.high for times in own.deployment.times] == [1, 0, 0, 0, 0]
