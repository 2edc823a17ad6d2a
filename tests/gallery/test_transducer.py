"""Digits out of a stream: labels find their frames, memory blocks their past; the bits are TFLM's."""

from __future__ import annotations

from itertools import product
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


@pytest.mark.parametrize("name", ENCODERS)
def test_a_stream_has_tflms_bits_and_is_what_was_kept(name: str, held: dict[str, Any]) -> None:
    """The kept sound is in coarser steps than what was heard, so the likeliest label differs now and then."""
    path, x = HERE / f"{name}.tflite", held["x"]
    found = oracle.Interpreter(path).run_batch(x, keep_state=True).reshape(len(x), -1)
    np.testing.assert_array_equal(found[:100], on_tflm(path.read_bytes(), x[:100]))
    assert np.mean(found.argmax(1) == held[name].ravel()[: len(x)]) > 0.95


@pytest.mark.parametrize("name", ENCODERS)
def test_most_digits_are_heard(name: str, example: Any, held: dict[str, Any]) -> None:
    alignment = example("workshop.alignment")
    wrong, many = alignment.edits_of(held["y"], held[name])
    assert many == (held["y"] != alignment.NONE).sum() > 400
    assert wrong / many < 0.3
    assert abs(alignment.edits_of(held["y"], held[f"in_float_{name}"])[0] - wrong) / many < 0.03
    assert microinfer.check(HERE / f"{name}.tflite", "nucleo-u575zi", config=False).verdict == "yes"


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
