"""FLOOR_DIV: the quotient rounded down to a whole number; float32.

A divisor of 0 is refused when it comes: TFLM's Invoke fails there. Shapes broadcast as ADD's.
Source: TFLM, micro/kernels/floor_div.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_elementwise, read_only
from .batching import same_ranks
from .carry import carry_binary
from .constants import of_two
from .example import Draw
from .real_elementwise import binary
from .refusals import refusing
from .spec import Array, Bind, Node, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    tensors = binary_tensors(node, "float32", quantized=False)
    return Prepared(binary_geometry(*tensors), _checked(node, bind_elementwise("floor_divide")))


def _checked(node: Node, compute: Bind) -> Bind:
    divisor = node.input(1)

    def refuse() -> None:
        raise UnsupportedError(
            f"FLOOR_DIV: inputs[1] ({divisor.name!r}) holds a zero, and TFLM's Invoke fails at it; "
            "add a small number",
            node.operator.place,
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import scans

        y, run = inputs[1], compute(inputs, outputs)
        assert y is not None
        zeros = np.zeros(1, np.int64)
        scan = scans.equal["float32"].bind(read_only(y.reshape(-1)), 0.0, zeros)
        return refusing((scan, run), zeros, refuse)

    return bind


def example(d: Draw) -> Any:
    x = d.real()
    return d.b.floor_div(x, d.real(d.pick(x.shape, (1, 1, 1, x.shape[3]))))


def _real(x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.floor(np.divide(x, y))


SPEC = Spec(
    "FLOOR_DIV",
    prepare=prepare,
    geometry=BinaryGeometry,
    types=same("float32"),
    batch=same_ranks,
    in_reals=binary(_real),
    carry=carry_binary,
    versions=Versions(least=2),
    example=example,
    evaluate=of_two(np.floor_divide),
)
