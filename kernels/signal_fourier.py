"""Fourier transforms of real samples, in fixed point, with the bits of KISS FFT 130.

A transform of 2n real numbers is one of n complex ones, and a step that takes its even and odd halves apart.
The n are sorted by the digits of their positions, in the factors of n, and put together factor by factor;
before each sum the fixed point divides, and rounds, so that nothing can grow too large. A stage is
(factor, how far its inputs lie apart, step of the twiddle factors).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import kernel
from .signal_numbers import wrap

__all__ = [
    "forward_int16",
    "forward_int32",
    "inverse_int16",
    "inverse_int32",
]


@inline
def product(a: Any, b: Any, bits: Any) -> Any:
    """a x b of fractions, rounded, halves upwards."""
    return wrap((a * b + (np.int64(1) << (bits - 2))) >> (bits - 1), bits)


@inline
def rotate(x: Any, at: Any, factors: Any, step: Any, z: Any, into: Any, bits: Any) -> None:
    """z[into] = x[at] x factors[step], complex."""
    half = np.int64(1) << (bits - 2)
    a, b = np.int64(x[at, 0]), np.int64(x[at, 1])
    c, d = np.int64(factors[step, 0]), np.int64(factors[step, 1])
    z[into, 0] = wrap((a * c - b * d + half) >> (bits - 1), bits)
    z[into, 1] = wrap((a * d + b * c + half) >> (bits - 1), bits)


@inline
def shrunk(x: Any, at: Any, part: Any, bits: Any) -> Any:
    return product(x[at, 0], part, bits), product(x[at, 1], part, bits)


@inline
def turned(a: Any, b: Any, factors: Any, step: Any, bits: Any) -> Any:
    """a + bi times a twiddle factor."""
    half = np.int64(1) << (bits - 2)
    c, d = factors[step, 0], factors[step, 1]
    return wrap((a * c - b * d + half) >> (bits - 1), bits), wrap((a * d + b * c + half) >> (bits - 1), bits)


@inline
def four(
    x: Any, at: Any, m: Any, u: Any, step: Any, factors: Any, sign: Any, part: Any, bits: Any
) -> None:  # fmt: skip
    """The most usual of the sums, without a detour over memory."""
    ar, ai = shrunk(x, at, part, bits)
    br, bi = shrunk(x, at + m, part, bits)
    cr, ci = shrunk(x, at + 2 * m, part, bits)
    dr, di = shrunk(x, at + 3 * m, part, bits)
    br, bi = turned(br, bi, factors, u * step, bits)
    cr, ci = turned(cr, ci, factors, 2 * u * step, bits)
    dr, di = turned(dr, di, factors, 3 * u * step, bits)
    er, ei = wrap(ar - cr, bits), wrap(ai - ci, bits)
    ar, ai = wrap(ar + cr, bits), wrap(ai + ci, bits)
    cr, ci = wrap(br + dr, bits), wrap(bi + di, bits)
    br, bi = sign * wrap(br - dr, bits), sign * wrap(bi - di, bits)
    x[at, 0], x[at, 1] = wrap(ar + cr, bits), wrap(ai + ci, bits)
    x[at + 2 * m, 0], x[at + 2 * m, 1] = wrap(ar - cr, bits), wrap(ai - ci, bits)
    x[at + m, 0], x[at + m, 1] = wrap(er + bi, bits), wrap(ei - br, bits)
    x[at + 3 * m, 0], x[at + 3 * m, 1] = wrap(er - bi, bits), wrap(ei + br, bits)


@inline
def butterfly(
    x: Any, at: Any, m: Any, p: Any, u: Any, step: Any, factors: Any, z: Any, part: Any, bits: Any
) -> None:  # fmt: skip
    """p values m apart, from `at` on, become their transform; u is the first one's place in its group."""
    for k in range(p):
        for c in range(2):
            x[at + k * m, c] = product(np.int64(x[at + k * m, c]), part, bits)
    for k in range(1, p):
        rotate(x, at + k * m, factors, k * u * step, z, k, bits)
    for c in range(2):
        z[0, c] = x[at, c]
    if p == 2:
        for c in range(2):
            x[at + m, c] = wrap(z[0, c] - z[1, c], bits)
            x[at, c] = wrap(z[0, c] + z[1, c], bits)
    elif p == 3:
        turn = np.int64(factors[step * m, 1])
        for c in range(2):
            z[3, c] = wrap(z[1, c] + z[2, c], bits)
            z[4, c] = product(wrap(z[1, c] - z[2, c], bits), turn, bits)
        for c in range(2):
            z[5, c] = wrap(z[0, c] - (z[3, c] >> 1), bits)
            x[at, c] = wrap(z[0, c] + z[3, c], bits)
        x[at + 2 * m, 0] = wrap(z[5, 0] + z[4, 1], bits)
        x[at + 2 * m, 1] = wrap(z[5, 1] - z[4, 0], bits)
        x[at + m, 0] = wrap(z[5, 0] - z[4, 1], bits)
        x[at + m, 1] = wrap(z[5, 1] + z[4, 0], bits)
    else:
        five(x, at, m, step, factors, z, bits)


