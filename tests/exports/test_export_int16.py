"""int16 in generated C: layers with a bias of int64, of int32, whose sums wrap, or with none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder

from conftest import EXAMPLES
from support.firmware import Compiler
from support.twin_runs import expect_bits_here, expect_bits_on_arm, expect_bits_on_avr, expect_sizes

SEEDS = range(max(4, EXAMPLES // 10))
BIASES = ("int64", "int32", "")
WEIGHED = ("conv_2d", "depthwise_conv_2d", "fully_connected")


def _bias(b: ModelBuilder, g: np.random.Generator, channels: int, kind: str, scale: float) -> Any:
    """Small, or so large that 32 bits are full."""
    if not kind:
        return None
    most = int(g.choice([3000, 1 << 30]))
    return b.constant(g.integers(-most, most, channels).astype(kind), scale, dtype=kind)


def _made(b: ModelBuilder, g: np.random.Generator, taps: int) -> dict[str, Any]:
    weight_scale = float(g.uniform(0.001, 0.01))
    activation = str(g.choice(["NONE", "RELU", "RELU6"]))
    scale = 2.0**-12 * weight_scale * taps * float(g.choice([40, 1000]))
    return {"weight_scale": weight_scale, "activation": activation, "scale": scale, "zero_point": 0}


def conv_2d(b: ModelBuilder, g: np.random.Generator, kind: str) -> Any:
    groups, depth, channels = int(g.integers(1, 3)), int(g.integers(1, 4)), int(g.integers(1, 4))
    x = b.input((int(g.integers(1, 3)), 5, 4, groups * depth), "int16", scale=2.0**-12, zero_point=0)
    kernel = int(g.integers(1, 4)), int(g.integers(1, 3)), depth
    made = _made(b, g, int(np.prod(kernel)))
    weights = g.integers(-127, 128, (groups * channels, *kernel)).astype(np.int8)
    bias = _bias(b, g, groups * channels, kind, 2.0**-12 * made["weight_scale"])
    dilation = int(g.integers(1, 3))
    return b.conv_2d(
        x, weights, bias, dilation=dilation, strides=1 if dilation > 1 else int(g.integers(1, 3)), **made
    )


def depthwise_conv_2d(b: ModelBuilder, g: np.random.Generator, kind: str) -> Any:
    depth, multiplier = int(g.integers(1, 4)), int(g.integers(1, 3))
    x = b.input((1, 6, 5, depth), "int16", scale=2.0**-12, zero_point=0)
    made = _made(b, g, 9)
    weights = g.integers(-127, 128, (1, 3, 3, depth * multiplier)).astype(np.int8)
    bias = _bias(b, g, depth * multiplier, kind and "int64", 2.0**-12 * made["weight_scale"])
    padding, strides = str(g.choice(["SAME", "VALID"])), int(g.integers(1, 3))
    return b.depthwise_conv_2d(x, weights, bias, padding=padding, strides=strides, **made)


def fully_connected(b: ModelBuilder, g: np.random.Generator, kind: str) -> Any:
    """More inputs than a part of a sum takes, and zero points, which TFLM takes off here."""
    depth, units = int(g.choice([3, 255, 256, 300])), int(g.integers(1, 4))
    zero_point = int(g.choice([0, 0, -700]))
    x = b.input((1, depth), "int16", scale=2.0**-12, zero_point=zero_point)
    made = _made(b, g, depth) | {"zero_point": int(g.choice([0, 900]))}
    weights = np.where(g.random((units, depth)) < 0.5, 127, -127 if g.random() < 0.5 else 126).astype(np.int8)
    bias = _bias(b, g, units, kind, 2.0**-12 * made["weight_scale"])
    return b.fully_connected(x, weights, bias, **made)


def logistic(b: ModelBuilder, g: np.random.Generator, kind: str) -> Any:
    """Scales that are powers of two, and others; `kind` is of no matter."""
    return b.logistic(_vector(b, g))


def tanh(b: ModelBuilder, g: np.random.Generator, kind: str) -> Any:
    return b.tanh(_vector(b, g))


def softmax(b: ModelBuilder, g: np.random.Generator, kind: str) -> Any:
    shape = int(g.integers(1, 4)), int(g.integers(2, 40))
    x = b.input(shape, "int16", scale=float(g.uniform(1e-5, 2e-3)), zero_point=0)
    return b.softmax(x, beta=float(g.choice([1.0, 0.5])))


def quantize(b: ModelBuilder, g: np.random.Generator, kind: str) -> Any:
    """There and back by way of int32, with scales far finer, and some coarser."""
    first, last = (str(g.choice(["int8", "int16"])) for _ in range(2))
    x = b.input((1, 30), first, scale=0.01, zero_point=0)
    wide = b.quantize(
        x, "int32", scale=0.01 * 2.0 ** float(g.uniform(-24, 3)), zero_point=int(g.choice([0, 77]))
    )
    return b.quantize(wide, last, scale=0.02, zero_point=0)


def _vector(b: ModelBuilder, g: np.random.Generator) -> Any:
    scale = float(g.choice([2.0**-12, 2.0**-11, 2.0**-9, g.uniform(1e-4, 1e-2), 1.0]))
    return b.input((1, 60), "int16", scale=scale, zero_point=0)


LAYERS: dict[str, Callable[[ModelBuilder, np.random.Generator, str], Any]] = {
    "conv_2d": conv_2d,
    "depthwise_conv_2d": depthwise_conv_2d,
    "fully_connected": fully_connected,
    "logistic": logistic,
    "quantize": quantize,
    "softmax": softmax,
    "tanh": tanh,
}


DRAWN = [(layer, kind) for layer in LAYERS for kind in (BIASES if layer in WEIGHED else BIASES[:1])]


def drawn(layer: str, kind: str, seed: int) -> bytes:
    b = ModelBuilder(layer)
    b.output(LAYERS[layer](b, np.random.default_rng([seed, len(kind)]), kind))
    return b.build()


@pytest.mark.parametrize(("layer", "kind"), DRAWN)
def test_host(layer: str, kind: str, on_host: Compiler, tmp_path: Path) -> None:
    for seed in SEEDS:
        model = drawn(layer, kind, seed)
        expect_bits_here(model, on_host, tmp_path / f"{seed}", seed)
        expect_sizes(model)


@pytest.mark.parametrize(("layer", "kind"), DRAWN)
def test_simavr(layer: str, kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for seed in range(2):
        model = drawn(layer, kind, seed)
        expect_bits_on_avr(model, tmp_path_factory.getbasetemp(), tmp_path / f"{seed}", seed)


@pytest.mark.parametrize(("layer", "kind"), DRAWN)
def test_qemu(layer: str, kind: str, on_arm: Compiler, tmp_path: Path) -> None:
    expect_bits_on_arm(drawn(layer, kind, 3), on_arm, tmp_path, 3)
