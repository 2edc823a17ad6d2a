"""Fourier transforms of real samples in float32, each sum in the order of KISS FFT 130.

As `signal_fourier`, without divisions and roundings of its own; no product is contracted with its sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline_whole
from ._jit import kernel

__all__ = ["forward", "inverse"]

PAIRS = "Array(float32, 2, 'C', readonly=True)"
TABLES = f"Array(int64, 1, 'C', readonly=True), Array(int64, 2, 'C', readonly=True), {PAIRS}, {PAIRS}"


@inline_whole
def turned(a: Any, b: Any, factors: Any, step: Any) -> Any:
    """a + bi times a twiddle factor."""
    c, d = factors[step, 0], factors[step, 1]
    return a * c - b * d, a * d + b * c


@inline_whole
def spun(x: Any, at: Any, factors: Any, step: Any) -> Any:
    return turned(x[at, 0], x[at, 1], factors, step)


@inline_whole
def two(x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any) -> None:
    ar, ai = x[at, 0], x[at, 1]
    br, bi = spun(x, at + m, factors, u * step)
    x[at + m, 0], x[at + m, 1] = ar - br, ai - bi
    x[at, 0], x[at, 1] = ar + br, ai + bi


@inline_whole
def three(x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any) -> None:
    half, turn = np.float32(0.5), factors[step * m, 1]
    ar, ai = x[at, 0], x[at, 1]
    br, bi = spun(x, at + m, factors, u * step)
    cr, ci = spun(x, at + m + m, factors, (u + u) * step)
    sr, si = br + cr, bi + ci
    dr, di = (br - cr) * turn, (bi - ci) * turn
    hr, hi = ar - sr * half, ai - si * half
    x[at, 0], x[at, 1] = ar + sr, ai + si
    x[at + m, 0], x[at + m, 1] = hr - di, hi + dr
    x[at + m + m, 0], x[at + m + m, 1] = hr + di, hi - dr


@inline_whole
def four(x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any, sign: Any) -> None:
    """Four values m apart, from `at` on, become their transform; u is the first one's place in its group."""
    ar, ai = x[at, 0], x[at, 1]
    br, bi = spun(x, at + m, factors, u * step)
    cr, ci = spun(x, at + m + m, factors, (u + u) * step)
    dr, di = spun(x, at + m + m + m, factors, (u + u + u) * step)
    er, ei = ar - cr, ai - ci
    ar, ai = ar + cr, ai + ci
    cr, ci = br + dr, bi + di
    br, bi = br - dr, bi - di
    x[at + m + m, 0], x[at + m + m, 1] = ar - cr, ai - ci
    x[at, 0], x[at, 1] = ar + cr, ai + ci
    x[at + m, 0], x[at + m, 1] = er + sign * bi, ei - sign * br
    x[at + m + m + m, 0], x[at + m + m + m, 1] = er - sign * bi, ei + sign * br


@inline_whole
def five(x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any) -> None:
    ar, ai = x[at, 0], x[at, 1]
    br, bi = spun(x, at + m, factors, u * step)
    cr, ci = spun(x, at + m + m, factors, (u + u) * step)
    dr, di = spun(x, at + m + m + m, factors, (u + u + u) * step)
    er, ei = spun(x, at + m + m + m + m, factors, (u + u + u + u) * step)
    pr, pi = factors[step * m, 0], factors[step * m, 1]
    qr, qi = factors[(step + step) * m, 0], factors[(step + step) * m, 1]
    br, bi, er, ei = br + er, bi + ei, br - er, bi - ei
    cr, ci, dr, di = cr + dr, ci + di, cr - dr, ci - di
    x[at, 0], x[at, 1] = ar + (br + cr), ai + (bi + ci)
    nr, ni = ar + br * pr + cr * qr, ai + bi * pr + ci * qr
    fr, fi = ar + br * qr + cr * pr, ai + bi * qr + ci * pr
    sr, si = ei * pi + di * qi, -(er * pi + dr * qi)
    tr, ti = di * pi - ei * qi, -(dr * pi - er * qi)
    x[at + m, 0], x[at + m, 1] = nr - sr, ni - si
    x[at + m + m + m + m, 0], x[at + m + m + m + m, 1] = nr + sr, ni + si
    x[at + m + m, 0], x[at + m + m, 1] = fr + tr, fi + ti
    x[at + m + m + m, 0], x[at + m + m + m, 1] = fr - tr, fi - ti


