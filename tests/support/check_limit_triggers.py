"""A model for every rule of `microinfer check` about numbers, memory and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock

import numpy as np

from microinfer.builder import ModelBuilder
from microinfer.checks import Limits
from microinfer.model import write as encoder

from support.check_models import RANDOM, convolution, dense, finish, image, one, sound, trigger, weights

FRAGMENTING = (4, 48, 24, 16, 48, 8)
"""Channels of tensors in a row."""


@trigger("per-channel-refused")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    w = b.constant(np.ones((3, 4), np.int8), [0.1, 0.2, 0.3], dtype="int4")
    return finish(b, b.fully_connected(x, w, scale=0.1, zero_point=0))


@trigger("per-channel-ignored")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    other = b.constant(np.arange(4, dtype=np.int8).reshape(1, 4), [0.1, 0.2, 0.3, 0.4], quantized_dimension=1)
    return finish(b, b.add(x, other, scale=0.2, zero_point=0))


@trigger("per-channel-dense")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    return finish(b, b.fully_connected(x, weights(3, 4), scale=0.05, zero_point=0))


@trigger("asymmetric-weights")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 0.01, 5)
    return finish(b, b.conv_2d(image(b), w, scale=0.5, zero_point=0))


@trigger("bias-scale")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 0.01, 0)
    bias = b.constant(np.arange(4, dtype=np.int32), 0.001, 0)
    return finish(b, b.conv_2d(image(b), w, bias, scale=0.5, zero_point=0))


@trigger("zero-scale")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(np.zeros((4, 3, 3, 4), np.int8), [0.01, 0.0, 0.01, 0.01], 0)
    return finish(b, b.conv_2d(image(b), w, scale=0.5, zero_point=0))


@trigger("far-zero-point")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, b.relu(b.input((1, 4), scale=0.1, zero_point=0), scale=0.1, zero_point=300))


@trigger("reduction-overflow")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 70_000, 1), "int16", 0.01, 0)
    return finish(b, b.mean(x, (1,)))


@trigger("scale-mismatch")
def _() -> bytes:
    b = ModelBuilder()
    x = image(b)
    y = b.tensor((1, 256), "int8", 0.1, 0)
    b.operator("RESHAPE", [x], [y], {"new_shape": (1, 256)})
    return finish(b, y)


@trigger("fixed-output-scale")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    return finish(b, b.softmax(x, scale=0.1, zero_point=0))


@trigger("multiplier-out-of-range")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=1e30, zero_point=0)
    w = b.constant(np.ones((3, 4), np.int8), 1e-3, 0)
    return finish(b, b.fully_connected(x, w, scale=1e-3, zero_point=0))


@trigger("accumulator-overflow")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 0.01, 0)
    bias = b.constant(np.array([0, 2_147_483_000, 0, 0], np.int32), 0.0005, 0)
    return finish(b, b.conv_2d(image(b), w, bias, scale=0.5, zero_point=0))


@trigger("requantisation-overflow")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8), 1.0, 0)
    return finish(b, b.conv_2d(image(b), w, scale=1e-5, zero_point=0))


@trigger("wasted-weight-range")
def _() -> bytes:
    b = ModelBuilder()
    w = b.constant(RANDOM.integers(-20, 21, (4, 3, 3, 4)).astype(np.int8), 0.1, 0)
    return finish(b, b.conv_2d(image(b), w, scale=0.5, zero_point=0))


@trigger("wasted-output-range")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, convolution(b, image(b), scale=50.0))


@trigger("constant-output")
def _() -> bytes:
    b = ModelBuilder()
    return finish(b, convolution(b, image(b), scale=1e6))


@trigger("dead-channels")
def _() -> bytes:
    b = ModelBuilder()
    stored = RANDOM.integers(-127, 128, (4, 3, 3, 4)).astype(np.int8)
    stored[2] = 0
    return finish(b, b.conv_2d(image(b), b.constant(stored, 0.01, 0), scale=0.5, zero_point=0))


@trigger("saturating-scale")
def _() -> bytes:
    b = ModelBuilder()
    x, y = b.input((1, 4), scale=0.5, zero_point=0), b.input((1, 4), scale=0.5, zero_point=0)
    return finish(b, b.add(x, y, scale=0.01, zero_point=0))


@trigger("arena-exceeds-ram", profile="arduino-uno")
def _() -> bytes:
    return sound(size=16, channels=16)


@trigger("ram-exceeded", extra_memory=True)
def _() -> bytes:
    return sound(size=20, channels=8)


@trigger("arena-exceeds-budget", limits=Limits(arena_bytes=1000))
def _() -> bytes:
    return sound()


@trigger("arena-unknown", limits=Limits(arena_bytes=1000))
def _() -> bytes:
    return one("GELU")


@trigger("stack-exceeded", limits=Limits(stack_bytes=100))
def _() -> bytes:
    return sound()


@trigger("external-memory", extra_memory=True)
def _() -> bytes:
    return sound(size=40, channels=16)


@trigger("offline-plan")
def _() -> bytes:
    b = ModelBuilder()
    x = dense(b, b.input((1, 4), scale=0.1, zero_point=0))
    b.metadata("OfflineMemoryAllocation", np.array([1, 0, 99], np.int32).tobytes())
    return finish(b, x)


@trigger("arena-used-misleads")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1, zero_point=0)
    for _ in range(6):
        x = dense(b, x)
    return finish(b, x)


@trigger("fragmented-arena")
def _() -> bytes:
    """Tensors of such sizes that the greedy planner leaves gaps between them."""
    b = ModelBuilder()
    x = image(b, 8, FRAGMENTING[0])
    for channels in FRAGMENTING[1:]:
        x = b.conv_2d(x, weights(channels, 1, 1, x.shape[3]), scale=0.5, zero_point=0)
    return finish(b, x)


@trigger("model-exceeds-flash", profile="arduino-uno")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 200), scale=0.05, zero_point=0)
    return finish(b, dense(b, x, 200, scale=2.0))


@trigger("flash-exceeded", extra_memory=True)
def _() -> bytes:
    return sound()


@trigger("flash-exceeds-budget", limits=Limits(flash_bytes=1000))
def _() -> bytes:
    return sound()


@trigger("latency-exceeded", limits=Limits(latency_s=1e-5))
def _() -> bytes:
    return sound()


@trigger("energy-exceeded", profile="nucleo-l4r5zi", limits=Limits(energy_j=1e-9))
def _() -> bytes:
    return sound()


@trigger("cost-unknown", limits=Limits(energy_j=1e-3))
def _() -> bytes:
    return sound()


@trigger("scalar-kernel")
def _() -> bytes:
    b = ModelBuilder()
    x = image(b, 16, 8)
    w = weights(1, 3, 3, 8)
    return finish(b, b.depthwise_conv_2d(x, w, dilation=(2, 2), scale=0.5, zero_point=0))


@trigger("reference-kernels", library="tflm-reference")
def _() -> bytes:
    return sound()


@trigger("tflm-fault")
def _() -> bytes:
    b = ModelBuilder()
    x = b.input((1, 2, 2, 2, 2), scale=0.1, zero_point=0)
    return finish(b, b.transpose(x, (4, 3, 2, 1, 0)))


@trigger("demand-unknown")
def _() -> bytes:
    """A second signature's subgraph, which is not planned."""

    class Twice(encoder._Writer):
        subgraph = 0

        def table(self, slots: int, *fields: tuple[int, str, Any, Any]) -> int:
            made = super().table(slots, *fields)
            self.subgraph = made if slots == 5 else self.subgraph
            return made

        def offsets(self, values: Sequence[int]) -> int:
            return super().offsets([*values, *values] if values == [self.subgraph] else values)

    with mock.patch.object(encoder, "_Writer", Twice):
        return sound()
