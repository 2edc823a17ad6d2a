"""Sound in the zoo: what filters and features do with tones, and samples to a label, as in TFLM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder, zoo
from microinfer.zoo.sound import CHANNELS, HOP, RATE, SOUNDS, audio_features, decimator_int16, mel_bank

from support.oracle import ARENA_BYTES, Interpreter


class Pair:
    """microinfer and TFLM beside each other, both with what they remember."""

    def __init__(self, model: bytes) -> None:
        from tflite_micro.python.tflite_micro import runtime

        self.ours, self.theirs = (
            Interpreter(model),
            runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES),
        )

    def __call__(self, x: Any) -> list[Any]:
        self.ours.set_tensor(self.ours.get_input_details()[0]["index"], x)
        self.theirs.set_input(x, 0)
        self.ours.invoke()
        self.theirs.invoke()
        found = [self.ours.get_tensor(detail["index"]) for detail in self.ours.get_output_details()]
        for place, output in enumerate(found):
            np.testing.assert_array_equal(output, self.theirs.get_output(place), strict=True)
        return found


def tone(hertz: float, start: int, count: int, loud: float = 8000.0) -> Any:
    noise = np.random.default_rng(start).normal(size=count) * 30
    time = (start + np.arange(count)) / RATE
    return np.rint(loud * np.sin(2 * np.pi * hertz * time) + noise).astype(np.int16)


@pytest.mark.parametrize("name", SOUNDS)
def test_they_are_listed_as_designed(name: str) -> None:
    assert name in zoo.names()
    found = zoo.describe(name)
    assert (found.trained, found.designed, found.weights) == (False, True, "designed")
    assert zoo.load(name) == SOUNDS[name](seed=5)
    assert len(zoo.load(name)) < 8000


def test_the_decimator_keeps_low_tones_and_leaves_out_high_ones() -> None:
    run = Pair(decimator_int16())

    def loudest(hertz: float) -> int:
        (y,) = run(tone(hertz, 0, 512, 20_000.0).reshape(1, 1, 512, 1))
        return int(np.abs(y.ravel()[30:90].astype(int)).max())

    assert loudest(300) > 19_000
    assert loudest(1200) > 18_000
    assert max(map(loudest, (3000, 4500, 6000, 7500))) < 300


def test_every_bin_is_shared_between_two_channels() -> None:
    weights, rests, frequencies, starts, widths = (table.astype(int) for table in mel_bank())
    assert set((weights + rests)[1:].tolist()) == {1 << 12}
    used = [
        first + i
        for first, count, at in zip(frequencies, widths, starts, strict=True)
        if at
        for i in range(count)
    ]
    assert used == list(range(used[0], used[-1] + 1))


def test_features_follow_a_tone_and_forget_what_lasts() -> None:
    run = Pair(audio_features())
    heard = [run(tone(440 if call < 25 else 3000, HOP * call, HOP))[0] for call in range(40)]
    assert {features.shape for features in heard} == {(CHANNELS,)}
    assert {int(features.argmax()) for features in heard[1:25]} == {4}
    assert {int(features.argmax()) for features in heard[26:]} == {26}
    assert heard[24][4] < heard[0][4], "noise is what lasts"
    run.ours.reset()
    run.theirs.reset()
    np.testing.assert_array_equal(run(tone(440, 0, HOP))[0], heard[0])


def samples_to_label() -> bytes:
    """Features of four frames, stacked, as int8 into a dense layer, and a softmax over three labels."""
    b = ModelBuilder("samples_to_label")
    random = np.random.default_rng(3)
    samples = b.input((HOP,), "int16", name="samples")
    frames, _ = b.signal_framer(samples, 480, HOP, prefill=True)
    window = np.rint(4096 * np.hanning(482)[1:-1]).astype(np.int16)
    scaled, bits = b.signal_fft_auto_scale(b.reshape(b.signal_window(frames, window, shift=12), (480,)))
    energy = b.signal_energy(b.signal_rfft(scaled, 512))
    roots = b.signal_filter_bank_square_root(b.signal_filter_bank(energy, *mel_bank()), bits)
    clean, _ = b.signal_filter_bank_spectral_subtraction(roots, smoothing=409, min_signal_remaining=819)
    stack, _ = b.signal_stacker(b.signal_filter_bank_log(clean), left=3, right=0)
    real = b.cast(b.reshape(stack, (1, 4 * CHANNELS)), "float32")
    small = b.quantize(real, scale=80.0, zero_point=-128)
    weights = random.integers(-40, 41, (3, 4 * CHANNELS), np.int8)
    scores = b.fully_connected(small, weights, weight_scale=0.001, scale=4.0, zero_point=0)
    b.output(b.softmax(scores))
    return b.build()


def test_samples_to_label_run_as_one() -> None:
    run = Pair(samples_to_label())
    labels = {int(run(tone(200.0 * (call // 3 + 1), HOP * call, HOP))[0].argmax()) for call in range(60)}
    assert len(labels) > 1
