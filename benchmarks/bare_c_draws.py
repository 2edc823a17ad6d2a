"""Operators drawn for bare-c's kernels of other types than int8: reals, int16, int32 and truths.

A draw takes a builder and random numbers and returns what came out last. Sizes are spread evenly over orders
of magnitude and cross what the kernels' loops distinguish.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from avr_draws import Random, log_uniform, nest
from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle

Made: TypeAlias = Handle | tuple[Handle, ...]
Drawn: TypeAlias = Callable[[ModelBuilder, Random], Made]

QUANTIZED = ("int8", "int16")
REALS = 150
"""Elements of a tensor at most."""
COMPARISONS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
CASTS = ("int8", "int16", "int32", "uint32", "float32")


def pick(rng: Random, *options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


def scaled(rng: Random, dtype: str, low: float = 0.01, high: float = 0.2) -> dict[str, Any]:
    """A quantisation, where the type has one."""
    if dtype not in QUANTIZED:
        return {}
    zero_point = int(rng.integers(-128, 128)) if dtype == "int8" else 0
    return {"scale": float(np.float32(rng.uniform(low, high))), "zero_point": zero_point}


def numbers(rng: Random, shape: tuple[int, ...], dtype: str) -> Any:
    """Constants without a zero."""
    if dtype == "float32":
        return (rng.standard_normal(shape) * 3).astype(dtype)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(dtype)
    return (rng.integers(1, 100, shape) * rng.choice([-1, 1], shape)).astype(dtype)


def pairs(kinds: tuple[str, ...], dtype: str) -> Drawn:
    """Of two operands: half of them broadcast, some have a constant."""

    def draw(b: ModelBuilder, rng: Random) -> Made:
        kind = pick(rng, *kinds)
        shape = nest(rng, 1, 5, REALS if dtype != "int64" else REALS // 2)
        shapes = [shape, shape]
        if rng.random() < 0.6:
            ones = [int(rng.choice([0, 1, 2], p=[0.4, 0.3, 0.3])) for _ in shape]
            shapes = [
                tuple(1 if one == which else size for size, one in zip(shape, ones, strict=True))
                for which in (2, 1)
            ]
        same = kind in ("maximum", "minimum") or kind in COMPARISONS
        first = scaled(rng, dtype)
        second = first if same else scaled(rng, dtype)
        constant = int(rng.choice([-1, 0, 1], p=[0.6, 0.2, 0.2]))
        held = ["int8" if kind == "prelu" and which and dtype == "int16" else dtype for which in (0, 1)]
        if kind == "prelu" or (kind == "div" and dtype != "float32"):
            constant = 1
            second = {**second, "zero_point": 0} if dtype in QUANTIZED else second
        found = [
            b.constant(numbers(rng, size, each), **quantization)
            if which == constant
            else b.input(size, each, **quantization)
            for which, (size, quantization, each) in enumerate(
                zip(shapes, (first, second), held, strict=True)
            )
        ]
        if kind in COMPARISONS:
            return b.compare(kind, *found)
        target = {} if same else scaled(rng, dtype, 0.02, 0.4)
        return getattr(b, kind)(*found, **target)

    return draw


def one(kind: str, dtype: str = "float32", **options: Any) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        x = b.input((1, log_uniform(rng, 1, REALS)), dtype)
        found = {name: float(np.float32(rng.uniform(0.01, 0.5))) for name in options}
        return getattr(b, kind)(x, **found)

    return draw


def cast(b: ModelBuilder, rng: Random) -> Made:
    source = pick(rng, *CASTS, "bool")
    x = b.input((1, log_uniform(rng, 1, REALS)), source, **scaled(rng, source))
    return b.cast(x, pick(rng, *(name for name in CASTS if name != source)))


def select(b: ModelBuilder, rng: Random) -> Made:
    dtype = pick(rng, "int8", "int16", "float32")
    shape = nest(rng, 1, 4, 100)
    shapes = [shape, shape, shape]
    if rng.random() < 0.5:
        shapes = [tuple(1 if rng.random() < 0.3 else size for size in shape) for _ in range(3)]
    quantization = scaled(rng, dtype)
    x, y = (b.input(each, dtype, **quantization) for each in shapes[1:])
    return b.select_v2(b.input(shapes[0], "bool"), x, y)


def over(kinds: tuple[str, ...], dtype: str) -> Drawn:
    """Reductions along axes."""

    def draw(b: ModelBuilder, rng: Random) -> Made:
        kind = pick(rng, *kinds)
        x = b.input(nest(rng, 1, 5, 2 * REALS if dtype != "float32" else REALS), dtype, **scaled(rng, dtype))
        every = range(len(x.shape))
        axes = list(every[int(rng.integers(0, 2)) :: 2]) if rng.random() < 0.5 else []
        axes = axes or [axis for axis in every if rng.random() < 0.5] or [0]
        target = scaled(rng, dtype) if kind in ("mean", "sum") else {}
        return getattr(b, kind)(x, axes, **target)

    return draw


def where(dtype: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        x = b.input(nest(rng, 1, 4, REALS), dtype, **scaled(rng, dtype))
        return getattr(b, pick(rng, "arg_max", "arg_min"))(x, int(rng.integers(len(x.shape))))

    return draw


def cumsum(dtype: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        x = b.input(nest(rng, 1, 4, REALS), dtype, **scaled(rng, dtype))
        options = {name: bool(rng.random() < 0.5) for name in ("exclusive", "reverse")}
        return b.cumsum(x, int(rng.integers(len(x.shape))), **options, **scaled(rng, dtype))

    return draw


def add_n(dtype: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        quantization, size = scaled(rng, dtype), log_uniform(rng, 1, 80)
        inputs = [b.input((1, size), dtype, **quantization) for _ in range(int(rng.integers(2, 5)))]
        return b.add_n(inputs, **scaled(rng, dtype))

    return draw


def picked(kind: str) -> Drawn:
    """What takes bytes from where tables say."""

    def draw(b: ModelBuilder, rng: Random) -> Made:
        dtype = pick(rng, "int8", "int8", "float32")
        if kind == "resize_nearest_neighbor":
            sides = log_uniform(rng, 2, 7), log_uniform(rng, 2, 7)
            x = b.input((1, *sides, log_uniform(rng, 1, 6)), dtype, **scaled(rng, dtype))
            made = 2 * sides[0] + 1, log_uniform(rng, 1, 8)
            return b.resize_nearest_neighbor(x, made, **pick(rng, {}, {"half_pixel_centers": True}))
        x = b.input(nest(rng, 2, 4, 100), dtype, **scaled(rng, dtype))
        if kind == "mirror_pad":
            edges = [min(2, size - 1) for size in x.shape]
            return b.mirror_pad(x, [tuple(int(n) for n in rng.integers(0, e + 1, 2)) for e in edges])
        if kind == "gather_nd":
            places = int(rng.integers(1, len(x.shape)))
            rows = int(rng.integers(1, 8))
            return b.gather_nd(
                x, [[int(rng.integers(size)) for size in x.shape[:places]] for _ in range(rows)]
            )
        axis = int(rng.integers(len(x.shape)))
        return b.gather(x, [int(n) for n in rng.integers(0, x.shape[axis], int(rng.integers(1, 8)))], axis)

    return draw


def looked_up(b: ModelBuilder, rng: Random) -> Made:
    """Slices by indices that are an input; the largest is 1."""
    dtype = pick(rng, "int8", "float32")
    shape = (2, *nest(rng, 1, 3, 60))
    axis = 0 if rng.random() < 0.6 else 1
    shape = shape if axis == 0 else (shape[1], 2, *shape[2:])
    held = rng.random() < 0.3
    x = b.constant(numbers(rng, shape, dtype), **scaled(rng, dtype)) if held else None
    x = x if x is not None else b.input(shape, dtype, **scaled(rng, dtype))
    return b.gather(x, b.input((int(rng.integers(1, 6)),), "int32", name=f"indices_{x.index}"), axis)


def reverse(b: ModelBuilder, rng: Random) -> Made:
    dtype = pick(rng, "int8", "int16", "float32")
    x = b.input(nest(rng, 1, 4, REALS), dtype, **scaled(rng, dtype))
    return b.reverse_v2(x, [int(rng.integers(len(x.shape)))])


def fill(b: ModelBuilder, rng: Random) -> Made:
    dtype = pick(rng, "int8", "float32")
    return b.fill((1, log_uniform(rng, 1, 200)), b.input((), dtype, **scaled(rng, dtype)))


def zeros_like(b: ModelBuilder, rng: Random) -> Made:
    dtype = pick(rng, "int8", "float32")
    return b.zeros_like(b.input((1, log_uniform(rng, 1, REALS)), dtype, **scaled(rng, dtype)))


def shape(b: ModelBuilder, rng: Random) -> Made:
    return b.shape(b.input((1,) * int(rng.integers(1, 6)), "int8", scale=0.1, zero_point=0))
