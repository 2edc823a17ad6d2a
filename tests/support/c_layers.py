"""A layer of each kind that generated C has, of a random shape and random weights."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np

from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle
from microinfer.operators.window import output_size

Random = np.random.Generator


Layer = Callable[[ModelBuilder, Handle, Random], Handle]


def quantization_options(rng: Random, scale: float | None = None) -> dict[str, Any]:
    found = float(np.float32(2.0 ** rng.uniform(-9, -2))) if scale is None else float(np.float32(scale))
    return {"scale": found, "zero_point": int(rng.choice([-128, -128, 0, 127, rng.integers(-128, 128)]))}


def _activation(rng: Random) -> str:
    return str(rng.choice(["NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1"]))


def _weights(rng: Random, shape: tuple[int, ...]) -> Any:
    """int8 over the whole range, -128 included."""
    values = rng.integers(-128, 128, shape).astype(np.int8)
    return np.where(rng.random(shape) < 0.02, np.int8(-128), values)


def dense_options(rng: Random, x: Handle, taps: int, channels: int) -> dict[str, Any]:
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
        **quantization_options(rng, output),
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
    dense = dense_options(rng, x, prod(window["kernel"]) * depth, channels)
    dilation = _dilation(rng, x, window)
    return b.conv_2d(
        x, weights, strides=window["strides"], padding=window["padding"], dilation=dilation, **dense
    )


def depthwise_conv_2d(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    window = _window(rng, x)
    channels = x.shape[3] * int(rng.choice([1, 1, 2, 3]))
    weights = _weights(rng, (1, *window["kernel"], channels))
    dense = dense_options(rng, x, prod(window["kernel"]), channels)
    dilation = _dilation(rng, x, window)
    return b.depthwise_conv_2d(
        x, weights, strides=window["strides"], padding=window["padding"], dilation=dilation, **dense
    )


def fully_connected(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    depth = x.shape[-1] if rng.random() < 0.4 else prod(x.shape)
    channels = int(rng.integers(1, 20))
    weights = _weights(rng, (channels, depth))
    return b.fully_connected(x, weights, **dense_options(rng, x, depth, channels))


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
        found = quantization_options(rng, x.scale * 2.0 ** rng.uniform(-3, 3))
    return b.constant(_weights(rng, tuple(shape)), **found)


def add(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    y = _other(b, x, rng)
    return b.add(x, y, activation=_activation(rng), **quantization_options(rng, max(x.scale, y.scale) * 1.5))


def sub(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    y = _other(b, x, rng)
    return b.sub(y, x, activation=_activation(rng), **quantization_options(rng, max(x.scale, y.scale) * 1.5))


def mul(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    y = _other(b, x, rng)
    return b.mul(x, y, activation=_activation(rng), **quantization_options(rng, x.scale * y.scale * 80))


def squared_difference(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    y = _other(b, x, rng)
    largest = max(x.scale, y.scale)
    return b.squared_difference(x, y, **quantization_options(rng, largest**2 * 2.0 ** rng.uniform(2, 8)))


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
    return b.relu(x, **(quantization_options(rng, x.scale * 1.3) if rng.random() < 0.5 else {}))


def relu6(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.relu6(x)


def leaky_relu(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.leaky_relu(x, 0.2, **quantization_options(rng, x.scale))


def absolute(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.abs(x, **quantization_options(rng, x.scale))


def elu(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.elu(x, **quantization_options(rng, x.scale))


def hard_swish(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.hard_swish(x, **quantization_options(rng, x.scale))


def quantize(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    if rng.random() < 0.5:
        return b.quantize(x, **quantization_options(rng, x.scale * 2.0 ** rng.uniform(-1, 1)))
    wide = b.quantize(x, "int16", scale=x.scale / 200)
    finer = b.quantize(wide, "int16", scale=x.scale / 170)
    return b.quantize(finer, **quantization_options(rng, x.scale))


def dequantize(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    return b.quantize(b.dequantize(x), **quantization_options(rng, x.scale * 2.0 ** rng.uniform(-1, 1)))


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
    return b.mean(x, axes, keep_dims=bool(rng.random() < 0.5), **quantization_options(rng, x.scale * 0.6))


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


def slice_(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    begin = [int(rng.integers(0, size)) for size in x.shape]
    sizes = [int(rng.integers(1, size - start + 1)) for start, size in zip(begin, x.shape, strict=True)]
    return b.slice(x, begin, sizes)


def split_v(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    axis = int(rng.integers(0, len(x.shape)))
    first = int(rng.integers(1, max(2, x.shape[axis])))
    lengths = [first, x.shape[axis] - first] if first < x.shape[axis] else [first]
    return b.concatenation(b.split_v(x, lengths, axis)[::-1], axis)


def broadcast_to(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    """Once or more round each side of one, and a new one in front."""
    shape = [int(rng.integers(1, 4)) if size == 1 else size for size in x.shape]
    return b.broadcast_to(x, [*([2] if len(shape) < 5 and rng.random() < 0.5 else []), *shape])


def depth_to_space(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    """Of an image whose channels are first repeated until they fill blocks."""
    block = int(rng.integers(1, 4))
    return b.depth_to_space(b.concatenation([x] * block**2, 3) if block > 1 else x, block)


def space_to_depth(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    block = int(rng.integers(1, 4))
    return b.space_to_depth(b.resize_nearest_neighbor(x, (x.shape[1] * block, x.shape[2] * block)), block)


def rsqrt(b: ModelBuilder, x: Handle, rng: Random) -> Handle:
    """Of what is never negative."""
    above = b.quantize(x, scale=x.scale, zero_point=-128)
    return b.rsqrt(above, **quantization_options(rng, 2.0 ** rng.uniform(-5, -1)))
