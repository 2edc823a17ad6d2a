"""Layers and functions of int16 drawn for bare-c's kernels, and LSTMs of whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from avr_draws import Random, log_uniform
from bare_c_draws import Drawn, Made, numbers, pick, scaled
from bare_c_layer_draws import SHORTS, image, window
from microinfer.builder import ModelBuilder


def fine_scale(rng: Random) -> float:
    """Of an input of a function; powers of two are not rounded."""
    power = rng.uniform(-15, -3)
    return float(np.float32(2.0 ** (round(power) if rng.random() < 0.4 else power)))


def out(rng: Random, dtype: str, channels: int = 0) -> dict[str, Any]:
    """An output's quantisation, and that of weights of `channels`."""
    if dtype == "float32":
        return {}
    weights = {"weight_scale": rng.uniform(0.001, 0.01, channels).tolist()} if channels else {}
    return weights | scaled(rng, dtype, 0.02, 0.4)


def whole_bias(rng: Random, channels: int) -> Any:
    return rng.integers(-2000, 2000, channels)


def _bias(b: ModelBuilder, rng: Random, channels: int) -> Any:
    """Beside one of int32 sums have 32 bits."""
    made = whole_bias(rng, channels)
    return b.constant(made.astype(np.int32), 0.001, 0) if rng.random() < 0.25 else made


def conv_2d(b: ModelBuilder, rng: Random) -> Made:
    x = image(b, rng, "int16")
    kernel, options = window(rng, x, True)
    groups = 2 if x.shape[3] % 2 == 0 and rng.random() < 0.15 else 1
    channels, depth = groups * log_uniform(rng, 1, 8 // groups), x.shape[3] // groups
    weights, bias = numbers(rng, (channels, *kernel, depth), "int8"), _bias(b, rng, channels)
    return b.conv_2d(x, weights, bias, **options, **out(rng, "int16", channels))


def depthwise_conv_2d(b: ModelBuilder, rng: Random) -> Made:
    x = image(b, rng, "int16")
    kernel, options = window(rng, x, True)
    channels = x.shape[3] * (2 if rng.random() < 0.25 else 1)
    weights, bias = numbers(rng, (1, *kernel, channels), "int8"), whole_bias(rng, channels)
    return b.depthwise_conv_2d(x, weights, bias, **options, **out(rng, "int16", channels))


def fully_connected(b: ModelBuilder, rng: Random) -> Made:
    rows = log_uniform(rng, 2, 4) if rng.random() < 0.2 else 1
    depth, units = log_uniform(rng, 1, SHORTS // rows), log_uniform(rng, 1, 12)
    x = b.input((rows, depth), "int16", **scaled(rng, "int16"))
    weights, bias = numbers(rng, (units, depth), "int8"), _bias(b, rng, units)
    options = out(rng, "int16") | {"weight_scale": float(rng.uniform(0.001, 0.01))}
    return b.fully_connected(x, weights, bias, activation=pick(rng, "NONE", "RELU"), **options)


def rescaled(kind: str, rescales: bool = True) -> Drawn:
    """Half of them to a scale of their own."""

    def draw(b: ModelBuilder, rng: Random) -> Made:
        x = b.input((1, log_uniform(rng, 1, SHORTS)), "int16", **scaled(rng, "int16"))
        options = {"alpha": float(np.float32(rng.uniform(0.01, 0.5)))} if kind == "leaky_relu" else {}
        target = scaled(rng, "int16", 0.02, 0.4) if rescales and rng.random() < 0.5 else {}
        return getattr(b, kind)(x, **options, **target)

    return draw


def sigmoid(kind: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        x = b.input((1, log_uniform(rng, 1, SHORTS)), "int16", scale=fine_scale(rng), zero_point=0)
        return getattr(b, kind)(x)

    return draw


def softmax(b: ModelBuilder, rng: Random) -> Made:
    shape = log_uniform(rng, 1, 6), log_uniform(rng, 1, 60)
    return b.softmax(b.input(shape, "int16", scale=fine_scale(rng), zero_point=0))


def lstm(dtype: str) -> Drawn:
    def draw(b: ModelBuilder, rng: Random) -> Made:
        inputs, units, steps = log_uniform(rng, 1, 12), log_uniform(rng, 1, 8), log_uniform(rng, 1, 5)
        shown = {"scale": 2.0**-7, "zero_point": int(rng.integers(-128, 128))}
        return b.unidirectional_sequence_lstm(
            b.input((1, steps, inputs), dtype, **scaled(rng, dtype)),
            [numbers(rng, (units, inputs), "int8") for _ in range(4)],
            [numbers(rng, (units, units), "int8") for _ in range(4)],
            [whole_bias(rng, units) for _ in range(4)],
            input_weight_scales=rng.uniform(0.002, 0.02, 4).tolist(),
            recurrent_weight_scales=rng.uniform(0.002, 0.02, 4).tolist(),
            cell_clip=pick(rng, 0.0, 0.5),
            time_major=bool(rng.random() < 0.5),
            **(shown if dtype == "int8" else {"scale": 2.0**-15, "zero_point": 0}),
        )

    return draw
