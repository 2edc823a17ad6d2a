"""One operator a model, at a size: what `operators.py` times.

A case takes a `Made` and gives the outputs. `Made.x()` is an image of so many elements, int8, int16, float32
or whatever else; where an operator has no case here, its row's example stands for it, at its own size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from microinfer import ModelBuilder
from microinfer.operators.example import Draw
from microinfer.operators.registry import rows

__all__ = ["SIDES", "TYPES", "cases", "model"]

SIDES = {16: (1, 2, 2, 4), 4096: (1, 16, 16, 16), 65536: (1, 64, 64, 16)}
"""Elements of an image to its shape."""
TYPES = ("int8", "int16", "float32", "bool", "int32")
SCALES = {"int8": 0.05, "int16": 0.0005}


@dataclass(frozen=True, slots=True)
class Made:
    """A model of one operator in the making."""

    b: Any
    dtype: str
    size: int

    @property
    def shape(self) -> tuple[int, ...]:
        return SIDES[self.size]

    @property
    def real(self) -> bool:
        return self.dtype not in SCALES

    def out(self, factor: float = 2.0, zero: int = 4) -> dict[str, Any]:
        """The quantisation of an output; none for reals."""
        if self.real:
            return {}
        return {"scale": SCALES[self.dtype] * factor, "zero_point": zero if self.dtype == "int8" else 0}

    def x(self, shape: Sequence[int] | None = None, dtype: str | None = None, scale: float = 0.0) -> Any:
        """An input, an image where no shape is given."""
        kind = dtype or self.dtype
        given = {"scale": scale or SCALES[kind], "zero_point": 0} if kind in SCALES else {}
        return self.b.input(self.shape if shape is None else shape, dtype=kind, **given)

    def values(self, *shape: int) -> Any:
        drawn = np.random.default_rng(7).integers(-60, 61, shape)
        return self.b.constant(
            (drawn / 64).astype(np.float32) if self.real else drawn.astype(self.dtype),
            *(() if self.real else (SCALES[self.dtype], 0)),
        )

    def weights(self, *shape: int, channels: int) -> tuple[Any, Any, dict[str, Any]]:
        """Weights, a bias, and the quantisation of what they make."""
        drawn = np.random.default_rng(7).integers(-60, 61, shape)
        if self.real:
            return (drawn / 64).astype(np.float32), np.zeros(channels, np.float32), {}
        bias = np.arange(channels, dtype=np.int64 if self.dtype == "int16" else np.int32)
        kept = self.b.constant(bias, SCALES[self.dtype] * 0.01) if self.dtype == "int16" else bias
        return drawn.astype(np.int8), kept, {"weight_scale": 0.01, **self.out(3.0)}


Case: TypeAlias = Callable[[Made], Any]
_cases: dict[str, tuple[str, Case]] = {}


def _one(operator: str, case: Case, kind: str = "") -> None:
    _cases[f"{operator} {kind}".strip()] = operator, case


for _name in ("add", "sub", "mul", "div", "squared_difference"):
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x(), m.x(), **m.out()))
    if _name != "div":
        _one(
            _name.upper(),
            lambda m, f=_name: getattr(m.b, f)(m.x(), m.x((1, 1, 1, m.shape[-1])), **m.out()),
            "a channel",
        )
for _name in ("maximum", "minimum", "floor_div", "floor_mod", "logical_and", "logical_or"):
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x(), m.x()))
for _name in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"):
    _one(_name, lambda m, f=_name: m.b.compare(f, m.x(), m.x()))
    _one(_name, lambda m, f=_name: m.b.compare(f, m.x(), m.x((1, 1, 1, m.shape[-1]))), "a channel")
for _name in ("neg", "sqrt", "square", "exp", "log", "sin", "cos", "ceil", "floor", "round", "logical_not"):
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x()))
for _name in ("abs", "rsqrt", "relu", "relu6", "elu", "hard_swish"):
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x(), **m.out(1.4, -9)))
for _name in ("logistic", "tanh"):
    _one(
        _name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x(scale=2.0**-12 if m.dtype == "int16" else 0.05))
    )
_one("LEAKY_RELU", lambda m: m.b.leaky_relu(m.x(), 0.3))
_one("PRELU", lambda m: m.b.prelu(m.x(), m.values(1, 1, m.shape[-1]), **m.out()))
_one("ADD_N", lambda m: m.b.add_n([m.x(), m.x(), m.x()], **m.out()))
_one("SELECT_V2", lambda m: m.b.select_v2(m.x(dtype="bool"), m.x(), m.x()))
_one("SELECT_V2", lambda m: m.b.select_v2(m.x((*m.shape[:3], 1), "bool"), m.x(), m.x()), "a pixel")
_one("SOFTMAX", lambda m: m.b.softmax(m.x()))
_one("SOFTMAX", lambda m: m.b.softmax(m.x((-(-m.size // 1024), min(m.size, 1024)))), "long rows")
for _name in ("log_softmax", "l2_normalization"):
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x()))
_one("DEQUANTIZE", lambda m: m.b.dequantize(m.x()))
for _to, _scale in (("int8", 0.2), ("int16", 0.001), ("int32", 0.001)):
    _one("QUANTIZE", lambda m, t=_to, s=_scale: m.b.quantize(m.x(), t, scale=s, zero_point=0), f"to {_to}")
for _to in ("int8", "int16", "int32", "float32"):
    _one("CAST", lambda m, t=_to: m.b.cast(m.x(), t), f"to {_to}")
for _kind in ("average_pool_2d", "max_pool_2d", "l2_pool_2d"):
    _one(_kind.upper(), lambda m, f=_kind: getattr(m.b, f)(m.x(), 2), "2x2")
    _one(_kind.upper(), lambda m, f=_kind: getattr(m.b, f)(m.x(), 3, strides=(1, 1), padding="SAME"), "3x3")
    _one(_kind.upper(), lambda m, f=_kind: getattr(m.b, f)(m.x(), m.shape[1:3]), "all")
for _name in ("mean", "sum"):
    for _axes in ((1, 2), (3,), (1, 2, 3)):
        _one(_name.upper(), lambda m, f=_name, a=_axes: getattr(m.b, f)(m.x(), a, **m.out()), f"of {_axes}")
for _name in ("reduce_max", "reduce_min", "reduce_all"):
    for _axes in ((1, 2), (3,)):
        _one(_name.upper(), lambda m, f=_name, a=_axes: getattr(m.b, f)(m.x(), a), f"of {_axes}")
_one("CUMSUM", lambda m: m.b.cumsum(m.x(), 3, **m.out()))
_one("CUMSUM", lambda m: m.b.cumsum(m.x(), 1, **m.out()), "of rows")
for _name in ("arg_max", "arg_min"):
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x()))
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x(), 1), "of rows")
    _one(_name.upper(), lambda m, f=_name: getattr(m.b, f)(m.x((1, m.size))), "one row")
_one("RESHAPE", lambda m: m.b.reshape(m.x(), (1, m.size)))
_one("SQUEEZE", lambda m: m.b.squeeze(m.x(), (0,)))
_one("EXPAND_DIMS", lambda m: m.b.expand_dims(m.x(), 1))
_one("SHAPE", lambda m: m.b.shape(m.x()))
for _order in ((0, 3, 1, 2), (0, 2, 1, 3), (0, 2, 3, 1)):
    _one("TRANSPOSE", lambda m, o=_order: m.b.transpose(m.x(), o), "".join(map(str, _order)))
_one("PAD", lambda m: m.b.pad(m.x(), [(0, 0), (1, 1), (1, 1), (0, 0)]))
_one("PAD", lambda m: m.b.pad(m.x(), [(0, 0), (0, 0), (0, 0), (1, 1)]), "channels")
_one("PADV2", lambda m: m.b.padv2(m.x(), [(0, 0), (1, 1), (1, 1), (0, 0)], 0))
_one("MIRROR_PAD", lambda m: m.b.mirror_pad(m.x(), [(0, 0), (1, 1), (1, 1), (0, 0)]))
for _axis in (1, 3):
    _one("CONCATENATION", lambda m, a=_axis: m.b.concatenation([m.x(), m.x()], a), f"axis {_axis}")
    _one("PACK", lambda m, a=_axis: m.b.pack([m.x(), m.x()], a + 1), f"axis {_axis + 1}")
    _one("SPLIT", lambda m, a=_axis: m.b.split(m.x(), 2, a), f"axis {_axis}")
    _one("UNPACK", lambda m, a=_axis: m.b.unpack(m.x(), a), f"axis {_axis}")
    _one("REVERSE_V2", lambda m, a=_axis: m.b.reverse_v2(m.x(), a), f"axis {_axis}")
    _one("GATHER", lambda m, a=_axis: m.b.gather(m.x(), [1, 0, 1], a), f"axis {_axis}")
_one("SPLIT_V", lambda m: m.b.split_v(m.x(), [1, m.shape[3] - 1], 3))
_one("GATHER_ND", lambda m: m.b.gather_nd(m.x(), [[0, 1, 1], [0, 0, 1], [0, 1, 0]]))
_one("SLICE", lambda m: m.b.slice(m.x(), [0, 1, 0, 0], [1, m.shape[1] - 1, m.shape[2] - 1, m.shape[3] // 2]))
_one("STRIDED_SLICE", lambda m: m.b.strided_slice(m.x(), [0] * 4, m.shape, [1, 2, 2, 1]), "every other")
_one(
    "STRIDED_SLICE", lambda m: m.b.strided_slice(m.x(), [0] * 4, m.shape, [1, 1, 1, 2]), "every other channel"
)
_one("STRIDED_SLICE", lambda m: m.b.strided_slice(m.x(), [0, 1, 1, 0], m.shape), "a window")
_one("DEPTH_TO_SPACE", lambda m: m.b.depth_to_space(m.x(), 2))
_one("SPACE_TO_DEPTH", lambda m: m.b.space_to_depth(m.x(), 2))
_one("SPACE_TO_BATCH_ND", lambda m: m.b.space_to_batch_nd(m.x(), (2, 2), [(0, 0), (0, 0)]))
_one(
    "BATCH_TO_SPACE_ND",
    lambda m: m.b.batch_to_space_nd(
        m.x((4, m.shape[1] // 2, m.shape[2] // 2, m.shape[3])), (2, 2), [(0, 0), (0, 0)]
    ),
)
_one(
    "RESIZE_BILINEAR",
    lambda m: m.b.resize_bilinear(m.x(), [2 * n for n in m.shape[1:3]], half_pixel_centers=True),
)
_one("RESIZE_NEAREST_NEIGHBOR", lambda m: m.b.resize_nearest_neighbor(m.x(), [2 * n for n in m.shape[1:3]]))
_one("FILL", lambda m: m.b.fill(m.shape, m.x(())))
_one("ZEROS_LIKE", lambda m: m.b.zeros_like(m.x()))
_one("BROADCAST_TO", lambda m: m.b.broadcast_to(m.x((1, 1, *m.shape[2:])), m.shape), "rows")
_one("BROADCAST_TO", lambda m: m.b.broadcast_to(m.x((*m.shape[:3], 1)), m.shape), "channels")
_one(
    "DYNAMIC_UPDATE_SLICE",
    lambda m: m.b.dynamic_update_slice(m.x(), m.x((1, 1, *m.shape[2:])), [0, 1, 0, 0]),
)


def _conv(m: Made) -> Any:
    w, bias, made = m.weights(m.shape[3], 3, 3, m.shape[3], channels=m.shape[3])
    return m.b.conv_2d(m.x(), w, bias, **made)


def _depthwise(m: Made) -> Any:
    w, bias, made = m.weights(1, 3, 3, m.shape[3], channels=m.shape[3])
    if not m.real:
        made["weight_scale"] = [0.01] * m.shape[3]
    return m.b.depthwise_conv_2d(m.x(), w, bias, **made)


def _dense(m: Made) -> Any:
    columns = int(m.size**0.5)
    w, bias, made = m.weights(columns, columns, channels=columns)
    return m.b.fully_connected(m.x((1, columns)), w, bias, **made)


def _transpose_conv(m: Made) -> Any:
    w, _, made = m.weights(m.shape[3], 3, 3, m.shape[3], channels=m.shape[3])
    return m.b.transpose_conv(m.x(), w, strides=(2, 2), **made)


def _matmul(m: Made, adjoint: bool) -> Any:
    n = int(m.size**0.5)
    return m.b.batch_matmul(m.x((1, n, n)), m.x((1, n, n)), adj_y=adjoint, **m.out(30.0))


def _svdf(m: Made) -> Any:
    units, memory, inputs = max(2, m.size // 512), 8, max(2, m.size // 256)
    if m.real:
        features, times, bias = m.values(2 * units, inputs), m.values(2 * units, memory), m.values(units)
        return m.b.svdf(m.x((1, inputs)), features, times, bias, rank=2)
    drawn = np.random.default_rng(7).integers(-60, 61, (2 * units, inputs)).astype(np.int8)
    return m.b.svdf(
        m.x((1, inputs)),
        m.b.constant(drawn, 0.01),
        m.b.constant(drawn[:, :1].repeat(memory, 1).astype(np.int16) * 300, 2.0**-15),
        m.b.constant(np.arange(units, dtype=np.int32), 2.0**-24),
        rank=2,
        state_scale=2.0**-9,
        scale=0.2,
    )


def _lstm(m: Made) -> Any:
    units, steps = max(2, int(m.size**0.5) // 4), max(2, int(m.size**0.5) // 8)
    w = np.random.default_rng(7).integers(-60, 61, (units, units))
    made = (w / 256).astype(np.float32) if m.real else w.astype(np.int8)
    bias = np.arange(units).astype({"int8": np.int32, "int16": np.int64}.get(m.dtype, np.float32))
    scales = {"scale": 2.0**-7 if m.dtype == "int8" else 2.0**-15, "zero_point": 0} if not m.real else {}
    return m.b.unidirectional_sequence_lstm(
        m.x((1, steps, units)), [made] * 4, [made] * 4, [bias] * 4,
        input_weight_scales=[0.01] * 4, recurrent_weight_scales=[0.01] * 4, **scales,
    )  # fmt: skip


_one("CONV_2D", _conv)
_one("DEPTHWISE_CONV_2D", _depthwise)
_one("FULLY_CONNECTED", _dense)
_one("TRANSPOSE_CONV", _transpose_conv)
_one("BATCH_MATMUL", lambda m: _matmul(m, False))
_one("BATCH_MATMUL", lambda m: _matmul(m, True), "adjoint")
_one("SVDF", _svdf)
_one("UNIDIRECTIONAL_SEQUENCE_LSTM", _lstm)


def cases() -> Iterator[tuple[str, str, int]]:
    """Name, type and size of each: every operator in every type that its row takes; 0 is an example's own."""
    by_operator: dict[str, list[str]] = {}
    for name, (operator, _) in _cases.items():
        by_operator.setdefault(operator, []).append(name)
    for spec in rows():
        if spec.name in by_operator:
            yield from (
                (name, dtype, size)
                for name in by_operator[spec.name]
                for dtype in TYPES
                if dtype in spec.types
                for size in SIDES
            )
        else:
            yield spec.name, "int8", 0


def model(name: str, dtype: str, size: int) -> bytes:
    """The `.tflite` file of a case. Raises MicroinferError where the operator does not take the type so."""
    b = ModelBuilder()
    if size:
        made = _cases[name][1](Made(b, dtype, size))
    else:
        spec = next(one for one in rows() if one.name == name)
        made = spec.example(Draw(b, np.random.default_rng(1), dtype))
    b.output(*(made if isinstance(made, tuple) else (made,)))
    return bytes(b.build())
