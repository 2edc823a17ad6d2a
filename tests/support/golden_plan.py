"""The declared plan of the golden files: how many models of each operator are drawn, and their inputs.

A model and its inputs follow from SEED, the operator's name and the number of the model. The last model of
an operator in INT16 has activations of 16 bits. SPACE_TO_BATCH_ND pads nothing: TFLM never sets the number
that it pads with, and the same model has other outputs the next time.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from microinfer import Interpreter, ModelBuilder
from microinfer.operators.example import Draw
from microinfer.operators.registry import row

__all__ = ["MODELS", "SEED", "drawn_values", "model_and_inputs"]

SEED = 20
MODELS = 4
INT16 = frozenset(
    (
        *("ADD", "CONCATENATION", "DEQUANTIZE", "LEAKY_RELU", "LOGISTIC", "MEAN", "MUL", "PAD", "QUANTIZE"),
        *("RESHAPE", "SPLIT_V", "STRIDED_SLICE", "SUB", "SUM", "TANH"),
    )
)


_EQUALITY = ("EQUAL", "NOT_EQUAL")


def model_and_inputs(operator: str, number: int) -> tuple[bytes, list[NDArray[Any]]]:
    """The file of one of an operator's models, and values over the whole range of its inputs' types.

    Of these only every 64th where an operator asks for equality, which would hardly ever be met otherwise.
    """
    found = row(operator)
    assert found is not None
    generator = np.random.default_rng((SEED, crc32(operator.encode()), number))
    wide = operator in INT16 and number == MODELS - 1
    draw = Draw(ModelBuilder(operator.lower()), generator, "int16" if wide else "int8")
    made = found.example(draw)
    draw.b.output(*(made if isinstance(made, tuple) else (made,)))
    model = draw.b.build()
    details = Interpreter(model).get_input_details()
    inputs = [drawn_values(generator, tuple(each["shape"]), np.dtype(each["dtype"])) for each in details]
    return model, [value & -64 for value in inputs] if operator in _EQUALITY else inputs


def drawn_values(
    generator: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[Any]:
    if dtype.kind == "f":
        return (4 * generator.standard_normal(shape)).astype(dtype)
    if dtype.kind == "b":
        return np.asarray(generator.integers(0, 2, shape)).astype(bool)
    limits = np.iinfo(dtype)
    return np.asarray(generator.integers(limits.min, limits.max, shape, dtype, endpoint=True))
