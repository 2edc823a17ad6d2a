"""The declared plan of the golden files: how many models of each operator are drawn, and their inputs.

A model and its inputs follow from SEED, the operator's name and the number of the model. Four models are of
int8, or the last of an operator in INT16 of int16; then comes one of float32, and of int16 where there is
none yet. What asks the C library has none of float32: its last bits are not everywhere the same.
SPACE_TO_BATCH_ND pads nothing: TFLM never sets the number that it pads with, and the same model has other
outputs the next time.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from microinfer import Interpreter, ModelBuilder
from microinfer.operators.example import Draw
from microinfer.operators.registry import row

__all__ = ["MODELS", "NO_INT16", "NO_REALS", "SEED", "drawn_values", "kinds", "model_and_inputs"]

SEED = 20
MODELS = 4
INT16 = frozenset(
    (
        *("ADD", "CONCATENATION", "DEQUANTIZE", "LEAKY_RELU", "LOGISTIC", "MEAN", "MUL", "PAD", "QUANTIZE"),
        *("RESHAPE", "SPLIT_V", "STRIDED_SLICE", "SUB", "SUM", "TANH"),
    )
)
NO_REALS = frozenset(("DIV", "EMBEDDING_LOOKUP", "FILL", "QUANTIZE", "STRIDED_SLICE", "SVDF"))
"""Operators that take float32, and whose examples are not drawn of it."""
NO_INT16 = frozenset(
    ("ASSIGN_VARIABLE", "DYNAMIC_UPDATE_SLICE", "RSQRT", "SQUARED_DIFFERENCE", "STRIDED_SLICE")
)
"""Operators that take int16, and whose examples are not drawn of it."""
_C_LIBRARY = frozenset(
    (
        *("COS", "ELU", "EXP", "LOG", "LOGISTIC", "LOG_SOFTMAX", "SIN", "SOFTMAX", "TANH"),
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
    )
)
_EQUALITY = ("EQUAL", "NOT_EQUAL")


def kinds(operator: str) -> tuple[str, ...]:
    """The type of the data of each model."""
    found = row(operator)
    assert found is not None
    made = ["int8"] * (MODELS - 1) + ["int16" if operator in INT16 else "int8"]
    if "float32" in found.types and not found.custom and operator not in NO_REALS | _C_LIBRARY:
        made.append("float32")
    if "int16" in found.types and not found.custom and operator not in NO_INT16 | INT16:
        made.append("int16")
    return tuple(made)


def model_and_inputs(operator: str, number: int) -> tuple[bytes, list[NDArray[Any]]]:
    """The file of one of an operator's models, and values over the whole range of its inputs' types.

    Of these only every 64th where an operator asks for equality, which would hardly ever be met otherwise.
    """
    found = row(operator)
    assert found is not None
    generator = np.random.default_rng((SEED, crc32(operator.encode()), number))
    draw = Draw(ModelBuilder(operator.lower()), generator, kinds(operator)[number])
    made = found.example(draw)
    draw.b.output(*(made if isinstance(made, tuple) else (made,)))
    model = draw.b.build()
    details = Interpreter(model).get_input_details()
    inputs = [drawn_values(generator, tuple(each["shape"]), np.dtype(each["dtype"])) for each in details]
    near = operator in _EQUALITY and kinds(operator)[number] != "float32"
    return model, [value & -64 for value in inputs] if near else inputs


def drawn_values(
    generator: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[Any]:
    if dtype.kind == "f":
        return (4 * generator.standard_normal(shape)).astype(dtype)
    if dtype.kind == "b":
        return np.asarray(generator.integers(0, 2, shape)).astype(bool)
    limits = np.iinfo(dtype)
    return np.asarray(generator.integers(limits.min, limits.max, shape, dtype, endpoint=True))
