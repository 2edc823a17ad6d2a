"""Shapes of the layers that multiply and pool, for the calibration on an ATmega328P."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from avr_draws import SCALE, Random, TooLargeError, image, log_uniform, must_fit, random_weights
from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle
from microinfer.operators.window import output_size


def _window(rng: Random, x: Handle, largest: int = 5, dilated: bool = False) -> dict[str, Any]:
    kernel = log_uniform(rng, 1, largest), log_uniform(rng, 1, largest)
    stride = 1 if rng.random() < 0.6 else int(rng.integers(1, 4))
    dilation = int(rng.integers(2, 4)) if dilated and rng.random() < 0.15 else 1
    padding = str(rng.choice(["SAME", "VALID"]))
    for size, k in zip(x.shape[1:3], kernel, strict=True):
        if output_size(padding, size, k, stride, dilation) < 1:
            raise TooLargeError
    return {
        "kernel": kernel,
        "strides": (stride, stride),
        "padding": padding,
        "dilation": (dilation, dilation),
    }


def _dense(taps: int) -> dict[str, Any]:
    return {"weight_scale": 0.01, "scale": 0.02 * 0.01 * 70 * 74 * taps**0.5 / 100, "zero_point": -10}


def conv_2d(b: ModelBuilder, rng: Random) -> Handle:
    x = image(b, rng)
    w = _window(rng, x, dilated=True)
    groups = (
        int(rng.choice([g for g in (2, 3, 4) if x.shape[3] % g == 0] or [1])) if rng.random() < 0.15 else 1
    )
    channels = groups * log_uniform(rng, 1, 24 // groups)
    depth = x.shape[3] // groups
    taps = prod(w["kernel"]) * depth
    must_fit(flash=channels * (taps + 10))
    y = b.conv_2d(
        x,
        random_weights(rng, (channels, *w.pop("kernel"), depth)),
        np.zeros(channels, np.int32),
        **w,
        **_dense(taps),
    )
    must_fit(prod(x.shape), prod(y.shape), taps)
    return y


def depthwise_conv_2d(b: ModelBuilder, rng: Random) -> Handle:
    x = image(b, rng, 32)
    w = _window(rng, x, dilated=True)
    multiplier = int(rng.integers(2, 5)) if rng.random() < 0.25 else 1
    kernel = w.pop("kernel")
    y = b.depthwise_conv_2d(
        x,
        random_weights(rng, (1, *kernel, x.shape[3] * multiplier)),
        np.zeros(x.shape[3] * multiplier, np.int32),
        **w,
        **_dense(prod(kernel)),
    )
    must_fit(prod(x.shape), prod(y.shape), prod(kernel) * x.shape[3])
    return y


def fully_connected(b: ModelBuilder, rng: Random) -> Handle:
    rows = log_uniform(rng, 2, 6) if rng.random() < 0.2 else 1
    depth, units = log_uniform(rng, 1, 600), log_uniform(rng, 1, 64)
    must_fit(rows * (depth + units), flash=units * (depth + 10))
    x = b.input((rows, depth), scale=0.02, zero_point=int(rng.integers(-128, 128)))
    return b.fully_connected(
        x, random_weights(rng, (units, depth)), np.zeros(units, np.int32), **_dense(depth)
    )


def pool(kind: str) -> Callable[[ModelBuilder, Random], Handle]:
    def draw(b: ModelBuilder, rng: Random) -> Handle:
        if kind == "average_pool_2d" and rng.random() < 0.12:
            x = b.input(
                (1, int(rng.integers(16, 20)), int(rng.integers(16, 20)), log_uniform(rng, 1, 3)), **SCALE
            )
            w: dict[str, Any] = {"kernel": x.shape[1:3], "strides": (1, 1), "padding": "VALID"}
        else:
            x = image(b, rng, 32)
            w = _window(rng, x)
            w.pop("dilation")
        y: Handle = getattr(b, kind)(x, w.pop("kernel"), **w)
        must_fit(prod(x.shape), prod(y.shape))
        return y

    return draw


def softmax(b: ModelBuilder, rng: Random) -> Handle:
    rows, depth = log_uniform(rng, 1, 6), log_uniform(rng, 1, 200)
    must_fit(2 * rows * depth)
    x = b.input((rows, depth), scale=float(2.0 ** rng.uniform(-7, 1)), zero_point=0)
    return b.softmax(x)
