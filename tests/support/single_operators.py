"""Models of one operator, a small one for each that microinfer has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.operators.example import Draw
from microinfer.operators.registry import row, row_names, rows
from microinfer.operators.spec import Spec

__all__ = ["DRAWN", "OPERATORS", "drawn_model", "model_of"]

G = np.random.default_rng(7)
Make = Callable[[ModelBuilder, Any], Any]


def weights(*shape: int) -> Any:
    return G.integers(-60, 61, shape, np.int8)


def _svdf(b: ModelBuilder, x: Any) -> Any:
    features = b.constant(weights(6, 48), 0.01)
    times = b.constant(weights(6, 4).astype(np.int16) * 300, 2.0**-15)
    bias = b.constant(np.array([100, -2000, 5], np.int32), 2.0**-9 * 2.0**-15)
    flat = b.reshape(x, (1, 48))
    return b.svdf(flat, features, times, bias, rank=2, state_scale=2.0**-9, activation="NONE", scale=0.2)


OPERATORS: dict[str, Make] = {
    "ABS": lambda b, x: b.abs(x, scale=0.07, zero_point=-9),
    "ADD": lambda b, x: b.add(x, x, scale=0.2),
    "ARG_MAX": lambda b, x: b.arg_max(x),
    "ARG_MIN": lambda b, x: b.arg_min(x),
    "AVERAGE_POOL_2D": lambda b, x: b.average_pool_2d(x, (3, 3), strides=(1, 1), padding="SAME"),
    "BATCH_TO_SPACE_ND": lambda b, x: b.batch_to_space_nd(
        b.reshape(x, (4, 2, 2, 3)), (2, 2), [(0, 1), (1, 0)]
    ),
    "BROADCAST_TO": lambda b, x: b.broadcast_to(b.strided_slice(x, [0] * 4, [1, 1, 4, 3]), (1, 2, 4, 3)),
    "CAST": lambda b, x: b.cast(x, "int32"),
    "CONCATENATION": lambda b, x: b.concatenation([x, x], 3),
    "CONV_2D": lambda b, x: b.conv_2d(
        x, weights(5, 3, 2, 3), np.arange(5, dtype=np.int32) * 50, weight_scale=0.01, strides=(2, 2),
        padding="SAME", activation="RELU", scale=0.15,
    ),
    "CUMSUM": lambda b, x: b.cumsum(b.quantize(x, scale=0.1, zero_point=0), 2, scale=1.0, zero_point=4),
    "DEPTHWISE_CONV_2D": lambda b, x: b.depthwise_conv_2d(
        x, weights(1, 3, 3, 6), weight_scale=[0.01] * 6, padding="SAME", activation="RELU6", scale=6 / 255,
        zero_point=-128,
    ),
    "DEPTH_TO_SPACE": lambda b, x: b.depth_to_space(b.reshape(x, (1, 2, 2, 12)), 2),
    "DEQUANTIZE": lambda b, x: b.dequantize(x),
    "ELU": lambda b, x: b.elu(x, scale=0.04, zero_point=-100),
    "EXPAND_DIMS": lambda b, x: b.expand_dims(x, 1),
    "FILL": lambda b, x: b.fill((2, 3), b.strided_slice(x, [0] * 4, [1] * 4, shrink_axis_mask=15)),
    "FULLY_CONNECTED": lambda b, x: b.fully_connected(
        b.reshape(x, (1, 48)), weights(7, 48), np.arange(7, dtype=np.int32), weight_scale=0.01, scale=0.3
    ),
    "GATHER": lambda b, x: b.gather(x, [2, 0, 3], 2),
    "HARD_SWISH": lambda b, x: b.hard_swish(x, scale=0.1),
    "LEAKY_RELU": lambda b, x: b.leaky_relu(x, 0.3),
    "LOGISTIC": lambda b, x: b.logistic(x),
    "MAXIMUM": lambda b, x: b.maximum(x, b.constant(weights(1, 1, 1, 3), x.scale, x.zero_point)),
    "MAX_POOL_2D": lambda b, x: b.max_pool_2d(x, (2, 2), padding="SAME"),
    "MEAN": lambda b, x: b.mean(x, (1, 2)),
    "MINIMUM": lambda b, x: b.minimum(x, b.constant(weights(1, 1, 1, 3), x.scale, x.zero_point)),
    "MUL": lambda b, x: b.mul(x, b.constant(weights(1, 1, 1, 3), 0.01, 3), scale=0.08),
    "PACK": lambda b, x: b.pack([x, x], 2),
    "PAD": lambda b, x: b.pad(x, [(0, 0), (1, 2), (0, 1), (0, 0)]),
    "PADV2": lambda b, x: b.padv2(x, [(0, 0), (1, 2), (0, 1), (0, 0)], 9),
    "PRELU": lambda b, x: b.prelu(x, b.constant(weights(1, 1, 1, 3), 0.01), scale=0.06),
    "QUANTIZE": lambda b, x: b.quantize(x, scale=0.2, zero_point=4),
    "REDUCE_MAX": lambda b, x: b.reduce_max(x, (1, 2)),
    "RELU": lambda b, x: b.relu(x),
    "RELU6": lambda b, x: b.relu6(x),
    "RESHAPE": lambda b, x: b.reshape(x, (1, 12, 4)),
    "RESIZE_BILINEAR": lambda b, x: b.resize_bilinear(x, (7, 9), half_pixel_centers=True),
    "RESIZE_NEAREST_NEIGHBOR": lambda b, x: b.resize_nearest_neighbor(x, (7, 9)),
    "SELECT_V2": lambda b, x: b.select_v2(b.compare("LESS", x, b.relu(x)), b.relu(x), x),
    "SHAPE": lambda b, x: b.shape(x),
    "SLICE": lambda b, x: b.slice(x, [0, 1, 2, 0], [-1, 3, -1, 2]),
    "SOFTMAX": lambda b, x: b.softmax(x),
    "SPACE_TO_BATCH_ND": lambda b, x: b.space_to_batch_nd(x, (2, 2), [(0, 0), (0, 0)]),
    "SPACE_TO_DEPTH": lambda b, x: b.space_to_depth(x, 2),
    "SPLIT": lambda b, x: b.split(x, 2, 1)[1],
    "SPLIT_V": lambda b, x: b.split_v(x, [1, 3], 1)[1],
    "SQUEEZE": lambda b, x: b.squeeze(x),
    "STRIDED_SLICE": lambda b, x: b.strided_slice(x, [0, 1, 0, 0], [1, 4, 4, 3], [1, 2, 1, 1]),
    "SUB": lambda b, x: b.sub(b.constant(weights(1, 1, 1, 3), 0.1, -3), x, scale=0.2),
    "SUM": lambda b, x: b.sum(x, (1, 2), scale=1.0),
    "SVDF": _svdf,
    "TANH": lambda b, x: b.tanh(x),
    "TRANSPOSE": lambda b, x: b.transpose(x, (0, 3, 1, 2)),
    "TRANSPOSE_CONV": lambda b, x: b.transpose_conv(
        x, weights(2, 3, 3, 3), np.arange(2, dtype=np.int32), weight_scale=0.01, strides=(2, 2),
        padding="SAME", scale=0.2,
    ),
    "UNPACK": lambda b, x: b.unpack(x, 1)[2],
    "ZEROS_LIKE": lambda b, x: b.zeros_like(x),
}  # fmt: skip


for comparison in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
    OPERATORS[comparison] = lambda b, x, comparison=comparison: b.compare(  # type: ignore[misc]
        comparison, x, b.constant(weights(1, 1, 1, 3), x.scale, x.zero_point)
    )


def _batch_matmul(b: ModelBuilder, x: Any) -> Any:
    right = b.constant(weights(1, 4, 2, 3), 0.01)
    made = b.tensor((1, 4, 4, 2), "int8", 0.1, 3)
    b.operator("BATCH_MATMUL", [x, right], [made], {"adj_y": True})
    return made


OPERATORS["BATCH_MATMUL"] = _batch_matmul


@dataclass(frozen=True, slots=True)
class Given(Draw):
    """Draws from one input of int8, `x`, what other rows ask for as inputs of their own."""

    x: Any = None

    def image(self, channels: int = 0, shape: tuple[int, ...] = (), batch: int = 1) -> Any:
        return self.b.reshape(self.x, shape) if shape else self.x

    def _is_whole(self, shape: tuple[int, ...]) -> bool:
        return not shape or int(np.prod(shape)) == int(np.prod(self.x.shape))

    def real(self, shape: tuple[int, ...] = ()) -> Any:
        """A constant where it is smaller than the input; such that few quotients are whole."""
        if self._is_whole(shape):
            return self.b.dequantize(self.image(shape=shape))
        values = 0.7311 + 0.6467 * np.arange(np.prod(shape))
        return self.b.constant(values.reshape(shape).astype(np.float32))

    def never_negative(self, shape: tuple[int, ...]) -> Any:
        return self.b.abs(self.x, zero_point=-128)

    def beside(self, x: Any, same: bool = False) -> Any:
        return self.b.constant(weights(1, 1, 1, 3), x.scale if same else 0.07, x.zero_point if same else 9)

    def alike(self, x: Any) -> Any:
        return x

    def truth(self, shape: tuple[int, ...] = ()) -> Any:
        if not self._is_whole(shape):
            return self.b.constant((np.arange(np.prod(shape)) % 2 == 0).reshape(shape))
        x = self.image(shape=shape)
        return self.b.compare("GREATER", x, self.b.constant(weights(3), x.scale, x.zero_point))


def _of_row(spec: Spec) -> Make:
    def make(b: ModelBuilder, x: Any) -> Any:
        made = spec.example(Given(b, np.random.default_rng(7), x=x))
        return made[0] if isinstance(made, tuple) else made

    return make


DRAWN = row_names() - OPERATORS.keys() - {"UNIDIRECTIONAL_SEQUENCE_LSTM"}
"""Operators whose model is the example that their row draws."""

OPERATORS |= {_spec.name: _of_row(_spec) for _spec in rows() if _spec.name in DRAWN}


def drawn_model(name: str, seed: int, dtype: str = "int8") -> bytes:
    """The example that an operator's row draws."""
    spec = row(name)
    assert spec is not None
    draw = Draw(ModelBuilder(name.lower()), np.random.default_rng(seed), dtype)
    made = spec.example(draw)
    draw.b.output(*(made if isinstance(made, tuple) else (made,)))
    model: bytes = draw.b.build()
    return model


def model_of(make: Make) -> bytes:
    b = ModelBuilder("one")
    b.output(make(b, b.input((1, 4, 4, 3), scale=0.05, zero_point=5)))
    return b.build()
