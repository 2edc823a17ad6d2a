"""LOGICAL_AND: whether both hold; bool. Shapes broadcast as ADD's. Source: TFLM, micro/kernels/logical.cc."""

from __future__ import annotations

from typing import Any

import numpy as np

from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_pairs
from .batching import same_ranks
from .carry import carry_binary
from .example import Draw
from .real_elementwise import binary
from .spec import Node, Prepared, Spec, same
from .surplus import ignoring


def prepare(node: Node) -> Prepared:
    tensors = binary_tensors(node, "bool", quantized=False)
    return Prepared(binary_geometry(*tensors), bind_pairs("logical_and"))


def example(d: Draw) -> Any:
    x = d.truth()
    return d.b.logical_and(x, d.truth(d.pick(x.shape, (1, 1, 1, x.shape[3]))))


SPEC = Spec(
    "LOGICAL_AND",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=same("bool"),
    batch=same_ranks,
    in_reals=binary(np.logical_and),
    carry=carry_binary,
    example=example,
)