@inline
def five(x: Any, at: Any, m: Any, step: Any, factors: Any, z: Any, bits: Any) -> None:
    ar, ai = np.int64(factors[step * m, 0]), np.int64(factors[step * m, 1])
    br, bi = np.int64(factors[2 * step * m, 0]), np.int64(factors[2 * step * m, 1])
    for c in range(2):
        z[5, c] = wrap(z[1, c] + z[4, c], bits)
        z[6, c] = wrap(z[1, c] - z[4, c], bits)
        z[7, c] = wrap(z[2, c] + z[3, c], bits)
        z[8, c] = wrap(z[2, c] - z[3, c], bits)
        x[at, c] = wrap(z[0, c] + z[5, c] + z[7, c], bits)
    for c in range(2):
        other = 1 - c
        sign = 1 if c == 0 else -1
        near = wrap(z[0, c] + product(z[5, c], ar, bits) + product(z[7, c], br, bits), bits)
        far = wrap(z[0, c] + product(z[5, c], br, bits) + product(z[7, c], ar, bits), bits)
        first = wrap(sign * (product(z[6, other], ai, bits) + product(z[8, other], bi, bits)), bits)
        second = wrap(sign * (product(z[8, other], ai, bits) - product(z[6, other], bi, bits)), bits)
        x[at + m, c] = wrap(near - first, bits)
        x[at + 4 * m, c] = wrap(near + first, bits)
        x[at + 2 * m, c] = wrap(far + second, bits)
        x[at + 3 * m, c] = wrap(far - second, bits)


@inline
def transform(x: Any, stages: Any, factors: Any, z: Any, sign: Any, bits: Any) -> None:
    for stage in range(stages.shape[0]):
        p, m, step = stages[stage, 0], stages[stage, 1], stages[stage, 2]
        part = ((np.int64(1) << (bits - 1)) - 1) // p
        for group in range(step):
            for u in range(m):
                if p == 4:
                    four(x, group * p * m + u, m, u, step, factors, sign, part, bits)
                else:
                    butterfly(x, group * p * m + u, m, p, u, step, factors, z, part, bits)


@inline
def halves(
    ar: Any, ai: Any, br: Any, bi: Any, factors: Any, k: Any, z: Any, part: Any, bits: Any
) -> None:  # fmt: skip
    """z[0] + z[1] and z[0] - z[1] belong to k and to its mirror: of a and of b's conjugate."""
    ar, ai = product(np.int64(ar), part, bits), product(np.int64(ai), part, bits)
    br, bi = product(np.int64(br), part, bits), product(wrap(-np.int64(bi), bits), part, bits)
    z[0, 0], z[0, 1] = wrap(ar + br, bits), wrap(ai + bi, bits)
    z[2, 0], z[2, 1] = wrap(ar - br, bits), wrap(ai - bi, bits)
    rotate(z, 2, factors, k - 1, z, 1, bits)


