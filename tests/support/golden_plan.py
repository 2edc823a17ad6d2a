"""The declared plan of the golden files: for each operator, what is drawn for a small model of it.

A model and its inputs follow from SEED, the operator's name and the number of the model. The last model of
an operator in INT16 has activations of 16 bits. SPACE_TO_BATCH_ND pads nothing: TFLM never sets the number
that it pads with, and the same model has other outputs the next time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from microinfer import Interpreter, ModelBuilder

__all__ = ["MODELS", "PLAN", "SEED", "model_and_inputs"]

SEED = 20
MODELS = 4
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
INT16 = frozenset(
    (
        *("ADD", "CONCATENATION", "DEQUANTIZE", "LEAKY_RELU", "LOGISTIC", "MEAN", "MUL", "PAD", "QUANTIZE"),
        *("RESHAPE", "SPLIT_V", "STRIDED_SLICE", "SUB", "SUM", "TANH"),
    )
)


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws what a model is made of, and makes it."""

    b: ModelBuilder
    g: np.random.Generator
    dtype: str = "int8"

    def pick(self, *options: Any) -> Any:
        return options[int(self.g.integers(len(options)))]

    def scale(self, low: float = 0.01, high: float = 0.2) -> float:
        return float(np.float32(self.g.uniform(low, high)))

    def out(self) -> dict[str, Any]:
        """A quantisation of its own for an output."""
        return {"scale": self.scale(), "zero_point": self.zero()}

    def zero(self) -> int:
        return 0 if self.dtype == "int16" else int(self.g.integers(-128, 128))

    def image(self, channels: int = 0, shape: tuple[int, ...] = (), batch: int = 1) -> Any:
        """An input; NHWC with even sides where no shape is given."""
        sides = batch, self.pick(2, 4, 6), self.pick(4, 6), channels or self.pick(1, 2, 3, 5)
        return self.b.input(shape or sides, self.dtype, scale=self.scale(), zero_point=self.zero())

    def beside(self, x: Any, same: bool = False) -> Any:
        """A second input, broadcast half of the time; quantised as the first where `same`."""
        shape = self.pick(x.shape, (1, 1, 1, x.shape[3]))
        quantization = {"scale": x.scale, "zero_point": x.zero_point} if same else self.out()
        return self.b.input(shape, self.dtype, **quantization)

    def weights(self, *shape: int) -> NDArray[np.int8]:
        return self.g.integers(-127, 128, shape, np.int8)

    def bias(self, count: int) -> NDArray[np.int32]:
        return self.g.integers(-2000, 2000, count, np.int32)

    def window(self, count: int) -> dict[str, Any]:
        """What the operators with weights share, one scale for each of `count` channels."""
        return {
            "weight_scale": [self.scale(0.001, 0.01) for _ in range(count)],
            "padding": self.pick("SAME", "VALID"),
            "strides": self.pick((1, 1), (2, 1), (2, 2)),
        } | self.out()

    def activation(self) -> str:
        return str(self.pick(*ACTIVATIONS))


def _conv(d: Draw) -> Any:
    x, channels = d.image(), d.pick(1, 3, 4)
    kernel = d.weights(channels, d.pick(1, 2), d.pick(1, 3), x.shape[3])
    return d.b.conv_2d(x, kernel, d.bias(channels), activation=d.activation(), **d.window(channels))


def _depthwise(d: Draw) -> Any:
    x = d.image()
    channels = x.shape[3] * d.pick(1, 2)
    kernel = d.weights(1, d.pick(1, 2), d.pick(1, 3), channels)
    return d.b.depthwise_conv_2d(x, kernel, d.bias(channels), activation=d.activation(), **d.window(channels))


def _transpose_conv(d: Draw) -> Any:
    x, channels = d.image(), d.pick(1, 2)
    kernel = d.weights(channels, d.pick(2, 3), d.pick(2, 3), x.shape[3])
    return d.b.transpose_conv(x, kernel, d.bias(channels), **d.window(channels))


