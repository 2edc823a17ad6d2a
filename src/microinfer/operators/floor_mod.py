"""FLOOR_MOD: what is left of a division that is rounded down, with the divisor's sign; float32.

By 0 nothing that is a number is left. Shapes broadcast as ADD's. Source: TFLM, micro/kernels/floor_mod.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_elementwise
from .batching import same_ranks
from .carry import carry_binary
from .constants import of_two
from .example import Draw
from .real_elementwise import binary
from .spec import Node, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    tensors = binary_tensors(node, "float32", quantized=False)
    return Prepared(binary_geometry(*tensors), bind_elementwise("floor_modulo"))


def example(d: Draw) -> Any:
    x = d.real()
    return d.b.floor_mod(x, d.real(d.pick(x.shape, (1, 1, 1, x.shape[3]))))


def _real(x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.mod(x, y)


SPEC = Spec(
    "FLOOR_MOD",
    prepare=prepare,
    geometry=BinaryGeometry,
    types=same("float32"),
    batch=same_ranks,
    in_reals=binary(_real),
    carry=carry_binary,
    versions=Versions(),
    example=example,
    evaluate=of_two(np.mod),
)
