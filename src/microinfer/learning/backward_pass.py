"""A gradient through frozen int8 operators, in whole numbers: the bits of `kernels/backward_pass.c`.

A gradient is int16 times one scale; behind an operator it is a sum of 32 bits, of which as many are kept
again as the next operator's sums allow. So no order of sums matters, and a core without floats is quick.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..operators.spec import Array
from .passages import Passage

__all__ = ["LEAST", "MOST", "channel_sums", "entered", "kept_of", "masked", "narrowed", "sums_back"]

Gradient: TypeAlias = NDArray[np.int16]
Sums: TypeAlias = NDArray[np.int32]
LEAST, MOST = np.float32(2.0**-40), np.float32(2.0**40)
"""Of the largest gradient of a feature: what is smaller teaches nothing, what is larger is no use."""


def kept_of(one: Passage, source: Array, target: Array) -> NDArray[np.uint8]:
    """What is kept of the pass forward: a bit an output, or of the largest element of a window its tap."""
    if one.above is not None:
        passes = (target.reshape(-1) > one.above) & (target.reshape(-1) < one.below)
        return np.packbits(passes, bitorder="little")
    if one.kind != "maximum":
        return np.zeros(0, np.uint8)
    g = one.window
    x = source.reshape(g.input_h, g.input_w, g.input_c)
    y = target.reshape(g.output_h, g.output_w, g.output_c)
    taps = np.zeros(y.shape, np.uint8)
    found = np.zeros(y.shape, bool)
    for tap, outputs, inputs in g.reached():
        new = (x[inputs] == y[outputs]) & ~found[outputs]
        taps[outputs][new] = tap
        found[outputs] |= new
    return taps.reshape(-1)


def entered(gradient: NDArray[np.float32], bits: int) -> tuple[Gradient, np.float32] | None:
    """Of the features, as real numbers, and its scale; None where there is nothing to learn."""
    largest = np.abs(gradient).max()
    if not LEAST <= largest <= MOST:
        return None
    factor, low = np.float32(1), np.float32(1 << (bits - 1))
    while largest < low:
        largest, factor = largest * np.float32(2), factor * np.float32(2)
    while largest >= low + low:
        largest, factor = largest * np.float32(0.5), factor * np.float32(0.5)
    return (gradient * factor).astype(np.int16), np.float32(1) / factor


def masked(one: Passage, gradient: Gradient, kept: NDArray[np.uint8]) -> Gradient:
    """Nought where the activation clamped."""
    if one.above is None:
        return gradient
    passes = np.unpackbits(kept, count=gradient.size, bitorder="little")
    return gradient * passes.astype(np.int16)


def channel_sums(one: Passage, gradient: Gradient) -> Sums:
    """Over all pixels: of the biases."""
    found: Sums = gradient.reshape(-1, one.window.output_c).sum(0, dtype=np.int32)
    return found


def sums_back(one: Passage, gradient: Gradient, kept: NDArray[np.uint8]) -> tuple[Sums, np.float32]:
    """Of the operator's input, and what its scale is multiplied with."""
    g = one.window
    sums = np.zeros((g.input_h, g.input_w, g.input_c), np.int64)
    given = gradient.reshape(g.output_h, g.output_w, g.output_c).astype(np.int64)
    if one.weights is not None:
        assert one.ratios is not None
        given = (given * one.ratios.astype(np.int64) + (1 << 14)) >> 15
        for tap, outputs, inputs in g.reached():
            sums[inputs] += _through(given[outputs], one.weights[:, tap], g.groups)
        return sums.astype(np.int32), one.scale
    shares = g.shares()[:, :, np.newaxis]
    for tap, outputs, inputs in g.reached():
        if one.kind == "average":
            sums[inputs] += given[outputs] * shares[outputs]
        else:
            chosen = kept.reshape(given.shape)[outputs] == tap
            sums[inputs] += np.where(chosen, given[outputs], 0)
    return sums.astype(np.int32), np.float32(2.0**-15 if one.kind == "average" else 1)


def _through(given: NDArray[np.int64], weights: NDArray[np.int8], groups: int) -> NDArray[np.int64]:
    """A tap of all channels; exact, for no sum has more than 53 bits."""
    if groups == 1:
        made = given.astype(np.float64) @ weights.astype(np.float64)
        return made.astype(np.int64)
    every = given * weights[:, 0]
    found: NDArray[np.int64] = every.reshape(*given.shape[:2], groups, -1).sum(3)
    return found


def narrowed(sums: Sums, bits: int) -> tuple[Gradient, np.float32] | None:
    """To `bits` besides the sign, halves upwards, and what the scale is multiplied with; None of noughts."""
    largest = int(np.abs(sums.astype(np.int64)).max())
    if not largest:
        return None
    shift = max(0, largest.bit_length() - bits)
    half = (1 << shift) >> 1
    made = (sums.astype(np.int64) + half) >> shift
    return made.astype(np.int16).reshape(-1), np.float32(2.0**shift)
