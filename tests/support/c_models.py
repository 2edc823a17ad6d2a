"""Small random models of the operators that bare-c has, for what is exported, compiled and run."""

from __future__ import annotations

from math import prod

import numpy as np

from microinfer.builder import ModelBuilder
from microinfer.builder.model_writer import Handle

from .c_layers import (
    Layer,
    Random,
    absolute,
    add,
    average_pool_2d,
    broadcast_to,
    concatenation,
    conv_2d,
    dense_options,
    depth_to_space,
    depthwise_conv_2d,
    dequantize,
    elu,
    fully_connected,
    hard_swish,
    leaky_relu,
    logistic,
    max_pool_2d,
    maximum,
    mean,
    minimum,
    mul,
    pack,
    pad,
    quantization_options,
    quantize,
    relu,
    relu6,
    reshape,
    resize_nearest_neighbor,
    rsqrt,
    slice_,
    softmax,
    space_to_depth,
    split,
    split_v,
    squared_difference,
    strided_slice,
    sub,
    tanh,
    transpose,
)

__all__ = ["LAYERS", "chain", "network", "one_layer"]


IMAGE: dict[str, Layer] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "AVERAGE_POOL_2D": average_pool_2d,
    "MAX_POOL_2D": max_pool_2d,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
    "DEPTH_TO_SPACE": depth_to_space,
    "SPACE_TO_DEPTH": space_to_depth,
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
    "SQUARED_DIFFERENCE": squared_difference,
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
    "SLICE": slice_,
    "SPLIT_V": split_v,
    "BROADCAST_TO": broadcast_to,
    "RSQRT": rsqrt,
}


GROWING = {
    "BROADCAST_TO",
    "CONCATENATION",
    "DEPTH_TO_SPACE",
    "DEQUANTIZE",
    "PACK",
    "PAD",
    "RESIZE_NEAREST_NEIGHBOR",
    "SPACE_TO_DEPTH",
}


def _input(b: ModelBuilder, rng: Random, limit: int) -> Handle:
    while True:
        batch = int(rng.choice([1, 1, 1, 2]))
        shape = (batch, int(rng.integers(1, 9)), int(rng.integers(1, 9)), int(rng.integers(1, 7)))
        if prod(shape) <= limit:
            return b.input(shape, **quantization_options(rng))


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
            names = [n for n in names if n not in GROWING]
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
        dense = {**dense_options(rng, x, taps, channels), "activation": "RELU", "zero_point": -128}
        return b.conv_2d(
            x, weights, strides=(stride, stride), padding=str(rng.choice(["SAME", "VALID"])), **dense
        )

    x = conv(x, int(rng.integers(3, 7)), 3, int(rng.choice([1, 2])))
    kind = rng.integers(3)
    if kind == 0:
        weights = rng.integers(-127, 128, (1, 3, 3, x.shape[3])).astype(np.int8)
        dense = {**dense_options(rng, x, 9, x.shape[3]), "activation": "RELU", "zero_point": -128}
        x = b.depthwise_conv_2d(x, weights, **dense)
        x = conv(x, int(rng.integers(4, 9)), 1, 1)
    elif kind == 1:
        x = b.max_pool_2d(x, 2)
        x = conv(x, int(rng.integers(4, 9)), int(rng.choice([1, 3])) if min(x.shape[1:3]) > 2 else 1, 1)
    else:
        x = b.add(x, conv(x, x.shape[3], 1, 1), **quantization_options(rng, x.scale * 2))
    if rng.random() < 0.5 and min(x.shape[1:3]) > 1:
        x = b.average_pool_2d(x, 2)
    if rng.random() < 0.3:
        x = b.mean(x, (1, 2), keep_dims=False, **quantization_options(rng, x.scale))
    else:
        x = b.reshape(x, (1, -1))
    if rng.random() < 0.5:
        x = fully_connected(b, x, rng)
    weights = rng.integers(-127, 128, (int(rng.integers(2, 11)), prod(x.shape))).astype(np.int8)
    x = b.fully_connected(
        x, weights, **{**dense_options(rng, x, prod(x.shape), len(weights)), "activation": "NONE"}
    )
    b.output(b.softmax(x))
    return b.build()
