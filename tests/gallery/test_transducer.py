"""Digits out of a stream: written down in TFLM's bits, labels find their frames, memory blocks their past."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder

from support import oracle
from support.gallery import FOLDER, on_tflm

HERE = FOLDER / "transducer"
ENCODERS = ("transducer", "transducer_conv1d")


@pytest.fixture(scope="module")
def held() -> dict[str, Any]:
    with np.load(HERE / "transducer.npz") as found:
        return dict(found)


def path_of(name: str) -> Path:
    return HERE / f"{name}.tflite"


@pytest.mark.parametrize("name", ENCODERS)
def test_a_stream_has_tflms_bits(name: str, held: dict[str, Any]) -> None:
    x = held["x"][:100]
    found = oracle.Interpreter(path_of(name)).run_batch(x, keep_state=True).reshape(len(x), -1)
    np.testing.assert_array_equal(found, on_tflm(path_of(name).read_bytes(), x))


def test_the_clip_is_what_was_kept(example: Any, held: dict[str, Any]) -> None:
    """The kept sound is in coarser steps than what was heard, so an answer differs now and then."""
    x = held["x"]
    alone = microinfer.Interpreter(path_of("transducer_conv1d")).run_batch(x, keep_state=True).argmax(1)
    assert np.mean(alone == held["transducer_conv1d"].ravel()[: len(x)]) > 0.95
    writer = example("writer")
    heard = microinfer.Interpreter(path_of("transducer")).run_batch(x, keep_state=True)
    three = writer.Writer(path_of(writer.PREDICTOR), path_of(writer.JOINT))
    labels = [label for _, label in three.writes(heard[:150])[0]]
    assert example("workshop.alignment").edits(held["written"][0][held["written"][0] != 255], labels) <= 1


def test_most_digits_are_heard(example: Any, held: dict[str, Any]) -> None:
    """In int8 as in float, by all three and by an encoder alone; without a predictor again and again."""
    alignment = example("workshop.alignment")
    for name in ENCODERS:
        wrong, many = alignment.edits_of(held["y"], held[name])
        assert many == (held["y"] != alignment.NONE).sum() > 400
        assert wrong / many < 0.3
        assert abs(alignment.edits_of(held["y"], held[f"in_float_{name}"])[0] - wrong) / many < 0.03
    wrong, many = alignment.edits_between(held["y"], held["written"])
    assert wrong / many < 0.25
    assert abs(alignment.edits_between(held["y"], held["in_float_written"])[0] - wrong) / many < 0.03
    assert held["untold"] > 3 * many


@pytest.mark.parametrize("name", [*ENCODERS, "transducer_predictor", "transducer_joint"])
def test_it_runs(name: str) -> None:
    assert microinfer.check(path_of(name), "nucleo-u575zi", config=False).verdict == "yes"


def test_a_digit_is_written_once_and_read(example: Any) -> None:
    """What the loop asks and in which order: again after each label, at most three times a frame."""
    writer = example("writer")
    asked: list[tuple[int, tuple[int, ...]]] = []

    def weighs(heard: int, read: tuple[int, ...]) -> int:
        asked.append((heard, read))
        return 9 if heard == 9 else 0 if heard in read else heard

    found, weighed = writer.written([0, 4, 4, 5, 9], tuple, weighs)
    assert found == [(1, 4), (3, 5), (4, 9), (4, 9), (4, 9)]
    assert [read for heard, read in asked if heard == 4] == [(), (4,), (4,)]
    assert [label for label, *_ in weighed] == [0, 4, 0, 0, 5, 0, 9, 9, 9]


def written_likelihood(logits: Any, labels: list[int]) -> float:
    """The sum over all ways to write the labels: where among the frames each is."""
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    frames, whole = len(logits), 0.0
    for places in combinations_with_replacement(range(frames), len(labels)):
        p, place = 1.0, 0
        for frame in range(frames):
            while place < len(labels) and places[place] == frame:
                p *= shares[frame, place, labels[place]]
                place += 1
            p *= shares[frame, place, 0]
        whole += p
    return whole


def test_a_transducers_loss_is_over_all_ways(example: Any) -> None:
    """As the sum has it; and the gradient is a difference, nought where a row has no more labels."""
    transducing = example("workshop.transducing")
    logits = np.random.default_rng(0).normal(size=(3, 4, 3, 3))
    labels = np.array([[1, 1], [2, 255], [255, 255]], np.uint8)
    value, change = transducing.transduced(logits, labels)
    given = [[1, 1], [2], []]
    wanted = [-np.log(written_likelihood(one, row)) for one, row in zip(logits, given, strict=True)]
    assert value == pytest.approx(np.mean(wanted), rel=1e-9)
    assert not change[1, :, 2].any()
    for place in list(np.ndindex(logits.shape))[::5]:
        sums = []
        for step in (1e-5, -1e-5):
            moved = logits.copy()
            moved[place] += step
            sums.append(transducing.transduced(moved, labels)[0])
        assert change[place] == pytest.approx((sums[0] - sums[1]) / 2e-5, abs=1e-6)


def test_a_transducer_learns_and_is_written(example: Any) -> None:
    """Its gradients are differences; in int8 predictor and joint network say what they said."""
    transducing, layers = example("workshop.transducing"), example("workshop.layers")
    network = example("workshop.network").Network
    encoder = network((6, 1, 5), [layers.Conv(4, (1, 1), relu=False, padding="VALID")], seed=1)
    predictor = [transducing.Embedding(4, 3), layers.Dense(8, relu=False)]
    three = transducing.Transducer(encoder, predictor, transducing.Joint(8, 4), seed=2)
    random = np.random.default_rng(3)
    x = random.uniform(-1, 1, (2, 6, 1, 5)).astype(np.float32)
    labels = np.array([[1, 3, 255], [2, 255, 255]], np.uint8)
    three.learn(x, labels, transducing.transduced)
    for layer in three.layers:
        for values, gradient in zip(layer.parameters, layer.gradients, strict=True):
            for place in list(np.ndindex(values.shape))[::5]:
                before, sums, slope = float(values[place]), [], float(gradient[place])
                for step in (1e-3, -1e-3):
                    values[place] = before + step
                    sums.append(transducing.transduced(three.weighs(x, labels), labels)[0])
                values[place] = before
                assert slope == pytest.approx((sums[0] - sums[1]) / 2e-3, rel=0.05, abs=5e-3)
    wanted = three.weighs(x, labels)
    heard = three.encoder(x)[:, :, 0]
    made = three.write("predictor", "joint")
    first, second = (microinfer.Interpreter(made[name]) for name in ("predictor", "joint"))
    pairs = transducing.contexts(labels).reshape(-1, 2).astype(np.int32)
    read = first.run_batch(pairs)
    for given, ours in zip(pairs, read, strict=True):
        np.testing.assert_array_equal(on_tflm(made["predictor"], [given])[0], ours.ravel())
    ears = second.quantize_input(np.repeat(heard.reshape(12, 1, 8), 4, 1).reshape(48, 8))
    rows = np.repeat(read.reshape(2, 1, 4, 8), 6, 1).reshape(48, 8)
    scores = second.dequantize_output(0, second.run_batch([ears, rows])).reshape(2, 6, 4, 4)
    assert np.abs(scores - wanted).max() < 0.05 * np.abs(wanted).max()


def likelihood(logits: Any, labels: list[int], decoded: Any) -> float:
    """The sum over all ways through the frames that give the labels."""
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    frames, classes = shares.shape
    return sum(
        float(np.prod(shares[np.arange(frames), way]))
        for way in product(range(classes), repeat=frames)
        if decoded(np.array(way)) == labels
    )


def test_labels_find_their_frames(example: Any) -> None:
    """As the sum over all ways has it, the same label twice among them; and the gradient is a difference."""
    alignment = example("workshop.alignment")
    logits = np.random.default_rng(0).normal(size=(3, 5, 1, 3))
    labels = np.array([[1, 1, 255], [2, 1, 255], [255, 255, 255]], np.uint8)
    value, change = alignment.aligned(logits, labels)
    given = [[1, 1], [2, 1], []]
    wanted = [
        -np.log(likelihood(one[:, 0], row, alignment.decoded)) for one, row in zip(logits, given, strict=True)
    ]
    assert value == pytest.approx(np.mean(wanted), rel=1e-9)
    for place in list(np.ndindex(logits.shape))[::4]:
        sums = []
        for step in (1e-5, -1e-5):
            moved = logits.copy()
            moved[place] += step
            sums.append(alignment.aligned(moved, labels)[0])
        assert change[place] == pytest.approx((sums[0] - sums[1]) / 2e-5, abs=1e-6)


def test_errors_are_counted(example: Any) -> None:
    alignment = example("workshop.alignment")
    assert alignment.decoded(np.array([0, 3, 3, 0, 3, 1, 1])) == [3, 3, 1]
    cases = [([1, 2, 3], [1, 3], 1), ([1], [2, 2], 2), ([], [4], 1), ([1, 2], [2, 1], 2), ([5], [5], 0)]
    assert [alignment.edits(said, heard) for said, heard, _ in cases] == [one for *_, one in cases]


def test_a_first_guess_spreads_the_labels_evenly(example: Any) -> None:
    alignment = example("workshop.alignment")
    made = alignment.evenly(np.array([[7, 4, 255]], np.uint8), np.array([[0.2, 0.8]]), 100)
    np.testing.assert_array_equal(np.flatnonzero(made[0] == 7), np.arange(39, 51))
    np.testing.assert_array_equal(np.flatnonzero(made[0] == 4), np.arange(69, 81))


def test_a_memory_block_learns_and_streams(example: Any) -> None:
    """Its gradients are differences, and frame by frame in int8 it gives what it gave over the stretch."""
    memory, streaming = example("workshop.memory"), example("workshop.streaming")
    random = np.random.default_rng(3)
    block = memory.MemoryBlock(6, 4)
    assert block.start((30, 1, 5), random) == (27, 1, 5)
    x = random.uniform(-1, 1, (2, 30, 1, 5)).astype(np.float32)
    change = random.normal(size=(2, 27, 1, 5)).astype(np.float32)
    shown = block.forward(x)
    back = block.backward(change)
    for values, gradient in ((x, back), *zip(block.parameters, block.gradients, strict=True)):
        for place in list(np.ndindex(values.shape))[::17]:
            before, sums = float(values[place]), []
            for step in (1e-3, -1e-3):
                values[place] = before + step
                sums.append(float((block.forward(x).astype(np.float64) * change).sum()))
            values[place] = before
            assert gradient[place] == pytest.approx((sums[0] - sums[1]) / 2e-3, rel=0.05, abs=0.02)
    b = ModelBuilder("memory")
    given = b.input((1, 1, 1, 5), scale=1 / 127, zero_point=0)
    b.output(streaming.write_streaming(b, given, [block], x))
    stored = np.rint(x[0] * 127).astype(np.int8)[:, np.newaxis]
    interpreter = microinfer.Interpreter(b.build())
    found = interpreter.run_batch(stored, keep_state=True).reshape(30, 5)
    np.testing.assert_array_equal(found, on_tflm(b.build(), stored[:, np.newaxis]))
    reals = interpreter.dequantize_output(0, found)[streaming.looks_back([block]) - 1 :]
    assert np.abs(reals - shown[0, :, 0]).max() < 0.05 * np.abs(shown).max()
