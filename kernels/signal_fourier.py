"""Fourier transforms of real samples, in fixed point, with the bits of KISS FFT 130.

A transform of 2n real numbers is one of n complex ones, and a step that takes its even and odd halves apart.
The n are sorted by the digits of their positions, in the factors of n, and put together factor by factor;
before each sum the fixed point divides, and rounds, so that nothing can grow too large. A stage is
(factor, how far its inputs lie apart, step of the twiddle factors).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline_whole
from ._jit import Kernel, kernel

__all__ = [
    "forward_int16",
    "forward_int32",
    "inverse_int16",
    "inverse_int32",
]


@inline_whole
def wrap(x: Any, bits: Any) -> Any:
    """The low bits of an int64 as a signed number: one instruction where their number is known."""
    return np.int64(x) << np.int64(64 - bits) >> np.int64(64 - bits)


@inline_whole
def product(a: Any, b: Any, bits: Any) -> Any:
    """a x b of fractions, rounded, halves upwards."""
    return wrap((a * b + (np.int64(1) << (bits - 2))) >> (bits - 1), bits)


@inline_whole
def shrunk(x: Any, at: Any, part: Any, bits: Any) -> Any:
    return product(np.int64(x[at, 0]), part, bits), product(np.int64(x[at, 1]), part, bits)


@inline_whole
def turned(a: Any, b: Any, factors: Any, step: Any, bits: Any) -> Any:
    """a + bi times a twiddle factor."""
    half = np.int64(1) << (bits - 2)
    c, d = factors[step, 0], factors[step, 1]
    return wrap((a * c - b * d + half) >> (bits - 1), bits), wrap((a * d + b * c + half) >> (bits - 1), bits)


@inline_whole
def spun(x: Any, at: Any, part: Any, factors: Any, step: Any, bits: Any) -> Any:
    """x[at], divided, times a twiddle factor."""
    a, b = shrunk(x, at, part, bits)
    return turned(a, b, factors, step, bits)


@inline_whole
def four(
    x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any, sign: Any, part: Any, bits: Any
) -> None:  # fmt: skip
    """Four values m apart, from `at` on, become their transform; u is the first one's place in its group."""
    ar, ai = shrunk(x, at, part, bits)
    br, bi = spun(x, at + m, part, factors, u * step, bits)
    cr, ci = spun(x, at + m + m, part, factors, (u + u) * step, bits)
    dr, di = spun(x, at + m + m + m, part, factors, (u + u + u) * step, bits)
    er, ei = wrap(ar - cr, bits), wrap(ai - ci, bits)
    ar, ai = wrap(ar + cr, bits), wrap(ai + ci, bits)
    cr, ci = wrap(br + dr, bits), wrap(bi + di, bits)
    br, bi = sign * wrap(br - dr, bits), sign * wrap(bi - di, bits)
    x[at, 0], x[at, 1] = wrap(ar + cr, bits), wrap(ai + ci, bits)
    x[at + m + m, 0], x[at + m + m, 1] = wrap(ar - cr, bits), wrap(ai - ci, bits)
    x[at + m, 0], x[at + m, 1] = wrap(er + bi, bits), wrap(ei - br, bits)
    x[at + m + m + m, 0], x[at + m + m + m, 1] = wrap(er - bi, bits), wrap(ei + br, bits)


@inline_whole
def two(x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any, part: Any, bits: Any) -> None:
    ar, ai = shrunk(x, at, part, bits)
    br, bi = spun(x, at + m, part, factors, u * step, bits)
    x[at + m, 0], x[at + m, 1] = wrap(ar - br, bits), wrap(ai - bi, bits)
    x[at, 0], x[at, 1] = wrap(ar + br, bits), wrap(ai + bi, bits)


@inline_whole
def three(x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any, part: Any, bits: Any) -> None:
    ar, ai = shrunk(x, at, part, bits)
    br, bi = spun(x, at + m, part, factors, u * step, bits)
    cr, ci = spun(x, at + m + m, part, factors, (u + u) * step, bits)
    turn = factors[step * m, 1]
    sr, si = wrap(br + cr, bits), wrap(bi + ci, bits)
    dr, di = product(wrap(br - cr, bits), turn, bits), product(wrap(bi - ci, bits), turn, bits)
    hr, hi = wrap(ar - (sr >> 1), bits), wrap(ai - (si >> 1), bits)
    x[at, 0], x[at, 1] = wrap(ar + sr, bits), wrap(ai + si, bits)
    x[at + m, 0], x[at + m, 1] = wrap(hr - di, bits), wrap(hi + dr, bits)
    x[at + m + m, 0], x[at + m + m, 1] = wrap(hr + di, bits), wrap(hi - dr, bits)


