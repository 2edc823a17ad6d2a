"""Sound, by design and not by training: a filter of int16 samples, and a wake word's front end.

Every number follows from the filters' own formulas: windowed sinc, mel scale, the curve of the gain control.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..builder import Handle, ModelBuilder

__all__ = ["SOUNDS", "audio_features", "decimator_int16"]

RATE = 16_000
"""Samples a second."""
HOP, FRAME, LENGTH = 320, 480, 512
CHANNELS, LOW_HZ, HIGH_HZ = 40, 125.0, 7500.0
WEIGHT_ONE = 1 << 12
TAPS = 48


def decimator_int16(seed: int = 0) -> bytes:
    """A filter of int16 samples with int8 weights (int16x8): a quarter of the rate, without what would fold.

    Two convolutions over time, a windowed sinc each, that leave out every other sample. Input int16
    [1, 1, 512, 1], output int16 [1, 1, 128, 1], of one scale. Nothing is random, whatever `seed` is.
    """
    builder = ModelBuilder("decimator_int16")
    x = builder.input((1, 1, 512, 1), "int16", scale=2.0**-15, zero_point=0, name="samples")
    taps = _low_pass()
    scale = float(np.abs(taps).max()) / 127
    weights = np.rint(taps / scale).astype(np.int8).reshape(1, 1, TAPS, 1)
    for place in range(2):
        x = builder.conv_2d(
            x,
            weights,
            np.zeros(1, np.int64),
            strides=(1, 2),
            weight_scale=scale,
            scale=2.0**-15,
            zero_point=0,
            name=f"half_{place}",
        )
    builder.output(x)
    return builder.build()


def _low_pass() -> NDArray[np.float64]:
    """A sinc that ends at a fifth of the rate, under a Hamming window, with a sum of 1."""
    places = np.arange(TAPS) - (TAPS - 1) / 2
    taps: NDArray[np.float64] = np.sinc(0.4 * places) * np.hamming(TAPS)
    taps /= taps.sum()
    return taps


def audio_features(seed: int = 0) -> bytes:
    """A wake word's front end in TFLM's signal library: 20 ms of sound a call to 40 features.

    Frames of 30 ms, window, FFT, energies, mel filter bank, roots, noise taken away, automatic gain,
    logarithms. It remembers samples and noise. Input int16 [320] at 16 kHz, output int16 [40]. Nothing is
    random, whatever `seed` is.
    """
    b = ModelBuilder("audio_features")
    samples = b.input((HOP,), "int16", name="samples")
    b.output(b.signal_filter_bank_log(even_channels(b, samples)))
    return b.build()


def even_channels(b: ModelBuilder, samples: Handle) -> Handle:
    """What the front end makes of 320 int16 samples before its logarithms: uint32 [40]."""
    frames, _ = b.signal_framer(samples, FRAME, HOP, prefill=True)
    window = np.rint(WEIGHT_ONE * np.hanning(FRAME + 2)[1:-1]).astype(np.int16)
    framed = b.reshape(b.signal_window(frames, window, shift=12), (FRAME,))
    scaled, bits = b.signal_fft_auto_scale(framed)
    energy = b.signal_energy(b.signal_rfft(scaled, LENGTH))
    magnitudes = b.signal_filter_bank_square_root(b.signal_filter_bank(energy, *mel_bank()), bits)
    clean, noise = b.signal_filter_bank_spectral_subtraction(
        magnitudes, smoothing=409, alternate_smoothing=983, min_signal_remaining=819
    )
    return b.signal_pcan(clean, noise, gains(), snr_shift=6)


def mel_bank() -> tuple[NDArray[np.int16], ...]:
    """Triangles over the mel scale: a bin's weight in its channel, in the next one, and where channels start.

    A channel without a bin takes the first weight, which is 0.
    """

    def mel(hertz: Any) -> Any:
        return 1127 * np.log1p(np.asarray(hertz) / 700)

    centres = np.linspace(mel(LOW_HZ), mel(HIGH_HZ), CHANNELS + 2)
    bins = mel(np.arange(LENGTH // 2 + 1) * RATE / LENGTH)
    weights, rests, frequencies, starts, widths = [0], [0], [], [], []
    for low, high in pairwise(centres):
        inside = np.flatnonzero((bins > low) & (bins <= high))
        part = WEIGHT_ONE * (bins[inside] - low) / (high - low)
        frequencies.append(int(inside[0]) if len(inside) else 0)
        starts.append(len(weights) if len(inside) else 0)
        widths.append(max(1, len(inside)))
        rests += np.floor(part).astype(int).tolist()
        weights += (WEIGHT_ONE - np.floor(part)).astype(int).tolist()
    return tuple(np.array(table, np.int16) for table in (weights, rests, frequencies, starts, widths))


def gains(strength: float = 0.95, offset: float = 80.0, fraction_bits: int = 21) -> NDArray[np.int16]:
    """One over a power of the noise, by a parabola from each power of two to the next."""

    def gain(noise: float) -> int:
        found = (1 << fraction_bits) * (noise / (1 << 10) + offset) ** -strength
        return min(int(found + 0.5), 32767)

    table = np.zeros(125, np.int16)
    table[:2] = gain(0), gain(1)
    for interval in range(2, 33):
        low = 1 << (interval - 1)
        first = gain(low)
        middle, last = gain(low + low / 2) - first, gain(2 * low) - first
        table[4 * interval - 6 :][:3] = first, 4 * middle - last, 2 * last - 4 * middle
    return table


SOUNDS: dict[str, Callable[..., bytes]] = {
    "audio_features": audio_features,
    "decimator_int16": decimator_int16,
}
"""Name to the function that builds it: `build(seed=0) -> bytes`."""
