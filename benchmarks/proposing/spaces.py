"""Two spaces of networks for an Arduino Uno, and a score that is the surer the more it is given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.searches.proxies import PROXIES

PROXY = "regions"
NOISE = 12.0
"""Of a score with a budget of 1: about as much as good networks of these spaces differ in."""
HOW = {"scale": 6 / 255, "zero_point": -128, "activation": "RELU"}

CONVOLUTIONS: dict[str, Any] = {
    "filters": {"ints": [2, 16]},
    "kernel": [3, 5],
    "stride": [1, 2],
    "blocks": [0, 1, 2, 3],
    "separable": {"choices": [True, False], "when": {"blocks": [1, 2, 3]}},
    "growth": {"choices": [1.0, 1.5, 2.0], "when": {"blocks": [1, 2, 3]}},
    "pool": [False, True],
}
DENSE: dict[str, Any] = {
    "layers": {"ints": [1, 4]},
    "first": {"ints": [2, 96]},
    "second": {"ints": [2, 96], "when": {"layers": [2, 3, 4]}},
    "third": {"ints": [2, 96], "when": {"layers": [3, 4]}},
    "fourth": {"ints": [2, 96], "when": {"layers": [4]}},
}
BUDGETS: Mapping[str, dict[str, Any]] = {
    "convolutions": {"latency": "150ms", "arena": "1k", "flash": "12k"},
    "dense": {"latency": "12ms", "arena": 128, "flash": "8k"},
}
SPACES: Mapping[str, dict[str, Any]] = {"convolutions": CONVOLUTIONS, "dense": DENSE}


def convolutions(config: dict[str, Any]) -> bytes:
    """Of 12 x 12 pixels: a convolution, blocks, and ten classes; weights as they are drawn for training."""
    random = np.random.default_rng(0)
    b = ModelBuilder("convolutions")
    x = b.input((1, 12, 12, 1), scale=1 / 128, zero_point=0)
    size, channels = 12, config["filters"]
    kernel, stride = config["kernel"], config["stride"]
    w = random.normal(0, np.sqrt(2) / kernel, (channels, kernel, kernel, 1))
    x = b.conv_2d(x, w, np.zeros(channels), strides=(stride, stride), padding="SAME", **HOW)
    size //= stride
    if config["pool"]:
        x, size = b.max_pool_2d(x, 2), size // 2
    for _ in range(config["blocks"]):
        wider = max(1, round(channels * config["growth"]))
        side = 3
        if config["separable"]:
            w = random.normal(0, np.sqrt(2) / 3, (1, 3, 3, channels))
            x, side = b.depthwise_conv_2d(x, w, np.zeros(channels), padding="SAME", **HOW), 1
        w = random.normal(0, np.sqrt(2 / channels) / side, (wider, side, side, channels))
        x, channels = b.conv_2d(x, w, np.zeros(wider), padding="SAME", **HOW), wider
    many = size * size * channels
    w = random.normal(0, np.sqrt(1 / many), (10, many))
    b.output(b.fully_connected(b.reshape(x, (1, many)), w, np.zeros(10), scale=0.05, zero_point=0))
    return b.build()


def dense(config: dict[str, Any]) -> bytes:
    """Of 32 numbers: so many layers of so many units, and four classes."""
    random = np.random.default_rng(0)
    b = ModelBuilder("dense")
    x, inputs = b.input((1, 32), scale=1 / 64, zero_point=0), 32
    for name in ("first", "second", "third", "fourth")[: config["layers"]]:
        units = config[name]
        w = random.normal(0, np.sqrt(2 / inputs), (units, inputs))
        x, inputs = b.fully_connected(x, w, np.zeros(units), **HOW), units
    w = random.normal(0, np.sqrt(1 / inputs), (4, inputs))
    b.output(b.fully_connected(x, w, np.zeros(4), scale=0.05, zero_point=0))
    return b.build()


def noisy(model: bytes, config: dict[str, Any], budget: float) -> float:
    """The proxy as a training tells it: less sure after fewer epochs. The same of the same."""
    told = json.dumps([config, budget], sort_keys=True).encode()
    random = np.random.default_rng(list(hashlib.sha256(told).digest()[:8]))
    return PROXIES[PROXY](model) + NOISE / np.sqrt(budget) * float(random.standard_normal())