def _dense(d: Draw) -> Any:
    depth, units = d.pick(3, 8, 17), d.pick(1, 4, 5)
    return d.b.fully_connected(
        d.image(shape=(d.pick(1, 2), depth)), d.weights(units, depth), d.bias(units),
        weight_scale=d.scale(0.001, 0.02), activation=d.activation(), **d.out(),
    )  # fmt: skip


def _pool(d: Draw, operator: str) -> Any:
    return getattr(d.b, operator)(
        d.image(), d.pick((2, 2), (2, 3), (1, 4)), strides=d.pick((1, 1), (2, 2)),
        padding=d.pick("SAME", "VALID"), activation=d.activation(),
    )  # fmt: skip


def _binary(d: Draw, operator: str) -> Any:
    x = d.image()
    return getattr(d.b, operator)(x, d.beside(x), activation=d.activation(), **d.out())


def _same(d: Draw, operator: str) -> Any:
    x = d.image()
    return getattr(d.b, operator)(x, d.beside(x, same=True))


_EQUALITY = ("EQUAL", "NOT_EQUAL")


def _compare(d: Draw, operator: str) -> Any:
    x = d.image()
    return d.b.compare(operator, x, d.beside(x, same=d.pick(True, operator in _EQUALITY)))


def _batch_matmul(d: Draw) -> Any:
    n, left, right = d.pick(2, 5), d.pick(False, True), d.pick(False, True)
    x, y = d.image(shape=(1, 2, n, 3) if left else (1, 2, 3, n)), (1, 2, 4, n) if right else (1, 2, n, 4)
    return d.b.batch_matmul(x, d.image(shape=y), adj_x=left, adj_y=right, **d.out())


def _svdf(d: Draw) -> Any:
    rank, units, memory, inputs = d.pick(1, 2), d.pick(2, 3), d.pick(2, 4), d.pick(4, 7)
    x = d.image(shape=(d.pick(1, 2), inputs))
    features = d.b.constant(d.weights(rank * units, inputs), d.scale(0.005, 0.02))
    times = d.b.constant(d.weights(rank * units, memory).astype(np.int16) * 250, 2.0**-15)
    bias = d.b.constant(d.bias(units), 2.0**-24)
    return d.b.svdf(x, features, times, bias, rank=rank, state_scale=2.0**-9, activation="RELU", **d.out())


def _lstm(d: Draw) -> Any:
    inputs, units = d.pick(3, 5), d.pick(2, 4)
    return d.b.unidirectional_sequence_lstm(
        d.image(shape=(1, 3, inputs)),
        [d.weights(units, inputs) for _ in range(4)],
        [d.weights(units, units) for _ in range(4)],
        [d.bias(units) for _ in range(4)],
        input_weight_scales=[d.scale(0.002, 0.02) for _ in range(4)],
        recurrent_weight_scales=[d.scale(0.002, 0.02) for _ in range(4)],
        cell_clip=d.pick(0.0, 0.5), time_major=d.pick(False, True), scale=2.0**-7, zero_point=d.zero(),
    )  # fmt: skip


def _quantize(d: Draw) -> Any:
    x = d.image() if d.dtype == "int16" or d.pick(True, False) else d.b.input((1, 3, 5), "float32")
    return d.b.quantize(x, d.dtype, **d.out())


def _reduce(d: Draw, operator: str, **quantization: Any) -> Any:
    axes = d.pick((1, 2), (1,), (2, 3), (1, 2, 3))
    return getattr(d.b, operator)(d.image(), axes, keep_dims=d.pick(True, False), **quantization)


def _paddings(d: Draw) -> list[tuple[int, int]]:
    return [(0, 0), (d.pick(0, 1, 2), d.pick(0, 1)), (d.pick(0, 1), d.pick(0, 2)), (0, d.pick(0, 1))]


def _resize(d: Draw, operator: str) -> Any:
    corners = d.pick({}, {"align_corners": True}, {"half_pixel_centers": True})
    return getattr(d.b, operator)(d.image(), (d.pick(3, 7), d.pick(2, 9)), **corners)


