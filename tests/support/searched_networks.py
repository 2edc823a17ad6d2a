"""What the tests of searches build and score: a small network in several sizes."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from microinfer import ModelBuilder


def build(config: dict[str, Any]) -> bytes:
    """A fully-connected layer of `units`, and one of ten."""
    if config.get("wrong") == "build":
        raise ValueError("no such network")
    random = np.random.default_rng(0)
    b = ModelBuilder("small")
    x = b.input((1, 8), scale=0.02, zero_point=0)
    units = config["units"]
    x = b.fully_connected(
        x, random.normal(0, 0.3, (units, 8)), np.zeros(units), activation="RELU", scale=0.02
    )
    b.output(b.fully_connected(x, random.normal(0, 0.3, (10, units)), np.zeros(10), scale=0.05))
    return b.build()


def score(model: bytes, config: dict[str, Any], budget: float | None = None) -> float:
    """The nearer to 40 units and a rate of a hundredth, the better; the more budget, the surer."""
    wrong = config.get("wrong")
    if wrong == "raises":
        raise RuntimeError("does not converge")
    if wrong == "nan":
        return float("nan")
    if wrong == "text":
        return "good"  # type: ignore[return-value]
    if wrong == "crashes":
        os._exit(7)
    noise = 0.0 if budget is None else 1.0 / budget
    return -abs(config["units"] - 40) / 40 - abs(np.log10(config.get("rate", 0.01)) + 2) - noise


def train(model: bytes, config: dict[str, Any]) -> tuple[float, bytes]:
    """Gives back a model that is twice as wide as the one that was measured."""
    return score(model, config), build({**config, "units": 2 * config["units"]})


def slow(model: bytes, config: dict[str, Any]) -> float:
    """As `score`, but for the time."""
    time.sleep(0.2)
    return score(model, config)
