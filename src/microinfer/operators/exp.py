"""EXP: e to the power of the number; float32 to float32.

The C library's: its last bit hangs on the library that the firmware is linked with.
Source: TFLM, micro/kernels/exp.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import always
from .carry import carry_same
from .example import Draw
from .float_elementwise import expect_same_shape
from .real_elementwise import unary
from .relu import ElementwiseGeometry, prepare_float
from .spec import Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    expect_same_shape(node)
    return prepare_float(node, "exponential")


def example(d: Draw) -> Any:
    return d.b.exp(d.real())


SPEC = Spec(
    "EXP",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("float32"),
    batch=always,
    in_reals=unary(np.exp),
    carry=carry_same,
    c_library=("exponentials", 1),
    example=example,
)
