"""LOGICAL_NOT: whether it does not hold; bool. Source: TFLM, micro/kernels/elementwise.cc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .add import plain, read_only
from .batching import always
from .carry import carry_same
from .example import Draw
from .lookup_table import expect_same_elements
from .real_elementwise import unary
from .relu import ElementwiseGeometry
from .spec import Array, Node, Prepared, Run, Spec, same


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, "bool"), node.output(0, "bool")
    elements = expect_same_elements(node, source, target)
    return Prepared(ElementwiseGeometry(elements, "bool", "bool", 0, False), bind)


def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
    from ..kernels.casts import negate

    x = inputs[0]
    assert x is not None
    return negate.bind(plain(read_only(x.reshape(-1))), plain(outputs[0].reshape(-1)))


def example(d: Draw) -> Any:
    return d.b.logical_not(d.truth())


SPEC = Spec(
    "LOGICAL_NOT",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("bool"),
    batch=always,
    in_reals=unary(np.logical_not),
    carry=carry_same,
    example=example,
)
