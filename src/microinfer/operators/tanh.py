"""TANH: int8 to int8, both with a scale; the output is taken to have scale 1/128 and zero point 0.
Without a scale an int8 input counts as 0, and the output's is not looked at.

int16 to int16 as LOGISTIC. Source: TFLM, micro/kernels/tanh.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import always
from .carry import carry_same
from .example import Draw
from .logistic import ActivationGeometry, exponentials, left_open, prepare_activation
from .real_elementwise import unary
from .spec import Node, Observe, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_activation(node, "tanh", (0, 1), scaled=False)


def example(d: Draw) -> Any:
    return d.b.tanh(d.image())


SPEC = Spec(
    "TANH",
    prepare=prepare,
    geometry=ActivationGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    observe=Observe(exponentials(8), over="elements"),
    in_reals=unary(np.tanh),
    carry=carry_same,
    fixed_output=(1 / 128, 0),
    versions=Versions(int8=2, int16=3),
    cell="gate",
    unscaled=(0,),
    c_library=("tangents", 2),
    example=example,
    left_open=left_open,
)
