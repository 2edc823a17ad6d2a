"""Fourier transforms of real samples in float32, each sum in the order of KISS FFT 130.

As `signal_fourier`, without divisions and roundings of its own; no product is contracted with its sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import kernel

__all__ = ["forward", "inverse"]

PAIRS = "Array(float32, 2, 'C', readonly=True)"
TABLES = f"Array(int64, 1, 'C', readonly=True), Array(int64, 2, 'C', readonly=True), {PAIRS}, {PAIRS}"


@inline
def rotate(x: Any, at: Any, factors: Any, step: Any, z: Any, into: Any) -> None:
    """z[into] = x[at] x factors[step], complex."""
    a, b, c, d = x[at, 0], x[at, 1], factors[step, 0], factors[step, 1]
    z[into, 0] = a * c - b * d
    z[into, 1] = a * d + b * c


@inline
def butterfly(
    x: Any, at: Any, m: Any, p: Any, u: Any, step: Any, factors: Any, z: Any, sign: Any
) -> None:  # fmt: skip
    """p values m apart, from `at` on, become their transform; u is the first one's place in its group."""
    for k in range(1, p):
        rotate(x, at + k * m, factors, k * u * step, z, k)
    for c in range(2):
        z[0, c] = x[at, c]
    if p == 2:
        for c in range(2):
            x[at + m, c] = z[0, c] - z[1, c]
            x[at, c] = z[0, c] + z[1, c]
    elif p == 4:
        for c in range(2):
            z[5, c] = z[0, c] - z[2, c]
            z[0, c] = z[0, c] + z[2, c]
            z[6, c] = z[1, c] + z[3, c]
            z[7, c] = z[1, c] - z[3, c]
            x[at + 2 * m, c] = z[0, c] - z[6, c]
            x[at, c] = z[0, c] + z[6, c]
        x[at + m, 0] = z[5, 0] + sign * z[7, 1]
        x[at + m, 1] = z[5, 1] - sign * z[7, 0]
        x[at + 3 * m, 0] = z[5, 0] - sign * z[7, 1]
        x[at + 3 * m, 1] = z[5, 1] + sign * z[7, 0]
    elif p == 3:
        turn = factors[step * m, 1]
        for c in range(2):
            z[3, c] = z[1, c] + z[2, c]
            z[4, c] = (z[1, c] - z[2, c]) * turn
            z[5, c] = z[0, c] - z[3, c] * np.float32(0.5)
            x[at, c] = z[0, c] + z[3, c]
        x[at + 2 * m, 0] = z[5, 0] + z[4, 1]
        x[at + 2 * m, 1] = z[5, 1] - z[4, 0]
        x[at + m, 0] = z[5, 0] - z[4, 1]
        x[at + m, 1] = z[5, 1] + z[4, 0]
    else:
        five(x, at, m, step, factors, z)


@inline
def five(x: Any, at: Any, m: Any, step: Any, factors: Any, z: Any) -> None:
    ar, ai = factors[step * m, 0], factors[step * m, 1]
    br, bi = factors[2 * step * m, 0], factors[2 * step * m, 1]
    for c in range(2):
        z[5, c] = z[1, c] + z[4, c]
        z[6, c] = z[1, c] - z[4, c]
        z[7, c] = z[2, c] + z[3, c]
        z[8, c] = z[2, c] - z[3, c]
        x[at, c] = z[0, c] + (z[5, c] + z[7, c])
    for c in range(2):
        other = 1 - c
        near = z[0, c] + z[5, c] * ar + z[7, c] * br
        far = z[0, c] + z[5, c] * br + z[7, c] * ar
        first = z[6, other] * ai + z[8, other] * bi
        second = z[8, other] * ai - z[6, other] * bi
        if c == 1:
            first, second = -first, -second
        x[at + m, c] = near - first
        x[at + 4 * m, c] = near + first
        x[at + 2 * m, c] = far + second
        x[at + 3 * m, c] = far - second


@inline
def transform(x: Any, stages: Any, factors: Any, z: Any, sign: Any) -> None:
    for stage in range(stages.shape[0]):
        p, m, step = stages[stage, 0], stages[stage, 1], stages[stage, 2]
        for group in range(step):
            for u in range(m):
                butterfly(x, group * p * m + u, m, p, u, step, factors, z, sign)


@inline
def halves(ar: Any, ai: Any, br: Any, bi: Any, factors: Any, k: Any, z: Any) -> None:
    """z[0] + z[1] and z[0] - z[1] belong to k and to its mirror: of a and of b's conjugate."""
    z[0, 0], z[0, 1] = ar + br, ai - bi
    z[2, 0], z[2, 1] = ar - br, ai + bi
    rotate(z, 2, factors, k - 1, z, 1)


@kernel(f"void({PAIRS}, {TABLES}, float32[:,::1], float32[:,::1], float32[:,:,::1])")
def forward(
    x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, z: Any, y: Any
) -> None:  # fmt: skip
    """x [rows, samples], y [rows, bins, 2]; missing samples are 0."""
    n = order.size
    half = np.float32(0.5)
    for row in range(x.shape[0]):
        for i in range(n):
            for c in range(2):
                at = 2 * order[i] + c
                work[i, c] = x[row, at] if at < x.shape[1] else np.float32(0)
        transform(work, stages, factors, z, np.float32(1))
        y[row, 0, 0] = work[0, 0] + work[0, 1]
        y[row, n, 0] = work[0, 0] - work[0, 1]
        y[row, 0, 1] = np.float32(0)
        y[row, n, 1] = np.float32(0)
        for k in range(1, n // 2 + 1):
            halves(work[k, 0], work[k, 1], work[n - k, 0], work[n - k, 1], turns, k, z)
            y[row, k, 0] = (z[0, 0] + z[1, 0]) * half
            y[row, k, 1] = (z[0, 1] + z[1, 1]) * half
            y[row, n - k, 0] = (z[0, 0] - z[1, 0]) * half
            y[row, n - k, 1] = (z[1, 1] - z[0, 1]) * half


@kernel(
    f"void(Array(float32, 3, 'C', readonly=True), {TABLES}, float32[:,::1], float32[:,::1], float32[:,::1])"
)
def inverse(
    x: Any, order: Any, stages: Any, factors: Any, turns: Any, work: Any, z: Any, y: Any
) -> None:  # fmt: skip
    """x [rows, bins, 2], y [rows, samples], divided by their number. `work` has room twice."""
    n = order.size
    for row in range(x.shape[0]):
        work[n, 0] = x[row, 0, 0] + x[row, n, 0]
        work[n, 1] = x[row, 0, 0] - x[row, n, 0]
        for k in range(1, n // 2 + 1):
            halves(x[row, k, 0], x[row, k, 1], x[row, n - k, 0], x[row, n - k, 1], turns, k, z)
            for c in range(2):
                work[n + k, c] = z[0, c] + z[1, c]
                work[n + n - k, c] = z[0, c] - z[1, c]
            work[n + n - k, 1] = -work[n + n - k, 1]
        for i in range(n):
            for c in range(2):
                work[i, c] = work[n + order[i], c]
        transform(work, stages, factors, z, np.float32(-1))
        for i in range(n):
            for c in range(2):
                y[row, 2 * i + c] = work[i, c] / np.float32(2 * n)
