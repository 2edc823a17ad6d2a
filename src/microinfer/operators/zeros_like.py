"""ZEROS_LIKE: zeros in the shape of the input.

Specification: float32, int8, int32 or int64, output as input. An int8 tensor gets the stored number 0, not
its zero point. Source: TFLM, micro/kernels/zeros_like.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import always
from .example import Draw
from .fill import FillGeometry, prepare_zeros
from .spec import Node, Real, Reals, Spec, same


def in_reals(node: Node, inputs: Reals) -> Real:
    target = node.outputs[0]
    return np.full(target.shape, -target.zero_point * target.scale)


def example(d: Draw) -> Any:
    return d.b.zeros_like(d.image())


SPEC = Spec(
    "ZEROS_LIKE",
    prepare=prepare_zeros,
    geometry=FillGeometry,
    types=same("int8", "int32", "int64", "float32"),
    batch=always,
    in_reals=in_reals,
    example=example,
)