@inline_whole
def transform(x: Any, stages: Any, factors: Any, sign: Any) -> None:
    """Places are unsigned, so that nobody asks whether they count from the end."""
    for stage in range(stages.shape[0]):
        p, m, step = stages[stage, 0], stages[stage, 1], stages[stage, 2]
        width, apart, turn = np.uint64(p * m), np.uint64(m), np.uint64(step)
        for group in range(turn):
            for u in range(apart):
                at = group * width + u
                if p == 4:
                    four(x, at, apart, u, turn, factors, sign)
                elif p == 2:
                    two(x, at, apart, u, turn, factors)
                elif p == 3:
                    three(x, at, apart, u, turn, factors)
                else:
                    five(x, at, apart, u, turn, factors)


@inline_whole
def halves(ar: Any, ai: Any, br: Any, bi: Any, factors: Any, k: Any) -> Any:
    """Two complex numbers whose sum and difference belong to k and to its mirror: of a and b's conjugate."""
    er, ei = turned(ar - br, ai + bi, factors, k - 1)
    return ar + br, ai - bi, er, ei


@kernel(f"void({PAIRS}, {TABLES}, float32[:,::1], float32[:,:,::1])")
def forward(x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, y: Any) -> None:
    """x [rows, samples], y [rows, bins, 2]; missing samples are 0."""
    n = order.size
    half = np.float32(0.5)
    for row in range(x.shape[0]):
        for i in range(n):
            for c in range(2):
                at = 2 * order[i] + c
                work[i, c] = x[row, at] if at < x.shape[1] else np.float32(0)
        transform(work, stages, factors, np.float32(1))
        y[row, 0, 0] = work[0, 0] + work[0, 1]
        y[row, n, 0] = work[0, 0] - work[0, 1]
        y[row, 0, 1] = np.float32(0)
        y[row, n, 1] = np.float32(0)
        for k in range(1, n // 2 + 1):
            ar, ai, br, bi = halves(work[k, 0], work[k, 1], work[n - k, 0], work[n - k, 1], turns, k)
            y[row, k, 0], y[row, k, 1] = (ar + br) * half, (ai + bi) * half
            y[row, n - k, 0], y[row, n - k, 1] = (ar - br) * half, (bi - ai) * half


@kernel(f"void(Array(float32, 3, 'C', readonly=True), {TABLES}, float32[:,::1], float32[:,::1])")
def inverse(x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, y: Any) -> None:
    """x [rows, bins, 2], y [rows, samples], divided by their number. `work` has room twice."""
    n = order.size
    for row in range(x.shape[0]):
        work[n, 0] = x[row, 0, 0] + x[row, n, 0]
        work[n, 1] = x[row, 0, 0] - x[row, n, 0]
        for k in range(1, n // 2 + 1):
            ar, ai, br, bi = halves(x[row, k, 0], x[row, k, 1], x[row, n - k, 0], x[row, n - k, 1], turns, k)
            work[n + k, 0], work[n + k, 1] = ar + br, ai + bi
            work[n + n - k, 0], work[n + n - k, 1] = ar - br, -(ai - bi)
        for i in range(n):
            for c in range(2):
                work[i, c] = work[n + order[i], c]
        transform(work, stages, factors, np.float32(-1))
        for i in range(n):
            for c in range(2):
                y[row, 2 * i + c] = work[i, c] / np.float32(2 * n)
