"""Shapes for the calibration on an ATmega328P: one small model a point, seeded by kernel and number.

Each kernel's sizes are spread evenly over orders of magnitude, and cross what its loops distinguish
(padding, strides, dilation, groups, remainders of the unrolled loop), within 2 KB of SRAM and 32 KB of
flash. Weights and inputs are random: cycles do not depend on them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from avr_draws import SCALE, Random, TooLargeError, log_uniform, must_fit, nest, random_shape, random_weights
from avr_layer_shapes import conv_2d, depthwise_conv_2d, fully_connected, pool, softmax
from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle
from microinfer.errors import InputError

__all__ = ["KERNELS", "model"]


def _binary(kind: str) -> Callable[[ModelBuilder, Random], Handle]:
    """Half of them broadcast, either input or both; some have a constant, or scales far apart."""

    def draw(b: ModelBuilder, rng: Random) -> Handle:
        shape = nest(rng, 1, 5)
        shapes = [shape, shape]
        if rng.random() < 0.6:
            ones = [int(rng.choice([0, 1, 2], p=[0.4, 0.3, 0.3])) for _ in shape]
            shapes = [
                tuple(1 if one == which else size for size, one in zip(shape, ones, strict=True))
                for which in (2, 1)
            ]
        must_fit(prod(shape) + sum(map(prod, shapes)))
        far = 2.0 ** rng.uniform(8, 16) if rng.random() < 0.25 else 1.0
        near = 2.0 ** rng.uniform(2, 8) if rng.random() < 0.25 else 1.0
        scales, target = [0.02, 0.03 * far], 0.05 * far / near
        if kind.endswith("imum"):
            scales = [0.02, 0.02]
        elif kind in ("mul", "squared_difference"):
            scales, target = [0.02, 0.03], 0.05 / near**2 if far == 1.0 else 0.05 * far
        constant = int(rng.choice([-1, 0, 1], p=[0.6, 0.2, 0.2]))
        found = [
            b.constant(random_weights(rng, size), scale=scale, zero_point=3)
            if which == constant
            else b.input(size, scale=scale, zero_point=3)
            for which, (size, scale) in enumerate(zip(shapes, scales, strict=True))
        ]
        fixed = {} if kind.endswith("imum") else {"scale": target, "zero_point": -5}
        made: Handle = getattr(b, kind)(*found, **fixed)
        return made

    return draw


def _elementwise(kind: str, **fixed: Any) -> Callable[[ModelBuilder, Random], Handle]:
    def draw(b: ModelBuilder, rng: Random) -> Handle:
        x = b.input((1, log_uniform(rng, 1, 700)), scale=0.05, zero_point=int(rng.integers(-128, 128)))
        found = {key: value() if callable(value) else value for key, value in fixed.items()}
        made: Handle = getattr(b, kind)(x, **found)
        return made

    return draw


def relu(b: ModelBuilder, rng: Random) -> Handle:
    x = b.input((1, log_uniform(rng, 1, 700)), scale=0.05, zero_point=int(rng.integers(-128, 128)))
    return b.relu(x, **(SCALE if rng.random() < 0.5 else {}))


def quantize(b: ModelBuilder, rng: Random) -> Handle:
    source, target = str(
        rng.choice(
            ["int8 int8", "float32 int8", "float32 int16", "int16 int8", "int8 int16", "int16 int16"],
            p=[0.18, 0.2, 0.14, 0.16, 0.16, 0.16],
        )
    ).split()
    shape = (1, log_uniform(rng, 1, 250))
    ratio = 2.0 ** rng.uniform(-12, 9)
    made = {"scale": 0.05, "zero_point": -3 if target == "int8" else 0}
    if source == "float32":
        x = b.input(shape, source)
        made["scale"] *= 2.0 ** rng.uniform(-6 if target == "int8" else -10, 6)
    else:
        x = b.input(shape, source, scale=0.05 * ratio, zero_point=3 if source == "int8" else 0)
    return b.quantize(x, target, **made)


def dequantize(b: ModelBuilder, rng: Random) -> Handle:
    return b.dequantize(b.input((1, log_uniform(rng, 1, 250)), scale=0.07, zero_point=3))


def reshape(b: ModelBuilder, rng: Random) -> Handle:
    return b.reshape(b.input((1, log_uniform(rng, 1, 700)), **SCALE), (-1,))


def concatenation(b: ModelBuilder, rng: Random) -> Handle:
    x = b.input(random_shape(rng, int(rng.integers(1, 5)), 250), **SCALE)
    axis = int(rng.integers(0, len(x.shape)))
    return b.concatenation([x] * int(rng.integers(2, 5)), axis)


def split(b: ModelBuilder, rng: Random) -> Handle:
    shape = list(random_shape(rng, int(rng.integers(1, 5)), 200))
    axis = int(rng.integers(0, len(shape)))
    count = int(rng.integers(2, 4))
    shape[axis] *= count
    parts = b.split(b.input(tuple(shape), **SCALE), count, axis)
    b.output(*parts[1:])
    return parts[0]


def transpose(b: ModelBuilder, rng: Random) -> Handle:
    x = b.input(random_shape(rng, int(rng.integers(2, 5))), **SCALE)
    return b.transpose(x, [int(axis) for axis in rng.permutation(len(x.shape))])


def strided_slice(b: ModelBuilder, rng: Random) -> Handle:
    """Of an image with something around what is cut out of it, every so many of its elements."""
    shape = nest(rng, 1, 4, 300)
    steps = [int(step) for step in rng.choice([1, 1, 2, 3], len(shape))]
    begin = [int(n) for n in rng.integers(0, 2, len(shape))]
    end = [start + step * (size - 1) + 1 for start, step, size in zip(begin, steps, shape, strict=True)]
    whole = tuple(stop + int(rng.integers(0, 2)) for stop in end)
    must_fit(prod(whole), prod(shape))
    x = b.input(whole, **SCALE)
    y = b.strided_slice(x, begin, end, steps)
    must_fit(prod(x.shape), prod(y.shape))
    return y


def resize_nearest_neighbor(b: ModelBuilder, rng: Random) -> Handle:
    x = b.input((1, log_uniform(rng, 1, 8), log_uniform(rng, 1, 8), log_uniform(rng, 1, 16)), **SCALE)
    y = b.resize_nearest_neighbor(
        x, (x.shape[1] * int(rng.integers(1, 4)), x.shape[2] * int(rng.integers(1, 4)))
    )
    must_fit(prod(x.shape), prod(y.shape))
    return y


def pad(b: ModelBuilder, rng: Random) -> Handle:
    x = b.input(nest(rng, 1, 5), **SCALE)
    y = b.pad(
        x, [tuple(int(n) for n in rng.integers(0, 3, 2)) if rng.random() < 0.5 else (0, 0) for _ in x.shape]
    )
    must_fit(prod(x.shape), prod(y.shape))
    return y


def mean(b: ModelBuilder, rng: Random) -> Handle:
    x = b.input(nest(rng, 1, 6, 900), scale=0.05, zero_point=-3)
    every = range(len(x.shape))
    alternate = list(every[int(rng.integers(0, 2)) :: 2])
    axes = alternate if rng.random() < 0.5 else [axis for axis in every if rng.random() < 0.5]
    axes = axes or [0]
    return b.mean(
        x, axes, scale=0.04 * (2.0 ** rng.uniform(-6, 6) if rng.random() < 0.4 else 1), zero_point=5
    )


KERNELS: dict[str, Callable[[ModelBuilder, Random], Handle]] = {
    "ADD": _binary("add"),
    "AVERAGE_POOL_2D": pool("average_pool_2d"),
    "CONCATENATION": concatenation,
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "DEQUANTIZE": dequantize,
    "FULLY_CONNECTED": fully_connected,
    "LOGISTIC": _elementwise("logistic"),
    "MAXIMUM": _binary("maximum"),
    "MAX_POOL_2D": pool("max_pool_2d"),
    "MEAN": mean,
    "MINIMUM": _binary("minimum"),
    "MUL": _binary("mul"),
    "PAD": pad,
    "QUANTIZE": quantize,
    "RELU": relu,
    "RELU6": _elementwise("relu6"),
    "RESHAPE": reshape,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
    "SOFTMAX": softmax,
    "SPLIT": split,
    "SQUARED_DIFFERENCE": _binary("squared_difference"),
    "STRIDED_SLICE": strided_slice,
    "SUB": _binary("sub"),
    "TRANSPOSE": transpose,
}


def model(kernel: str, number: int) -> bytes:
    """The model of one point. The same for the same kernel and number, wherever it is made."""
    rng = np.random.default_rng([number, *kernel.encode()])
    while True:
        b = ModelBuilder(f"{kernel.lower()} {number}")
        try:
            y = KERNELS[kernel](b, rng)
            b.output(y)
            return b.build()
        except (TooLargeError, InputError):
            continue