def _select(d: Draw) -> Any:
    x = d.image()
    return d.b.select_v2(d.b.input(d.pick(x.shape, (1, 1, 1, x.shape[3])), "bool"), x, d.beside(x, same=True))


def _strided_slice(d: Draw) -> Any:
    first, last, step = d.pick(
        ([0, 1], [2, 4], [1, 1]), ([0, 0], [2, 4], [1, 2]), ([1, 3], [-3, 0], [-1, -1])
    )
    x, masks = d.image(), d.pick({}, {"begin_mask": 6, "end_mask": 6})
    return d.b.strided_slice(x, [0, *first, 0], [1, *last, x.shape[3]], [1, *step, 1], **masks)


def _slice(d: Draw) -> Any:
    return d.b.slice(d.image(channels=3), [0, d.pick(0, 1), d.pick(1, 2), 0], [-1, 1, -1, d.pick(1, 3)])


def _fill(d: Draw) -> Any:
    return d.b.fill((d.pick(1, 2), d.pick(3, 4)), d.b.input((), "int8", **d.out()))


def _broadcast(d: Draw) -> Any:
    return d.b.broadcast_to(d.image(shape=(1, d.pick(1, 3), 1, 2)), (2, 3, d.pick(1, 2), 2))


def _concatenation(d: Draw) -> Any:
    x = d.image()
    return d.b.concatenation(
        [x, d.b.input(x.shape, d.dtype, scale=x.scale, zero_point=x.zero_point)], d.pick(1, 2, 3)
    )


def _pack(d: Draw) -> Any:
    x = d.image()
    y = d.b.input(x.shape, d.dtype, scale=x.scale, zero_point=x.zero_point)
    return d.b.pack([x, y, x], d.pick(0, 1, 2, 3, 4))


def _reshape(d: Draw) -> Any:
    return d.b.reshape(d.image(), d.pick((-1,), (1, 4, -1), (2, -1)))


