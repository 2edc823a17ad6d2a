"""Small models for the tests of `microinfer check`, and the register of those that trigger a rule.

The register is filled by `check_triggers`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microinfer.builder import Handle, ModelBuilder

RANDOM = np.random.default_rng(7)


@dataclass(frozen=True)
class Trigger:
    """A model, where it is checked, and what else the check is told. `bytes_of` builds the file."""

    bytes_of: Callable[[], bytes]
    profile: str = "cortex-m4"
    library: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    extra_memory: bool = False


TRIGGERS: dict[str, Trigger] = {}


def trigger(name: str, profile: str = "cortex-m4", library: str | None = None, **options: Any) -> Any:
    """Register the function below as the builder of the model that triggers a rule."""
    extra = options.pop("extra_memory", False)

    def register(bytes_of: Callable[[], bytes]) -> Callable[[], bytes]:
        assert name not in TRIGGERS
        TRIGGERS[name] = Trigger(bytes_of, profile, library, options, extra)
        return bytes_of

    return register


def finish(b: ModelBuilder, *outputs: Handle) -> bytes:
    b.output(*outputs)
    return b.build()


def image(b: ModelBuilder, size: int = 8, channels: int = 4) -> Handle:
    return b.input((1, size, size, channels), scale=0.05, zero_point=0)


def weights(*shape: int) -> np.ndarray[Any, Any]:
    return RANDOM.normal(size=shape)


def convolution(b: ModelBuilder, x: Handle, channels: int = 4, **options: Any) -> Handle:
    """3 x 3, with a scale that suits random weights."""
    options = {"scale": 0.5, "zero_point": 0, **options}
    return b.conv_2d(x, weights(channels, 3, 3, x.shape[3]), np.zeros(channels), **options)


def dense(b: ModelBuilder, x: Handle, units: int = 4, **options: Any) -> Handle:
    options = {"scale": 0.5, "zero_point": 0, **options}
    depth = int(np.prod(x.shape[1:]))
    w = b.constant(RANDOM.integers(-127, 128, (units, depth)).astype(np.int8), 0.01, 0)
    return b.fully_connected(x, w, np.zeros(units), **options)


def sound(size: int = 8, channels: int = 8, hidden: int = 8) -> bytes:
    """A small classifier in which nothing is to be mended."""
    b = ModelBuilder("sound")
    x = convolution(b, image(b, size), channels)
    x = convolution(b, x, hidden)
    x = b.average_pool_2d(x, x.shape[1:3])
    x = b.reshape(x, (1, hidden))
    x = dense(b, x, 10)
    return finish(b, b.softmax(x))


def one(operator: str, dtype: str = "int8", **options: Any) -> bytes:
    """A model of one operator of any name, from a tensor to one like it."""
    b = ModelBuilder("one")
    quantization = {"scale": 0.1, "zero_point": 0} if dtype == "int8" else {}
    x = b.input((1, 4), dtype, **quantization)
    y = b.tensor((1, 4), dtype, **quantization)
    b.operator(operator, [x], [y], **options)
    return finish(b, y)
