"""Small random models of the operators that bare-c has, for what is exported, compiled and run."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np

from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle
from microinfer.operators.window import output_size

__all__ = ["LAYERS", "chain", "network", "one_layer"]

Random = np.random.Generator
Layer = Callable[[ModelBuilder, Handle, Random], Handle]


def _quantization(rng: Random, scale: float | None = None) -> dict[str, Any]:
    found = float(np.float32(2.0 ** rng.uniform(-9, -2))) if scale is None else float(np.float32(scale))
    return {"scale": found, "zero_point": int(rng.choice([-128, -128, 0, 127, rng.integers(-128, 128)]))}


def _activation(rng: Random) -> str:
    return str(rng.choice(["NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1"]))


def _weights(rng: Random, shape: tuple[int, ...]) -> Any:
    """int8 over the whole range, -128 included."""
    values = rng.integers(-128, 128, shape).astype(np.int8)
    return np.where(rng.random(shape) < 0.02, np.int8(-128), values)


def _dense(rng: Random, x: Handle, taps: int, channels: int) -> dict[str, Any]:
    """Weight scales, bias and output scale such that most outputs lie inside the range."""
    scale = float(2.0 ** rng.uniform(-10, -4))
    scales = scale * rng.uniform(0.2, 1, channels) if rng.random() < 0.7 else scale
    spread = x.scale * scale * sqrt(taps) * 70 * 74
    output = spread / 100 * float(2.0 ** rng.uniform(-2, 2))
    limit = int(100 * sqrt(taps) * 70)
    bias = rng.integers(-limit, limit + 1, channels).astype(np.int32) if rng.random() < 0.8 else None
    return {
        "bias": bias,
        "weight_scale": scales,
        "activation": _activation(rng),
        **_quantization(rng, output),
    }


def _window(rng: Random, x: Handle, largest: int = 4) -> dict[str, Any]:
    while True:
        kernel = tuple(int(k) for k in rng.integers(1, largest + 1, 2))
        strides = tuple(int(k) for k in rng.integers(1, 4, 2))
        padding = str(rng.choice(["SAME", "VALID"]))
        sizes = zip(x.shape[1:3], kernel, strides, strict=True)
        if all(output_size(padding, size, k, stride, 1) > 0 for size, k, stride in sizes):
            return {"kernel": kernel, "strides": strides, "padding": padding}


def _dilation(rng: Random, x: Handle, window: dict[str, Any]) -> tuple[int, int]:
    made = tuple(int(d) for d in rng.integers(1, 4, 2)) if rng.random() < 0.3 else (1, 1)
    sizes = zip(x.shape[1:3], window["kernel"], window["strides"], made, strict=True)
    fits = all(output_size(window["padding"], size, k, s, d) > 0 for size, k, s, d in sizes)
    return (made[0], made[1]) if fits else (1, 1)


def conv_2d(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    window = _window(rng, x)
    groups = int(rng.choice([g for g in (1, 1, 2, 3) if x.shape[3] % g == 0]))
    channels = groups * int(rng.integers(1, 7))
    depth = x.shape[3] // groups
    weights = _weights(rng, (channels, *window["kernel"], depth))
    dense = _dense(rng, x, prod(window["kernel"]) * depth, channels)
    dilation = _dilation(rng, x, window)
    return b.conv_2d(
        x, weights, strides=window["strides"], padding=window["padding"], dilation=dilation, **dense
    )


def depthwise_conv_2d(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    window = _window(rng, x)
    channels = x.shape[3] * int(rng.choice([1, 1, 2, 3]))
    weights = _weights(rng, (1, *window["kernel"], channels))
    dense = _dense(rng, x, prod(window["kernel"]), channels)
    dilation = _dilation(rng, x, window)
    return b.depthwise_conv_2d(
        x, weights, strides=window["strides"], padding=window["padding"], dilation=dilation, **dense
    )


def fully_connected(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    depth = x.shape[-1] if rng.random() < 0.4 else prod(x.shape)
    channels = int(rng.integers(1, 20))
    weights = _weights(rng, (channels, depth))
    return b.fully_connected(x, weights, **_dense(rng, x, depth, channels))


def average_pool_2d(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    window = _window(rng, x)
    return b.average_pool_2d(
        x,
        window["kernel"],
        strides=window["strides"],
        padding=window["padding"],
        activation=_activation(rng),
    )


def max_pool_2d(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    window = _window(rng, x)
    return b.max_pool_2d(
        x,
        window["kernel"],
        strides=window["strides"],
        padding=window["padding"],
        activation=_activation(rng),
    )


def _other(b: ModelBuilder, x: Handle, rng: Random, same: bool = False) -> Handle:
    """A second operand: x itself, or a constant that may broadcast."""
    if rng.random() < 0.3:
        return x
    shape = [size if rng.random() < 0.6 else 1 for size in x.shape][int(rng.integers(0, len(x.shape) + 1)) :]
    if same:
        found: dict[str, Any] = {"scale": x.scale, "zero_point": x.zero_point}
    else:
        found = _quantization(rng, x.scale * 2.0 ** rng.uniform(-3, 3))
    return b.constant(_weights(rng, tuple(shape)), **found)


def add(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    y = _other(b, x, rng)
    return b.add(x, y, activation=_activation(rng), **_quantization(rng, max(x.scale, y.scale) * 1.5))


def sub(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    y = _other(b, x, rng)
    return b.sub(y, x, activation=_activation(rng), **_quantization(rng, max(x.scale, y.scale) * 1.5))


def mul(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    y = _other(b, x, rng)
    return b.mul(x, y, activation=_activation(rng), **_quantization(rng, x.scale * y.scale * 80))


def maximum(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.maximum(x, _other(b, x, rng, same=True))


def minimum(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.minimum(x, _other(b, x, rng, same=True))


def softmax(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.softmax(x, beta=float(2.0 ** rng.uniform(-2, 2)))


def logistic(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.logistic(x)


def tanh(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.tanh(x)


def relu(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.relu(x, **(_quantization(rng, x.scale * 1.3) if rng.random() < 0.5 else {}))


def relu6(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.relu6(x)


def leaky_relu(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.leaky_relu(x, 0.2, **_quantization(rng, x.scale))


def absolute(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.abs(x, **_quantization(rng, x.scale))


def elu(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.elu(x, **_quantization(rng, x.scale))


def hard_swish(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.hard_swish(x, **_quantization(rng, x.scale))


def quantize(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    if rng.random() < 0.5:
        return b.quantize(x, **_quantization(rng, x.scale * 2.0 ** rng.uniform(-1, 1)))
    wide = b.quantize(x, "int16", scale=x.scale / 200)
    finer = b.quantize(wide, "int16", scale=x.scale / 170)
    return b.quantize(finer, **_quantization(rng, x.scale))


def dequantize(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.quantize(b.dequantize(x), **_quantization(rng, x.scale * 2.0 ** rng.uniform(-1, 1)))


def reshape(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    made = b.reshape(x, (x.shape[0], -1) if rng.random() < 0.5 else x.shape)
    return b.expand_dims(b.squeeze(made), 0) if rng.random() < 0.3 and prod(x.shape) > 1 else made


def pad(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    amounts = [
        (int(rng.integers(0, 3)), int(rng.integers(0, 3))) if rng.random() < 0.5 else (0, 0) for _ in x.shape
    ]
    return b.pad(x, amounts)


def mean(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    rank = len(x.shape)
    axes = sorted({int(axis) for axis in rng.integers(0, rank, int(rng.integers(1, 3)))})
    return b.mean(x, axes, keep_dims=bool(rng.random() < 0.5), **_quantization(rng, x.scale * 0.6))


def concatenation(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.concatenation([x, x] if rng.random() < 0.5 else [x, x, x], int(rng.integers(0, len(x.shape))))


def split(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    axis = int(rng.integers(0, len(x.shape)))
    size = x.shape[axis]
    count = int(rng.choice([n for n in (1, 2, 3, size) if size % n == 0 and n < 10]))
    parts = b.split(x, count, axis)
    return b.concatenation(parts[::-1], axis) if count > 1 else parts[0]


def pack(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    if len(x.shape) > 3:
        x = b.reshape(x, (x.shape[0], -1))
    axis = int(rng.integers(0, len(x.shape) + 1))
    stacked = b.pack([x, x, x], axis)
    return b.unpack(stacked, axis)[1] if rng.random() < 0.5 else stacked


def transpose(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.transpose(x, [int(axis) for axis in rng.permutation(len(x.shape))])


def strided_slice(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    begin = [int(rng.integers(0, size)) for size in x.shape]
    end = [int(rng.integers(start + 1, size + 1)) for start, size in zip(begin, x.shape, strict=True)]
    return b.strided_slice(x, begin, end, [int(step) for step in rng.integers(1, 3, len(x.shape))])


def resize_nearest_neighbor(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.resize_nearest_neighbor(x, (x.shape[1] * int(rng.integers(1, 4)), x.shape[2] * 2))


IMAGE: dict[str, Layer] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "AVERAGE_POOL_2D": average_pool_2d,
    "MAX_POOL_2D": max_pool_2d,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
}
"""Layers that need an input of four dimensions."""

LAYERS: dict[str, Layer] = {
    **IMAGE,
    "FULLY_CONNECTED": fully_connected,
    "ADD": add,
    "SUB": sub,
    "MUL": mul,
    "MAXIMUM": maximum,
    "MINIMUM": minimum,
    "SOFTMAX": softmax,
    "LOGISTIC": logistic,
    "TANH": tanh,
    "RELU": relu,
    "RELU6": relu6,
    "LEAKY_RELU": leaky_relu,
    "ABS": absolute,
    "ELU": elu,
    "HARD_SWISH": hard_swish,
    "QUANTIZE": quantize,
    "DEQUANTIZE": dequantize,
    "RESHAPE": reshape,
    "PAD": pad,
    "MEAN": mean,
    "CONCATENATION": concatenation,
    "SPLIT": split,
    "PACK": pack,
    "TRANSPOSE": transpose,
    "STRIDED_SLICE": strided_slice,
}


def _input(b: ModelBuilder, rng: Random, limit: int) -> Handle:
    while True:
        batch = int(rng.choice([1, 1, 1, 2]))
        shape = (batch, int(rng.integers(1, 9)), int(rng.integers(1, 9)), int(rng.integers(1, 7)))
        if prod(shape) <= limit:
            return b.input(shape, **_quantization(rng))


def one_layer(name: str, rng: Random, limit: int = 300) -> bytes:
    """A model of this operator, and of what is needed to feed it int8."""
    b = ModelBuilder(name.lower())
    b.output(LAYERS[name](b, _input(b, rng, limit), rng))
    return b.build()


def chain(rng: Random, length: int = 4, limit: int = 300) -> bytes:
    """A model of `length` random layers, no tensor larger than `limit` elements or so."""
    b = ModelBuilder("chain")
    x = _input(b, rng, limit)
    for _ in range(length):
        if not x.shape or x.shape == (1,):
            break
        names = [n for n in LAYERS if len(x.shape) == 4 or n not in IMAGE]
        if prod(x.shape) > limit // 2:
            names = [
                n
                for n in names
                if n not in ("PAD", "PACK", "CONCATENATION", "RESIZE_NEAREST_NEIGHBOR", "DEQUANTIZE")
            ]
        x = LAYERS[str(rng.choice(names))](b, x, rng)
    b.output(x)
    return b.build()


def network(rng: Random) -> bytes:
    """A small classifier as people build them for an Uno: convolutions, pools, dense layers, softmax."""
    b = ModelBuilder("network")
    size = int(rng.integers(8, 13))
    x = b.input((1, size, size, int(rng.choice([1, 1, 2]))), scale=1 / 255, zero_point=-128)

    def conv(x: Handle, channels: int, kernel: int, stride: int) -> Handle:
        taps = kernel * kernel * x.shape[3]
        weights = rng.integers(-127, 128, (channels, kernel, kernel, x.shape[3])).astype(np.int8)
        dense = {**_dense(rng, x, taps, channels), "activation": "RELU", "zero_point": -128}
        return b.conv_2d(
            x, weights, strides=(stride, stride), padding=str(rng.choice(["SAME", "VALID"])), **dense
        )

    x = conv(x, int(rng.integers(3, 7)), 3, int(rng.choice([1, 2])))
    kind = rng.integers(3)
    if kind == 0:
        weights = rng.integers(-127, 128, (1, 3, 3, x.shape[3])).astype(np.int8)
        dense = {**_dense(rng, x, 9, x.shape[3]), "activation": "RELU", "zero_point": -128}
        x = b.depthwise_conv_2d(x, weights, **dense)
        x = conv(x, int(rng.integers(4, 9)), 1, 1)
    elif kind == 1:
        x = b.max_pool_2d(x, 2)
        x = conv(x, int(rng.integers(4, 9)), int(rng.choice([1, 3])) if min(x.shape[1:3]) > 2 else 1, 1)
    else:
        x = b.add(x, conv(x, x.shape[3], 1, 1), **_quantization(rng, x.scale * 2))
    if rng.random() < 0.5 and min(x.shape[1:3]) > 1:
        x = b.average_pool_2d(x, 2)
    if rng.random() < 0.3:
        x = b.mean(x, (1, 2), keep_dims=False, **_quantization(rng, x.scale))
    else:
        x = b.reshape(x, (1, -1))
    if rng.random() < 0.5:
        x = fully_connected(b, x, rng)
    weights = rng.integers(-127, 128, (int(rng.integers(2, 11)), prod(x.shape))).astype(np.int8)
    x = b.fully_connected(x, weights, **{**_dense(rng, x, prod(x.shape), len(weights)), "activation": "NONE"})
    b.output(b.softmax(x))
    return b.build()