PLAN: dict[str, Callable[[Draw], Any]] = {
    "ABS": lambda d: d.b.abs(d.image(), **d.out()),
    "ADD": lambda d: _binary(d, "add"),
    "ARG_MAX": lambda d: d.b.arg_max(d.image(), d.pick(1, 2, 3, -1)),
    "ARG_MIN": lambda d: d.b.arg_min(d.image(), d.pick(1, 2, 3, -1)),
    "AVERAGE_POOL_2D": lambda d: _pool(d, "average_pool_2d"),
    "BATCH_MATMUL": _batch_matmul,
    "BATCH_TO_SPACE_ND": lambda d: d.b.batch_to_space_nd(
        d.image(batch=4), (2, 2), [(0, d.pick(0, 1)), (d.pick(0, 1), 0)]
    ),
    "BROADCAST_TO": _broadcast,
    "CAST": lambda d: d.b.cast(d.image(), d.pick("int32", "int16", "float32")),
    "CONCATENATION": _concatenation,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEPTH_TO_SPACE": lambda d: d.b.depth_to_space(d.image(channels=d.pick(4, 8)), 2),
    "DEQUANTIZE": lambda d: d.b.dequantize(d.image()),
    "ELU": lambda d: d.b.elu(d.image(), **d.out()),
    "EXPAND_DIMS": lambda d: d.b.expand_dims(d.image(shape=(2, 3, 4)), d.pick(0, 1, 2, -1)),
    "FILL": _fill,
    "FULLY_CONNECTED": _dense,
    "GATHER": lambda d: d.b.gather(d.image(), [1, 0, d.pick(0, 1)], d.pick(1, 2)),
    "HARD_SWISH": lambda d: d.b.hard_swish(d.image(), **d.out()),
    "LEAKY_RELU": lambda d: d.b.leaky_relu(d.image(), d.scale(0.01, 0.9), **d.out()),
    "LOGISTIC": lambda d: d.b.logistic(d.image()),
    "MAXIMUM": lambda d: _same(d, "maximum"),
    "MAX_POOL_2D": lambda d: _pool(d, "max_pool_2d"),
    "MEAN": lambda d: _reduce(d, "mean", **d.out()),
    "MINIMUM": lambda d: _same(d, "minimum"),
    "MUL": lambda d: _binary(d, "mul"),
    "PACK": _pack,
    "PAD": lambda d: d.b.pad(d.image(), _paddings(d)),
    "PADV2": lambda d: d.b.padv2(d.image(), _paddings(d), d.zero()),
    "PRELU": lambda d: d.b.prelu(
        x := d.image(), d.b.constant(d.weights(1, 1, 1, x.shape[3]), d.scale(0.001, 0.01)), **d.out()
    ),
    "QUANTIZE": _quantize,
    "REDUCE_MAX": lambda d: _reduce(d, "reduce_max"),
    "RELU": lambda d: d.b.relu(d.image(), **d.out()),
    "RELU6": lambda d: d.b.relu6(d.image()),
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": lambda d: _resize(d, "resize_bilinear"),
    "RESIZE_NEAREST_NEIGHBOR": lambda d: _resize(d, "resize_nearest_neighbor"),
    "SELECT_V2": _select,
    "SHAPE": lambda d: d.b.shape(d.image()),
    "SLICE": _slice,
    "SOFTMAX": lambda d: d.b.softmax(d.image(shape=(d.pick(1, 3), d.pick(2, 10))), beta=d.pick(1.0, 0.5)),
    "SPACE_TO_BATCH_ND": lambda d: d.b.space_to_batch_nd(
        d.image(), d.pick((2, 2), (1, 2), (2, 1)), [(0, 0), (0, 0)]
    ),
    "SPACE_TO_DEPTH": lambda d: d.b.space_to_depth(d.image(), 2),
    "SPLIT": lambda d: d.b.split(d.image(), 2, d.pick(1, 2)),
    "SPLIT_V": lambda d: d.b.split_v(d.image(shape=(1, 4, 3, 2)), d.pick([1, 3], [2, 1, 1]), 1),
    "SQUEEZE": lambda d: d.b.squeeze(d.image(shape=(1, d.pick(1, 3), 1, 4)), d.pick((), (0,), (0, 2))),
    "STRIDED_SLICE": _strided_slice,
    "SUB": lambda d: _binary(d, "sub"),
    "SUM": lambda d: _reduce(d, "sum", **d.out()),
    "SVDF": _svdf,
    "TANH": lambda d: d.b.tanh(d.image()),
    "TRANSPOSE": lambda d: d.b.transpose(d.image(), d.pick((0, 3, 1, 2), (0, 2, 1, 3), (3, 2, 1, 0))),
    "TRANSPOSE_CONV": _transpose_conv,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    "UNPACK": lambda d: d.b.unpack(d.image(shape=(2, 3, 2)), d.pick(0, 1, 2)),
    "ZEROS_LIKE": lambda d: d.b.zeros_like(d.image()),
}

for _name in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
    PLAN[_name] = lambda d, name=_name: _compare(d, name)  # type: ignore[misc]


def model_and_inputs(operator: str, number: int) -> tuple[bytes, list[NDArray[Any]]]:
    """The file of one of an operator's models, and values over the whole range of its inputs' types.

    Of these only every 64th where an operator asks for equality, which would hardly ever be met otherwise.
    """
    generator = np.random.default_rng((SEED, crc32(operator.encode()), number))
    wide = operator in INT16 and number == MODELS - 1
    draw = Draw(ModelBuilder(operator.lower()), generator, "int16" if wide else "int8")
    made = PLAN[operator](draw)
    draw.b.output(*(made if isinstance(made, tuple) else (made,)))
    model = draw.b.build()
    details = Interpreter(model).get_input_details()
    inputs = [_values(generator, tuple(each["shape"]), np.dtype(each["dtype"])) for each in details]
    return model, [value & -64 for value in inputs] if operator in _EQUALITY else inputs


def _values(generator: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "f":
        return (4 * generator.standard_normal(shape)).astype(dtype)
    if dtype.kind == "b":
        return np.asarray(generator.integers(0, 2, shape)).astype(bool)
    limits = np.iinfo(dtype)
    return np.asarray(generator.integers(limits.min, limits.max, shape, dtype, endpoint=True))
