"""The small network that the tests of the loader write, bend and read."""

from __future__ import annotations

import numpy as np

from microinfer.builder import ModelBuilder


def network() -> ModelBuilder:
    """Tensors: 0 input, 1 weights, 2 bias, 3 convolved, 4 shape, 5 flat, 6 output. Three operators."""
    b = ModelBuilder("network", "A network.")
    rng = np.random.default_rng(3)
    x = b.input((1, 6, 6, 2), scale=0.5, zero_point=-3, name="image")
    x = b.conv_2d(x, rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4), scale=0.25, zero_point=1)
    x = b.reshape(x, (1, 144))
    b.output(b.softmax(x, name="scores"))
    return b
