"""The networks that are built on demand: their shapes, their numbers, and that devices agree."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import load, prepare
from microinfer.operators.spec import Step
from microinfer.run.patterns import pattern
from microinfer.zoo.architectures import ARCHITECTURES, ds_cnn, streaming_keyword, wake_word

from conftest import shared_folder
from support.oracle import Interpreter, tflm

PUBLISHED = {
    "ds_cnn": "kws_ref_model",
    "mobilenet_v1": "vww_96_int8",
    "resnet_8": "pretrainedResnet_quant",
    "autoencoder": "ad01_int8",
}
MACS = {
    "ds_cnn": 2_656_768,
    "mobilenet_v1": 7_489_664,
    "resnet_8": 12_501_632,
    "autoencoder": 264_192,
    "streaming_keyword": 9_728,
    "wake_word": 13_760,
}
MODELS = {name: build() for name, build in ARCHITECTURES.items()}


def run(model: bytes, inputs: list[np.ndarray[Any, Any]], **options: Any) -> Interpreter:
    interpreter = Interpreter(model, **options)
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return interpreter


def outputs(interpreter: Interpreter) -> list[np.ndarray[Any, Any]]:
    return [np.array(interpreter.get_tensor(detail["index"])) for detail in interpreter.get_output_details()]


def patterns(model: bytes, number: int) -> list[np.ndarray[Any, Any]]:
    subgraph = load(model).subgraphs[0]
    return [pattern(number, subgraph.tensors[i].shape, "int8") for i in subgraph.inputs]


def shapes(step: Step) -> tuple[str, dict[str, Any]]:
    """A step without what follows from scales: the powers of two of a sum."""
    return step.name, {key: value for key, value in asdict(step.geometry).items() if key != "shifts"}


@pytest.mark.skipif(
    shared_folder() is None, reason="the truth files are not here; MICROINFER_SHARED names them"
)
@pytest.mark.parametrize("name", PUBLISHED)
def test_operators_are_the_published_ones(name: str) -> None:
    """Operators in order, and all that memory depends on: shapes, strides, kinds of weights."""
    folder = shared_folder()
    assert folder is not None
    published = prepare(load(folder / f"models/{PUBLISHED[name]}.tflite"))
    built = prepare(load(MODELS[name]))
    assert [shapes(step) for step in built] == [shapes(step) for step in published]


@pytest.mark.skipif(
    shared_folder() is None, reason="the truth files are not here; MICROINFER_SHARED names them"
)
@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_arena_is_the_published_networks(name: str, library: str) -> None:
    folder = shared_folder()
    assert folder is not None
    published = Interpreter(folder / f"models/{PUBLISHED[name]}.tflite", library=library).plan
    built = Interpreter(MODELS[name], library=library).plan
    assert (built.head_bytes, built.arena_used_bytes) == (published.head_bytes, published.arena_used_bytes)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_multiply_accumulates(name: str) -> None:
    assert sum(step.geometry.macs for step in prepare(load(MODELS[name]))) == MACS[name]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_tflm_agrees(name: str, number: int) -> None:
    model = MODELS[name]
    inputs = patterns(model, number)
    found = outputs(run(model, inputs))
    for ours, theirs in zip(found, tflm(model, inputs, outputs=len(found)), strict=True):
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_activations_use_their_range(name: str) -> None:
    """On noise that calibration has not seen: most of the 256 levels, and few values at the upper end."""
    model = MODELS[name]
    generator = np.random.default_rng(99)
    noise = [generator.integers(-128, 128, value.shape).astype(np.int8) for value in patterns(model, 0)]
    interpreter = run(model, noise, preserve_all_tensors=True)
    for _ in range(16 * interpreter.keeps_state):  # until what is kept is noise, too
        fresh = generator.integers(-128, 128, noise[0].shape).astype(np.int8)
        interpreter.set_tensor(interpreter.subgraph.inputs[0], fresh)
        interpreter.invoke()
    for step in interpreter.first_steps:
        for tensor in step.node.outputs:
            if tensor.dtype != "int8":
                continue
            values = interpreter.get_tensor(tensor.index)
            if step.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "ADD") or values.size >= 128:
                assert int(values.max()) - int(values.min()) >= 96, step.node.operator.place
            if values.size >= 128 and step.name not in ("CONCATENATION", "READ_VARIABLE", "STRIDED_SLICE"):
                assert (values == 127).mean() < 0.02, step.node.operator.place


@pytest.mark.parametrize("name", ["ds_cnn", "mobilenet_v1", "resnet_8"])
def test_logits_depend_on_the_input(name: str) -> None:
    logits = []
    for number in (0, 1):
        interpreter = run(MODELS[name], patterns(MODELS[name], number), preserve_all_tensors=True)
        tensor = interpreter.steps[-1].node.inputs[0]
        assert tensor is not None
        logits.append(np.array(interpreter.get_tensor(tensor.index)))
    assert (logits[0] != logits[1]).any()


def test_seeds() -> None:
    assert ds_cnn() == ds_cnn(seed=0)
    assert ds_cnn(seed=1) != ds_cnn(seed=0)


def test_streaming_remembers() -> None:
    """Frame by frame, with memories handed on, as a device would run; a frame counts for many calls."""
    model = streaming_keyword(seed=3)
    generator = np.random.default_rng(0)
    frames = generator.integers(-128, 128, (48, 1, 1, 1, 40)).astype(np.int8)
    other = frames.copy()
    other[0] = -frames[0].clip(-127)
    answers = []
    for sequence in (frames, other):
        interpreter = Interpreter(model)
        indices = [detail["index"] for detail in interpreter.get_input_details()]
        zero_points = [detail["quantization"][1] for detail in interpreter.get_input_details()]
        memories = [
            np.full(detail["shape"], zero_point, np.int8)
            for detail, zero_point in zip(interpreter.get_input_details()[1:], zero_points[1:], strict=True)
        ]
        seen = []
        for number, frame in enumerate(sequence):
            inputs = [frame, *memories]
            for index, value in zip(indices, inputs, strict=True):
                interpreter.set_tensor(index, value)
            interpreter.invoke()
            answer, *memories = outputs(interpreter)
            if number % 16 == 0:
                for ours, theirs in zip([answer, *memories], tflm(model, inputs, outputs=7), strict=True):
                    assert_array_equal(ours, theirs)
            seen.append(answer)
        answers.append(np.array(seen))
    changed = (answers[0] != answers[1]).any(axis=(1, 2)).nonzero()[0]
    # 1 + (3 - 1) + (5 - 1) + (9 - 1) + (13 - 1) + (17 - 1) + (10 - 1) frames are seen at once.
    assert changed.max() < 52
    assert changed.max() > 20


def test_a_wake_word_remembers() -> None:
    """What the first call heard counts for as long as its rows are kept, and no longer."""
    generator = np.random.default_rng(0)
    calls = generator.integers(-128, 128, (48, 1, 3, 1, 40)).astype(np.int8)
    other = calls.copy()
    other[0] = -calls[0].clip(-127)
    first, second = (
        Interpreter(wake_word()).run_batch(each, keep_state=True).ravel() for each in (calls, other)
    )
    differing = np.flatnonzero(first != second)
    assert differing.size
    assert 8 <= differing.max() <= 1 + 4 + 7 + 12
