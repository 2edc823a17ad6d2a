"""The digits of the zoo as a data set."""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import zoo
from microinfer.validation import ValidationSettings, validate

__all__ = ["ACCURACY", "REAL", "SCALE", "X", "Y", "accuracy"]

X, Y = zoo.samples("digits")


SCALE = np.float32(1 / 255)


REAL = (X.astype(np.float32) + 128) * SCALE


ACCURACY = 352 / 360


def accuracy(data: Any, **settings: Any) -> float | None:
    return validate(
        zoo.load("digits"), data, settings=ValidationSettings(layer_samples=0, **settings)
    ).accuracy
