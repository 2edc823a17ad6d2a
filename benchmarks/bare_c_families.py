"""Kernels of bare-c that are measured several operators a model: their draws, and whose prices they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

import bare_c_draws as draws
import bare_c_image_draws as images
import bare_c_int16_draws as shorts
import bare_c_layer_draws as layers
from avr_draws import TooLargeError
from bare_c_draws import COMPARISONS, Drawn
from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.errors import MicroinferError

__all__ = ["FAMILIES", "Family", "fits", "model", "seeds_of"]

ROOM, INPUTS = 1350, 10
"""Bytes of an arena for which an ATmega328P has room beside the stack, and inputs that its harness sets."""
CONSTANTS = 22000
SINGLE = 3
"""Models of a family that have one operator, so that it may be large."""
MOST = 8
"""Operators of a model."""


@dataclass(frozen=True, slots=True)
class Family:
    """A draw, and the (operator, variant) that its prices are written for."""

    draw: Drawn
    rows: tuple[tuple[str, str], ...]


def _of(operators: Sequence[str], draw: Drawn, variant: str = "bare_c_float32") -> Family:
    return Family(draw, tuple((operator, variant) for operator in operators))


def _pairs(kinds: Mapping[str, str], dtype: str) -> Family:
    """kinds: operators to the builder's names of them."""
    variant = "bare_c" if dtype == "int8" else f"bare_c_{dtype}"
    return _of(tuple(kinds), draws.pairs(tuple(kinds.values()), dtype), variant)


def _same(*operators: str) -> dict[str, str]:
    return {operator: operator.lower() for operator in operators}


def _typed(dtype: str) -> str:
    return "bare_c" if dtype == "int8" else f"bare_c_{dtype}"


ONE = ("ABS", "CEIL", "COS", "ELU", "EXP", "FLOOR", "HARD_SWISH", "LOG", "LOGISTIC", "NEG", "RELU", "RELU6",
       "ROUND", "RSQRT", "SIN", "SQRT", "SQUARE", "TANH")  # fmt: skip
PAIRS: Mapping[str, tuple[str, ...]] = {
    "ADD": ("float32", "int16", "int32"),
    "DIV": ("float32", "int8", "int32"),
    "FLOOR_MOD": ("float32",),
    "MAXIMUM": ("float32", "int16", "int32", "int64"),
    "MUL": ("float32", "int16", "int32"),
    "PRELU": ("float32", "int8", "int16"),
    "SQUARED_DIFFERENCE": ("float32", "int16", "int32"),
    "SUB": ("float32", "int16", "int32"),
}
ALIKE: Mapping[str, tuple[str, ...]] = {"MAXIMUM": ("MINIMUM",)}
"""Operators that differ in a comparison."""
PICKS = ("GATHER", "GATHER_ND", "MIRROR_PAD")
OF_INT16: Mapping[str, Drawn] = {
    "ABS": shorts.rescaled("abs"),
    "AVERAGE_POOL_2D": layers.pool("average_pool_2d", "int16"),
    "CONV_2D": shorts.conv_2d,
    "DEPTHWISE_CONV_2D": shorts.depthwise_conv_2d,
    "FULLY_CONNECTED": shorts.fully_connected,
    "LEAKY_RELU": shorts.rescaled("leaky_relu"),
    "LOGISTIC": shorts.sigmoid("logistic"),
    "MAX_POOL_2D": layers.pool("max_pool_2d", "int16"),
    "RELU": shorts.rescaled("relu"),
    "RELU6": shorts.rescaled("relu6", rescales=False),
    "SOFTMAX": shorts.softmax,
    "TANH": shorts.sigmoid("tanh"),
}
TYPED: Mapping[str, tuple[Callable[[str], Drawn], tuple[str, ...]]] = {
    "BATCH_MATMUL": (images.batch_matmul, ("int8", "int16", "float32")),
    "L2_NORMALIZATION": (partial(images.by_rows, "l2_normalization"), ("int8", "float32")),
    "LOG_SOFTMAX": (partial(images.by_rows, "log_softmax"), ("int8", "float32")),
    "RESIZE_BILINEAR": (images.resize_bilinear, ("int8", "float32")),
    "TRANSPOSE_CONV": (images.transpose_conv, ("int8", "int16", "float32")),
}
WIDE = ("int8_int32", "int16_int32", "int32_int8", "int32_int16")

