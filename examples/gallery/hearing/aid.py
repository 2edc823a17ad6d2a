"""From 8 ms of sound to 8 ms of sound with less noise in it, by operators of the model itself.

A frame of 16 ms under the root of a Hann window, its spectrum, a gain for each bin, and back; frames overlap
by half. The spectrum that is heard is in 32 bits: in 16, TFLM's transform and its inverse lose eight of them.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from microinfer import ModelBuilder
from microinfer.builder import Handle
from microinfer.model.flexbuffers import write_map
from microinfer.model.write import TYPE_CODES

__all__ = ["BANDS", "FRAME", "HOP", "LOG", "RATE", "WINDOW", "between", "features", "framed", "heard"]

RATE, HOP, FRAME, BANDS = 16_000, 128, 256, 24
LOG = 1600
"""Steps of a natural logarithm."""
ONE, GAIN, WIDER = 1 << 12, 1 << 8, 1 << 8
"""What stands for 1 in windows, for a gain of 1, and what samples are multiplied by before the transform.

The product of a bin and its gain is below 2 to the 31st, whatever the sound.
"""
WINDOW: NDArray[np.float64] = np.sqrt(np.hanning(FRAME + 1)[:-1])
TABLE = np.rint(ONE * WINDOW).astype(np.int16)


def edges() -> NDArray[np.float64]:
    """Where bands begin, have their middles and end, in bins: evenly over the mel scale."""
    mel = np.linspace(0, 1127 * np.log1p(RATE / 2 / 700), BANDS + 2)
    hertz: NDArray[np.float64] = 700 * np.expm1(mel / 1127)
    return hertz * FRAME / RATE


def between() -> NDArray[np.float32]:
    """A bin's gain out of its two nearest bands', [bands, bins]."""
    middles, bins = edges()[1:-1], np.arange(FRAME // 2 + 1)
    return np.stack([np.interp(bins, middles, one) for one in np.eye(BANDS)]).astype(np.float32)


def framed(b: ModelBuilder, samples: Handle) -> Handle:
    """The newest 256 of all samples so far under the window, [1, 256]."""
    frames, _ = b.signal_framer(samples, FRAME, HOP, prefill=True)
    return b.signal_window(frames, TABLE, shift=12)


def features(b: ModelBuilder, frames: Handle) -> Handle:
    """The logarithm of each band's magnitude, int16 [1, 24]."""
    scaled, bits = b.signal_fft_auto_scale(b.reshape(frames, (FRAME,)))
    energy = b.signal_energy(b.signal_rfft(scaled, FRAME))
    magnitudes = b.signal_filter_bank_square_root(b.signal_filter_bank(energy, *bank()), bits)
    return b.reshape(b.signal_filter_bank_log(magnitudes, output_scale=LOG, scale=1 / LOG), (1, BANDS))


def bank() -> tuple[NDArray[np.int16], ...]:
    """Triangles: a bin's weight in its band, what is left for the next, and where each band's bins are."""
    weights, rests, firsts, starts, widths = [0], [0], [], [], []
    for low, high in pairwise(edges()):
        inside = np.arange(np.floor(low) + 1, np.floor(high) + 1)
        inside = inside[inside <= FRAME // 2]
        share = np.floor(ONE * (inside - low) / (high - low)).astype(int)
        firsts.append(int(inside[0]) if len(inside) else 0)
        starts.append(len(weights) if len(inside) else 0)
        widths.append(max(1, len(inside)))
        rests += share.tolist()
        weights += (ONE - share).tolist()
    return tuple(np.array(table, np.int16) for table in (weights, rests, firsts, starts, widths))


def heard(b: ModelBuilder, frames: Handle, gains: Handle) -> Handle:
    """What is left of the frames: 128 samples, 8 ms late; `gains`: in 256ths, int16, for each bin twice."""
    wide = b.mul(b.cast(frames, "int32"), b.constant(np.array([WIDER], np.int32)))
    less = b.mul(b.signal_rfft(wide, FRAME), b.cast(gains, "int32"))
    back = b.tensor((1, FRAME), "int32", 1 / WIDER, 0, name="SignalIrfft")
    options = write_map({"T": TYPE_CODES["int32"], "fft_length": FRAME})
    b.operator("CUSTOM", [less], [back], custom_code="SignalIrfft", custom_options=options)
    narrow = b.quantize(back, "int16", scale=1.0, zero_point=0)
    return b.signal_overlap_add(b.signal_window(narrow, TABLE, shift=12), HOP)
