"""What SignalRfft and SignalIrfft share: the length of a transform, its stages and its twiddle factors.

Source: KISS FFT 130 as TFLM builds it, without memory of its own: a length has no factors but 2, 3, 4, 5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..model.schema import TENSOR_TYPES
from ..words.dataclass import dataclass
from ..words.printing import counted
from .custom_options import CustomOptions, custom_options
from .node import Array, Geometry, Node
from .signals import expect_shape

__all__ = ["FourierGeometry", "Tables", "expect_type", "fourier_geometry", "tables"]

TYPES = ("int16", "float32", "int32")
FACTORS = (2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class FourierGeometry(Geometry):
    """`rows` transforms of `length` real numbers, of which `samples` are given, or asked for."""

    rows: int
    length: int
    samples: int
    dtype: str

    @property
    def factors(self) -> tuple[int, ...]:
        """Those of half the length, in the order in which they are taken."""
        return factors_of(self.length // 2)


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Of a transform of n complex numbers: `order` is where each comes from, a stage is (factor, distance,
    step), `factors` are the n twiddle factors, `turns` those of the step between real and complex."""

    order: Array
    stages: Array
    factors: Array
    turns: Array

    @property
    def all(self) -> tuple[Array, ...]:
        return self.order, self.stages, self.factors, self.turns


def factors_of(n: int) -> tuple[int, ...]:
    """The factors of n in the order in which KISS FFT takes them: fours first, then what is prime."""
    found, p, most = [], 4, math.isqrt(n)
    while True:
        while n % p:
            p = {4: 2, 2: 3}.get(p, p + 2)
            if p > most:
                p = n
        n //= p
        found.append(p)
        if n <= 1:
            return tuple(found)


def fourier_geometry(node: Node, real: int, spectrum: int) -> FourierGeometry:
    """`real` and `spectrum`: 0 where that is the input, 1 where it is the output."""
    node.expect_counts(1, 1)
    source = node.input(0, *TYPES)
    target = node.output(0, source.dtype)
    options = custom_options(node)
    expect_type(node, options, source.dtype)
    length = options.whole(1, "fft_length")
    if length < 4 or length % 2 or not set(factors_of(length // 2)) <= set(FACTORS):
        node.fail(
            f"fft_length is {length}, expected an even number of 4 or more whose half has no factors but 2, "
            "3 and 5; the device reads and writes where nothing is"
        )
    tensors = (("inputs[0]", source), ("outputs[0]", target))
    (where, samples), (at, bins) = tensors[real], tensors[spectrum]
    if not samples.shape or not 1 <= samples.shape[-1] <= length:
        node.fail(
            f"{where} ({samples.name!r}) has shape {samples.shape}, expected 1 to "
            f"{counted(length, 'sample')} a row"
        )
    if spectrum == 0 and samples.shape[-1] != length:
        node.fail(
            f"{where} ({samples.name!r}) has shape {samples.shape}, expected "
            f"{counted(length, 'sample')} a row"
        )
    expect_shape(node, at, bins, (*samples.shape[:-1], length + 2))
    return FourierGeometry(math.prod(samples.shape[:-1]), length, samples.shape[-1], source.dtype)


def expect_type(node: Node, options: CustomOptions, dtype: str) -> None:
    """Option `T` is the code of the data's type; where there is none it is 0, float32."""
    code = options.named("T")
    kind = TENSOR_TYPES.get(int(code or 0), "unknown")
    if kind != dtype:
        node.fail(f"option T is {code} ({kind}), expected the type of inputs[0], {dtype}")


def tables(geometry: FourierGeometry, inverse: bool) -> Tables:
    n = geometry.length // 2
    order, stages = np.zeros(1, np.int64), []
    step, rest = 1, n
    for p in factors_of(n):
        rest //= p
        stages.append((p, rest, step))
        step *= p
    for p, _, step in stages:
        order = (order[:, None] + step * np.arange(p)).ravel()
    sign = -1 if inverse else 1
    phases = [sign * (-2 * math.pi * i / n) for i in range(n)]
    turns = [sign * (-math.pi * ((i + 1) / n + 0.5)) for i in range(n // 2)]
    return Tables(
        np.ascontiguousarray(order),
        np.array(stages[::-1], np.int64),
        _pairs(phases, geometry.dtype),
        _pairs(turns, geometry.dtype),
    )


def _pairs(phases: list[float], dtype: str) -> Any:
    """Cosine and sine of each, as the transform's numbers; int64 where those are whole."""
    pairs = np.array([(math.cos(phase), math.sin(phase)) for phase in phases], np.float64).reshape(-1, 2)
    if dtype == "float32":
        return pairs.astype(np.float32)
    return np.floor(0.5 + np.iinfo(dtype).max * pairs).astype(np.int64)
