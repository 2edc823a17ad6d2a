"""Models of one layer, drawn from a number: what a truth file of bits and bytes is made from anew.

Weights are whole numbers or 97ths of them, whose products have more bits than a float32 keeps; the same
number gives the same model everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microinfer import ModelBuilder

__all__ = ["KINDS", "drawn", "pattern"]

ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
INT16_SCALE = 2.0**-12


@dataclass(frozen=True, slots=True)
class _Draw:
    b: ModelBuilder
    g: np.random.Generator

    def pick(self, *options: Any) -> Any:
        return options[int(self.g.integers(len(options)))]

    def size(self, low: int, high: int) -> int:
        return int(self.g.integers(low, high + 1))

    def reals(self, *shape: int) -> Any:
        return self.b.constant((self.g.integers(-192, 193, shape) / 97).astype(np.float32))

    def input(self, shape: tuple[int, ...], dtype: str) -> Any:
        return self.b.input(shape, dtype, scale=INT16_SCALE if dtype == "int16" else None)


def _pool(d: _Draw, operator: str, dtype: str) -> Any:
    kernel = d.size(1, 4), d.size(1, 4)
    x = d.input((d.size(1, 2), kernel[0] + d.size(0, 4), kernel[1] + d.size(0, 4), d.size(1, 11)), dtype)
    return getattr(d.b, operator)(
        x, kernel, strides=(d.size(1, 3), d.size(1, 3)), padding=d.pick("SAME", "VALID"),
        activation=d.pick(*ACTIVATIONS),
    )  # fmt: skip


def _weights(d: _Draw, shape: tuple[int, ...], axis: int, many: bool) -> tuple[Any, Any]:
    values = d.g.integers(-127, 128, shape, np.int8)
    if d.pick(False, False, True):
        values = np.abs(values) | 64
    scales = (d.g.integers(64, 1280, shape[axis] if many else 1) / 65536).astype(np.float32)
    return d.b.constant(values, scales, quantized_dimension=axis), scales


def _int16_options(d: _Draw, scales: NDArray[np.float32]) -> dict[str, Any]:
    spread = d.pick(30.0, 300.0, 3e3, 1e5)
    scale = float(np.float32(INT16_SCALE * float(scales.max()) * spread))
    return {"activation": d.pick(*ACTIVATIONS), "scale": scale}


def _bias(d: _Draw, count: int, dtype: str | None, scales: Any) -> Any:
    if dtype is None:
        return None
    if dtype == "float32":
        return d.reals(count)
    values = d.g.integers(-(1 << 22), 1 << 22, count).astype(dtype)
    return d.b.constant(values, np.float32(INT16_SCALE) * scales, dtype=dtype)


def _window(d: _Draw, operator: str, dtype: str) -> Any:
    """Now and then of more products than CMSIS-NN sums at once."""
    real = dtype == "float32"
    groups = d.pick(1, 1, 1, 2) if operator == "conv_2d" else 1
    channels = d.size(1, 8) if d.pick(1, 1, 1, 0) else d.size(60, 180)
    channels = max(groups, channels - channels % groups)
    kernel, dilation = (d.size(1, 3), d.size(1, 3)), d.pick((1, 1), (1, 1), (2, 1), (2, 3))
    sides = [(k - 1) * step + d.size(1, 4) for k, step in zip(kernel, dilation, strict=True)]
    x = d.input((d.size(1, 2), *sides, channels), dtype)
    count = d.size(1, 7) * groups if operator == "conv_2d" else channels * d.size(1, 4)
    shape = (count, *kernel, channels // groups) if operator == "conv_2d" else (1, *kernel, count)
    axis = 0 if operator == "conv_2d" else 3
    options: dict[str, Any] = {"activation": d.pick(*ACTIVATIONS)}
    if real:
        w, scales = d.reals(*shape), None
    else:
        w, scales = _weights(d, shape, axis, d.pick(False, True))
        options = _int16_options(d, scales)
    kinds = ("float32",) if real else ("int64", "int64", "int32") if operator == "conv_2d" else ("int64",)
    return getattr(d.b, operator)(
        x, w, _bias(d, count, d.pick(None, *kinds), scales), strides=(d.size(1, 3), d.size(1, 3)),
        padding=d.pick("SAME", "VALID"), dilation=dilation, **options,
    )  # fmt: skip


def _rows(d: _Draw, dtype: str) -> Any:
    real = dtype == "float32"
    depth, units = d.pick(d.size(1, 40), d.size(1, 40), d.size(500, 1100)), d.size(1, 8)
    x = d.input(d.pick((d.size(1, 3), depth), (1, d.size(1, 3), depth)), dtype)
    if real:
        bias = d.reals(units) if d.pick(True, False) else None
        return d.b.fully_connected(x, d.reals(units, depth), bias, activation=d.pick(*ACTIVATIONS))
    w, scales = _weights(d, (units, depth), 0, many=False)
    bias = _bias(d, units, d.pick(None, "int64", "int64", "int32"), scales)
    return d.b.fully_connected(x, w, bias, **_int16_options(d, scales))


def _layer(dtype: str) -> Callable[[_Draw], Any]:
    def make(d: _Draw) -> Any:
        operator = d.pick("conv_2d", "conv_2d", "depthwise_conv_2d", "rows", "average_pool_2d", "max_pool_2d")
        if operator == "rows":
            return _rows(d, dtype)
        return (_pool if "pool" in operator else _window)(d, operator, dtype)

    return make


def _lstm(dtype: str) -> Callable[[_Draw], Any]:
    def make(d: _Draw) -> Any:
        real, major = dtype == "float32", d.pick(False, True)
        batch, time, inputs, units = d.size(1, 3), d.size(1, 5), d.size(1, 20), d.size(1, 12)
        shape = (time, batch, inputs) if major else (batch, time, inputs)

        def gates(*sizes: int) -> list[Any]:
            if real:
                return [(d.g.integers(-96, 97, sizes) / 97).astype(np.float32) for _ in range(4)]
            return [d.g.integers(-127, 128, sizes, np.int8) for _ in range(4)]

        weights, recurrent = gates(units, inputs), gates(units, units)
        large = 800_000
        biases = gates(units) if real else [d.g.integers(-large, large, units, np.int64) for _ in range(4)]
        return d.b.unidirectional_sequence_lstm(
            d.b.input(shape, dtype, scale=None if real else 2.0**-13),
            weights,
            recurrent,
            biases,
            input_weight_scales=None if real else [2.0 ** -d.size(9, 13) for _ in range(4)],
            recurrent_weight_scales=None if real else [2.0 ** -d.size(8, 11) for _ in range(4)],
            cell_clip=d.pick(0.0, 0.5, 10.0),
            time_major=major,
            scale=None if real else 2.0**-15,
        )

    return make


def _svdf(d: _Draw) -> Any:
    rank, units = d.size(1, 3), d.size(1, 6)
    inputs, memory = d.size(1, 40), d.size(1, 9)
    x = d.b.input((d.size(1, 3), inputs), "float32")
    parts = d.reals(rank * units, inputs), d.reals(rank * units, memory), d.reals(units)
    return d.b.svdf(x, *parts, rank=rank, activation=d.pick(*ACTIVATIONS, "TANH", "SIGN_BIT"))


def _product(d: _Draw) -> Any:
    """TRANSPOSE_CONV or BATCH_MATMUL."""
    if d.pick(True, False):
        channels, outputs = d.size(1, 7), d.size(1, 5)
        x = d.b.input((d.size(1, 2), d.size(1, 5), d.size(1, 5), channels), "float32")
        return d.b.transpose_conv(
            x,
            d.reals(outputs, d.size(1, 3), d.size(1, 3), channels),
            d.reals(outputs) if d.pick(True, False) else None,
            strides=(d.size(1, 3), d.size(1, 3)),
            padding="SAME",
        )
    rows, depth, columns = d.size(1, 6), d.size(1, 30), d.size(1, 6)
    adj = d.pick(True, False)
    x = d.b.input((d.size(1, 2), rows, depth), "float32")
    return d.b.batch_matmul(x, d.reals(*((columns, depth) if adj else (depth, columns))), adj_y=adj)


def pattern(shape: tuple[int, ...], dtype: Any, index: int) -> NDArray[Any]:
    """The input that the models were run with: x <- 1664525 x + 1013904223 modulo 2^32, its upper byte."""
    x, found = 12345 + 1000003 * index, []
    for _ in range(int(np.prod(shape))):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        found.append((x >> 24) - 128)
    values = np.array(found).reshape(shape)
    scaled = {"float32": values / 128, "int16": values * 256}.get(np.dtype(dtype).name, values)
    return np.asarray(scaled, dtype)


KINDS: dict[str, Callable[[_Draw], Any]] = {
    "int16": _layer("int16"),
    "int16 LSTM": _lstm("int16"),
    "float32": _layer("float32"),
    "float32 product": _product,
    "float32 LSTM": _lstm("float32"),
    "float32 SVDF": _svdf,
}


def drawn(kind: str, seed: int) -> bytes:
    """The model of one layer that a number stands for."""
    d = _Draw(ModelBuilder(kind), np.random.default_rng((seed, len(kind))))
    d.b.output(KINDS[kind](d))
    return d.b.build()
