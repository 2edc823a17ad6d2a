"""NEG: the number with the other sign; float32 to float32.

Source: TFLM, micro/kernels/neg.cc.
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
from .surplus import ignoring


def prepare(node: Node) -> Prepared:
    return prepare_float(node, "negate")


def example(d: Draw) -> Any:
    return d.b.neg(d.real())


SPEC = Spec(
    "NEG",
    prepare=ignoring(prepare, inputs=1, outputs=1),
    geometry=ElementwiseGeometry,
    types=same("float32"),
    batch=always,
    in_reals=unary(np.negative),
    carry=carry_same,
    example=example,
)
