"""COS: the cosine of an angle in radians; float32 to float32.

The C library's: its last bit hangs on the library that the firmware is linked with.
Source: TFLM, micro/kernels/elementwise.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import always
from .carry import carry_same
from .example import Draw
from .real_elementwise import unary
from .relu import ElementwiseGeometry, prepare_float
from .spec import Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    return prepare_float(node, "cosine")


def example(d: Draw) -> Any:
    return d.b.cos(d.real())


SPEC = Spec(
    "COS",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("float32"),
    batch=always,
    in_reals=unary(np.cos),
    carry=carry_same,
    c_library=("cosines", 1),
    example=example,
)