@inline_whole
def two_pairs(a: Any, near: Any, far: Any, p: Any, q: Any, bits: Any) -> Any:
    return wrap(a + product(near, p, bits) + product(far, q, bits), bits)


@inline_whole
def five(x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any, part: Any, bits: Any) -> None:
    ar, ai = shrunk(x, at, part, bits)
    br, bi = spun(x, at + m, part, factors, u * step, bits)
    cr, ci = spun(x, at + m + m, part, factors, (u + u) * step, bits)
    dr, di = spun(x, at + m + m + m, part, factors, (u + u + u) * step, bits)
    er, ei = spun(x, at + m + m + m + m, part, factors, (u + u + u + u) * step, bits)
    pr, pi = factors[step * m, 0], factors[step * m, 1]
    qr, qi = factors[(step + step) * m, 0], factors[(step + step) * m, 1]
    br, er = wrap(br + er, bits), wrap(br - er, bits)
    bi, ei = wrap(bi + ei, bits), wrap(bi - ei, bits)
    cr, dr = wrap(cr + dr, bits), wrap(cr - dr, bits)
    ci, di = wrap(ci + di, bits), wrap(ci - di, bits)
    x[at, 0], x[at, 1] = wrap(ar + br + cr, bits), wrap(ai + bi + ci, bits)
    nr, ni = two_pairs(ar, br, cr, pr, qr, bits), two_pairs(ai, bi, ci, pr, qr, bits)
    fr, fi = two_pairs(ar, br, cr, qr, pr, bits), two_pairs(ai, bi, ci, qr, pr, bits)
    sr = wrap(product(ei, pi, bits) + product(di, qi, bits), bits)
    si = wrap(-(product(er, pi, bits) + product(dr, qi, bits)), bits)
    tr = wrap(product(di, pi, bits) - product(ei, qi, bits), bits)
    ti = wrap(-(product(dr, pi, bits) - product(er, qi, bits)), bits)
    x[at + m, 0], x[at + m, 1] = wrap(nr - sr, bits), wrap(ni - si, bits)
    x[at + m + m + m + m, 0], x[at + m + m + m + m, 1] = wrap(nr + sr, bits), wrap(ni + si, bits)
    x[at + m + m, 0], x[at + m + m, 1] = wrap(fr + tr, bits), wrap(fi + ti, bits)
    x[at + m + m + m, 0], x[at + m + m + m, 1] = wrap(fr - tr, bits), wrap(fi - ti, bits)


@inline_whole
def transform(x: Any, stages: Any, factors: Any, sign: Any, bits: Any) -> None:
    """Places are unsigned, so that nobody asks whether they count from the end."""
    for stage in range(stages.shape[0]):
        p, m, step = stages[stage, 0], stages[stage, 1], stages[stage, 2]
        part = ((np.int64(1) << (bits - 1)) - 1) // p
        width, apart, turn = np.uint64(p * m), np.uint64(m), np.uint64(step)
        for group in range(turn):
            for u in range(apart):
                at = group * width + u
                if p == 4:
                    four(x, at, apart, u, turn, factors, sign, part, bits)
                elif p == 2:
                    two(x, at, apart, u, turn, factors, part, bits)
                elif p == 3:
                    three(x, at, apart, u, turn, factors, part, bits)
                else:
                    five(x, at, apart, u, turn, factors, part, bits)


@inline_whole
def halves(
    ar: Any, ai: Any, br: Any, bi: Any, factors: Any, k: Any, part: Any, bits: Any
) -> Any:  # fmt: skip
    """Two complex numbers whose sum and difference belong to k and to its mirror: of a and b's conjugate."""
    ar, ai = product(np.int64(ar), part, bits), product(np.int64(ai), part, bits)
    br, bi = product(np.int64(br), part, bits), product(wrap(-np.int64(bi), bits), part, bits)
    er, ei = turned(wrap(ar - br, bits), wrap(ai - bi, bits), factors, k - 1, bits)
    return wrap(ar + br, bits), wrap(ai + bi, bits), er, ei