def forward(
    x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, z: Any, y: Any, bits: Any
) -> None:  # fmt: skip
    """x [rows, samples], y [rows, bins, 2]; missing samples are 0. `order`: where each complex number comes
    from; `work` has room for them, z for one sum."""
    n = order.size
    part = ((np.int64(1) << (bits - 1)) - 1) // 2
    for row in range(x.shape[0]):
        for i in range(n):
            for c in range(2):
                at = 2 * order[i] + c
                work[i, c] = np.int64(x[row, at]) if at < x.shape[1] else np.int64(0)
        transform(work, stages, factors, z, 1, bits)
        real, imaginary = product(work[0, 0], part, bits), product(work[0, 1], part, bits)
        y[row, 0, 0] = wrap(real + imaginary, bits)
        y[row, n, 0] = wrap(real - imaginary, bits)
        y[row, n, 1] = y[row, 0, 1] = 0
        for k in range(1, n // 2 + 1):
            halves(work[k, 0], work[k, 1], work[n - k, 0], work[n - k, 1], turns, k, z, part, bits)
            y[row, k, 0] = wrap(wrap(z[0, 0] + z[1, 0], 32) >> 1, bits)
            y[row, k, 1] = wrap(wrap(z[0, 1] + z[1, 1], 32) >> 1, bits)
            y[row, n - k, 0] = wrap(wrap(z[0, 0] - z[1, 0], 32) >> 1, bits)
            y[row, n - k, 1] = wrap(wrap(z[1, 1] - z[0, 1], 32) >> 1, bits)


def inverse(
    x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, z: Any, y: Any, bits: Any
) -> None:  # fmt: skip
    """x [rows, bins, 2], y [rows, samples]. `work` has room twice."""
    n = order.size
    part = ((np.int64(1) << (bits - 1)) - 1) // 2
    for row in range(x.shape[0]):
        first, last = np.int64(x[row, 0, 0]), np.int64(x[row, n, 0])
        work[n, 0] = product(wrap(first + last, bits), part, bits)
        work[n, 1] = product(wrap(first - last, bits), part, bits)
        for k in range(1, n // 2 + 1):
            halves(x[row, k, 0], x[row, k, 1], x[row, n - k, 0], x[row, n - k, 1], turns, k, z, part, bits)
            for c in range(2):
                work[n + k, c] = wrap(z[0, c] + z[1, c], bits)
                work[n + n - k, c] = wrap(z[0, c] - z[1, c], bits)
            work[n + n - k, 1] = wrap(-work[n + n - k, 1], bits)
        for i in range(n):
            for c in range(2):
                work[i, c] = work[n + order[i], c]
        transform(work, stages, factors, z, -1, bits)
        for i in range(n):
            for c in range(2):
                y[row, 2 * i + c] = work[i, c]


def _tables(item: str) -> str:
    order, pairs = "Array(int64, 1, 'C', readonly=True)", f"Array({item}, 2, 'C', readonly=True)"
    return f"{order}, Array(int64, 2, 'C', readonly=True), {pairs}, {pairs}"


def _forward(item: str) -> str:
    x = f"Array({item}, 2, 'C', readonly=True)"
    return f"void({x}, {_tables('int64')}, int64[:,::1], int64[:,::1], {item}[:,:,::1], int64)"


def _inverse(item: str) -> str:
    x = f"Array({item}, 3, 'C', readonly=True)"
    return f"void({x}, {_tables('int64')}, int64[:,::1], int64[:,::1], {item}[:,::1], int64)"


forward_int16 = kernel(_forward("int16"))(forward)
forward_int32 = kernel(_forward("int32"))(forward)
inverse_int16 = kernel(_inverse("int16"))(inverse)
inverse_int32 = kernel(_inverse("int32"))(inverse)
