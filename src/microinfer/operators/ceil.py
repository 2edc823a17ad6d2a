"""CEIL: the least whole number that is not below; float32 to float32.

Source: TFLM, micro/kernels/ceil.cc.
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
    return prepare_float(node, "ceiling")


def example(d: Draw) -> Any:
    return d.b.ceil(d.real())


SPEC = Spec(
    "CEIL",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("float32"),
    batch=always,
    in_reals=unary(np.ceil),
    carry=carry_same,
    example=example,
)