@inline_whole
def forward(
    x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, y: Any, bits: Any
) -> None:  # fmt: skip
    """x [rows, samples], y [rows, bins, 2]; missing samples are 0. `order`: where each complex number comes
    from; `work` has room for them."""
    n = order.size
    part = ((np.int64(1) << (bits - 1)) - 1) // 2
    for row in range(x.shape[0]):
        for i in range(n):
            for c in range(2):
                at = 2 * order[i] + c
                work[i, c] = np.int64(x[row, at]) if at < x.shape[1] else np.int64(0)
        transform(work, stages, factors, 1, bits)
        real, imaginary = product(work[0, 0], part, bits), product(work[0, 1], part, bits)
        y[row, 0, 0] = wrap(real + imaginary, bits)
        y[row, n, 0] = wrap(real - imaginary, bits)
        y[row, n, 1] = y[row, 0, 1] = 0
        for k in range(1, n // 2 + 1):
            ar, ai, br, bi = halves(
                work[k, 0], work[k, 1], work[n - k, 0], work[n - k, 1], turns, k, part, bits
            )
            y[row, k, 0] = wrap(wrap(ar + br, 32) >> 1, bits)
            y[row, k, 1] = wrap(wrap(ai + bi, 32) >> 1, bits)
            y[row, n - k, 0] = wrap(wrap(ar - br, 32) >> 1, bits)
            y[row, n - k, 1] = wrap(wrap(bi - ai, 32) >> 1, bits)


@inline_whole
def inverse(
    x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, y: Any, bits: Any
) -> None:  # fmt: skip
    """x [rows, bins, 2], y [rows, samples]. `work` has room twice."""
    n = order.size
    part = ((np.int64(1) << (bits - 1)) - 1) // 2
    for row in range(x.shape[0]):
        first, last = np.int64(x[row, 0, 0]), np.int64(x[row, n, 0])
        work[n, 0] = product(wrap(first + last, bits), part, bits)
        work[n, 1] = product(wrap(first - last, bits), part, bits)
        for k in range(1, n // 2 + 1):
            ar, ai, br, bi = halves(
                x[row, k, 0], x[row, k, 1], x[row, n - k, 0], x[row, n - k, 1], turns, k, part, bits
            )
            work[n + k, 0], work[n + k, 1] = wrap(ar + br, bits), wrap(ai + bi, bits)
            work[n + n - k, 0] = wrap(ar - br, bits)
            work[n + n - k, 1] = wrap(-wrap(ai - bi, bits), bits)
        for i in range(n):
            for c in range(2):
                work[i, c] = work[n + order[i], c]
        transform(work, stages, factors, -1, bits)
        for i in range(n):
            for c in range(2):
                y[row, 2 * i + c] = work[i, c]


def _tables(item: str) -> str:
    order, pairs = "Array(int64, 1, 'C', readonly=True)", f"Array({item}, 2, 'C', readonly=True)"
    return f"{order}, Array(int64, 2, 'C', readonly=True), {pairs}, {pairs}"


def _forward(item: str, bits: int) -> Kernel:
    def made(x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, y: Any) -> None:
        forward(x, order, stages, factors, turns, work, y, bits)

    made.__name__ = f"forward_{item}"
    x = f"Array({item}, 2, 'C', readonly=True)"
    return kernel(f"void({x}, {_tables('int64')}, int64[:,::1], {item}[:,:,::1])")(made)


def _inverse(item: str, bits: int) -> Kernel:
    def made(x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, y: Any) -> None:
        inverse(x, order, stages, factors, turns, work, y, bits)

    made.__name__ = f"inverse_{item}"
    x = f"Array({item}, 3, 'C', readonly=True)"
    return kernel(f"void({x}, {_tables('int64')}, int64[:,::1], {item}[:,::1])")(made)


forward_int16, forward_int32 = _forward("int16", 16), _forward("int32", 32)
inverse_int16, inverse_int32 = _inverse("int16", 16), _inverse("int32", 32)
