"""Layers of real numbers drawn for bare-c's kernels, and those that keep a state."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from avr_draws import Random, TooLargeError, log_uniform
from bare_c_draws import REALS, Drawn, Made, numbers, pick, scaled
from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle
from microinfer.operators.window import output_size

SHORTS = 2 * REALS
"""Elements of a tensor of int16 at most."""
MOST = {"float32": REALS, "int16": SHORTS, "int8": 2 * SHORTS}


def softmax(b: ModelBuilder, rng: Random) -> Made:
    return b.softmax(b.input((log_uniform(rng, 1, 6), log_uniform(rng, 1, 60)), "float32"))


def image(b: ModelBuilder, rng: Random, dtype: str = "float32") -> Handle:
    while True:
        shape = (
            2 if rng.random() < 0.1 else 1,
            log_uniform(rng, 1, 12),
            log_uniform(rng, 1, 12),
            log_uniform(rng, 1, 12),
        )
        if prod(shape) <= MOST[dtype]:
            return b.input(shape, dtype, **scaled(rng, dtype))


def window(rng: Random, x: Handle, dilates: bool) -> tuple[tuple[int, int], dict[str, Any]]:
    kernel = log_uniform(rng, 1, 4), log_uniform(rng, 1, 4)
    stride = 1 if rng.random() < 0.6 else 2
    dilation = 2 if dilates and rng.random() < 0.15 else 1
    padding = pick(rng, "SAME", "VALID")
    if any(
        output_size(padding, size, k, stride, dilation) < 1
        for size, k in zip(x.shape[1:3], kernel, strict=True)
    ):
        raise TooLargeError
    options = {"strides": (stride, stride), "padding": padding, "activation": pick(rng, "NONE", "RELU")}
    return kernel, options | ({"dilation": (dilation, dilation)} if dilates else {})


def conv_2d(b: ModelBuilder, rng: Random) -> Made:
    x = image(b, rng)
    kernel, options = window(rng, x, True)
    groups = 2 if x.shape[3] % 2 == 0 and rng.random() < 0.15 else 1
    channels, depth = groups * log_uniform(rng, 1, 8 // groups), x.shape[3] // groups
    weights = numbers(rng, (channels, *kernel, depth), "float32")
    return b.conv_2d(x, weights, numbers(rng, (channels,), "float32"), **options)


def depthwise_conv_2d(b: ModelBuilder, rng: Random) -> Made:
    x = image(b, rng)
    kernel, options = window(rng, x, True)
    channels = x.shape[3] * (2 if rng.random() < 0.25 else 1)
    weights = numbers(rng, (1, *kernel, channels), "float32")
    return b.depthwise_conv_2d(x, weights, numbers(rng, (channels,), "float32"), **options)


def fully_connected(b: ModelBuilder, rng: Random) -> Made:
    rows = log_uniform(rng, 2, 4) if rng.random() < 0.2 else 1
    depth, units = log_uniform(rng, 1, REALS // rows), log_uniform(rng, 1, 12)
    x = b.input((rows, depth), "float32")
    weights = numbers(rng, (units, depth), "float32")
    return b.fully_connected(
        x, weights, numbers(rng, (units,), "float32"), activation=pick(rng, "NONE", "RELU")
    )


def pool(kind: str, dtype: str = "float32") -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        x = image(b, rng, dtype)
        kernel, options = window(rng, x, False)
        return getattr(b, kind)(x, kernel, **options)

    return draw


def svdf(dtype: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        rank, units = int(rng.integers(1, 3)), log_uniform(rng, 1, 8)
        memory, inputs = log_uniform(rng, 1, 10), log_uniform(rng, 1, 40)
        state = "float32" if dtype == "float32" else pick(rng, "int16", "int8")
        x = b.input((1, inputs), dtype, **scaled(rng, dtype))
        filters = rank * units
        if dtype == "float32":
            features, times, bias = (
                b.constant(numbers(rng, size, dtype))
                for size in ((filters, inputs), (filters, memory), (units,))
            )
            return b.svdf(x, features, times, bias, rank=rank)
        features = b.constant(numbers(rng, (filters, inputs), "int8"), 0.01, 0)
        weights = rng.integers(-100, 100, (filters, memory)) * (250 if state == "int16" else 1)
        time_scale, state_scale = (2.0**-15, 2.0**-9) if state == "int16" else (2.0**-7, 2.0**-3)
        times = b.constant(weights.astype(state), time_scale)
        bias = b.constant(rng.integers(-1000, 1000, units).astype(np.int32), time_scale * state_scale)
        return b.svdf(x, features, times, bias, rank=rank, state_scale=state_scale, **scaled(rng, dtype))

    return draw


def lstm(b: ModelBuilder, rng: Random) -> Made:
    inputs, units, steps = log_uniform(rng, 1, 12), log_uniform(rng, 1, 8), log_uniform(rng, 1, 5)
    return b.unidirectional_sequence_lstm(
        b.input((1, steps, inputs), "float32"),
        [numbers(rng, (units, inputs), "float32") / 4 for _ in range(4)],
        [numbers(rng, (units, units), "float32") / 4 for _ in range(4)],
        [numbers(rng, (units,), "float32") / 4 for _ in range(4)],
        cell_clip=pick(rng, 0.0, 2.0),
        time_major=bool(rng.random() < 0.5),
    )