FAMILIES: dict[str, Family] = {
    **{f"{name} float32": _of((name,), draws.one(name.lower())) for name in ONE},
    "LEAKY_RELU float32": _of(("LEAKY_RELU",), draws.one("leaky_relu", alpha=True)),
    "LOGICAL_NOT bool": _of(("LOGICAL_NOT",), draws.one("logical_not", "bool"), "bare_c_bool"),
    **{
        f"{name} {dtype}": _pairs(_same(name, *ALIKE.get(name, ())), dtype)
        for name, dtypes in PAIRS.items()
        for dtype in dtypes
    },
    **{
        f"EQUAL {dtype}": _pairs({name: name for name in COMPARISONS}, dtype)
        for dtype in ("int8", "int32", "int64", "float32")
    },
    "EQUAL bool": _pairs({name: name for name in COMPARISONS[:2]}, "bool"),
    "LOGICAL_AND bool": _pairs(_same("LOGICAL_AND", "LOGICAL_OR"), "bool"),
    "CAST": _of(("CAST",), draws.cast, "bare_c"),
    "SELECT_V2": _of(("SELECT_V2",), draws.select, "bare_c"),
    **{
        f"MEAN {dtype}": _of(("MEAN", "SUM"), draws.over(("mean", "sum"), dtype), _typed(dtype))
        for dtype in ("float32", "int16")
    },
    **{
        f"REDUCE_MAX {dtype}": _of(
            ("REDUCE_MAX", "REDUCE_MIN"), draws.over(("reduce_max", "reduce_min"), dtype), _typed(dtype)
        )
        for dtype in ("int8", "float32")
    },
    "REDUCE_ALL bool": _of(("REDUCE_ALL",), draws.over(("reduce_all",), "bool"), "bare_c_bool"),
    **{
        f"ARG_MAX {dtype}": _of(("ARG_MAX", "ARG_MIN"), draws.where(dtype), _typed(dtype))
        for dtype in ("int8", "float32")
    },
    **{
        f"CUMSUM {dtype}": _of(("CUMSUM",), draws.cumsum(dtype), _typed(dtype))
        for dtype in ("int8", "float32")
    },
    **{f"ADD_N {dtype}": _of(("ADD_N",), draws.add_n(dtype), _typed(dtype)) for dtype in ("int8", "float32")},
    **{name: _of((name,), draws.picked(name.lower()), "bare_c") for name in PICKS},
    "RESIZE_NEAREST_NEIGHBOR picked": _of(
        ("RESIZE_NEAREST_NEIGHBOR",), draws.picked("resize_nearest_neighbor"), "bare_c_picked"
    ),
    "GATHER computed": _of(("GATHER",), draws.looked_up, "bare_c_computed"),
    "REVERSE_V2": _of(("REVERSE_V2",), draws.reverse, "bare_c"),
    "FILL": _of(("FILL",), draws.fill, "bare_c"),
    "ZEROS_LIKE": _of(("ZEROS_LIKE",), draws.zeros_like, "bare_c"),
    "SHAPE": Family(draws.shape, (("SHAPE", "bare_c"), ("ASSIGN_VARIABLE", "bare_c_constant"))),
    "SOFTMAX float32": _of(("SOFTMAX",), layers.softmax),
    "CONV_2D float32": _of(("CONV_2D",), layers.conv_2d),
    "DEPTHWISE_CONV_2D float32": _of(("DEPTHWISE_CONV_2D",), layers.depthwise_conv_2d),
    "FULLY_CONNECTED float32": _of(("FULLY_CONNECTED",), layers.fully_connected),
    "AVERAGE_POOL_2D float32": _of(("AVERAGE_POOL_2D",), layers.pool("average_pool_2d")),
    "MAX_POOL_2D float32": _of(("MAX_POOL_2D",), layers.pool("max_pool_2d")),
    "SVDF int8": _of(("SVDF",), layers.svdf("int8"), "bare_c"),
    "SVDF float32": _of(("SVDF",), layers.svdf("float32")),
    "UNIDIRECTIONAL_SEQUENCE_LSTM float32": _of(("UNIDIRECTIONAL_SEQUENCE_LSTM",), layers.lstm),
    **{
        f"UNIDIRECTIONAL_SEQUENCE_LSTM {dtype}": _of(
            ("UNIDIRECTIONAL_SEQUENCE_LSTM",), shorts.lstm(dtype), _typed(dtype)
        )
        for dtype in ("int8", "int16")
    },
    **{f"{name} int16": _of((name,), draw, "bare_c_int16") for name, draw in OF_INT16.items()},
    **{
        f"{name} {dtype}": _of((name,), draw(dtype), _typed(dtype))
        for name, (draw, dtypes) in TYPED.items()
        for dtype in dtypes
    },
    "L2_POOL_2D float32": _of(("L2_POOL_2D",), layers.pool("l2_pool_2d")),
    "BATCH_TO_SPACE_ND": _of(("BATCH_TO_SPACE_ND",), images.batch_to_space, "bare_c"),
    "SPACE_TO_BATCH_ND": _of(("SPACE_TO_BATCH_ND",), images.space_to_batch, "bare_c"),
    **{
        f"QUANTIZE {pair}": _of(("QUANTIZE",), images.quantize(*pair.split("_")), f"bare_c_{pair}")
        for pair in WIDE
    },
}


@cache
def seeds_of(name: str, number: int) -> tuple[int, ...]:
    """Of a point's operators: as many as there is room for, one where `number` is small. The same
    wherever they are sought, which takes a while."""
    most = 1 if number < SINGLE else MOST
    seeds: tuple[int, ...] = ()
    for seed in range(4 * MOST + 40):
        data = model(name, number, (*seeds, seed))
        if data is not None and fits(data):
            seeds = *seeds, seed
        if len(seeds) == most:
            break
    assert seeds, f"nothing of {name} fits"
    return seeds


@cache
def model(name: str, number: int, seeds: tuple[int, ...]) -> bytes | None:
    """The model of a point, None where what is drawn cannot be. Only what came last is an output: what is
    none needs no room behind its operator."""
    b = ModelBuilder(f"{name.lower()} {number}")
    try:
        for seed in seeds:
            made = FAMILIES[name].draw(b, np.random.default_rng([seed, number, *name.encode()]))
        b.output(*(made if isinstance(made, tuple) else (made,)))
        return b.build()
    except (TooLargeError, MicroinferError, ValueError):
        return None


def fits(data: bytes) -> bool:
    """Whether an ATmega328P has room for a model, and its harness for the inputs."""
    try:
        interpreter = Interpreter(data, "atmega328p", library="bare-c")
    except MicroinferError:
        return False
    few = len(interpreter.get_input_details()) <= INPUTS and len(data) <= CONSTANTS
    return few and interpreter.plan.arena_used_bytes <= ROOM
