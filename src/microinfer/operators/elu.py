"""ELU: x where it is not negative, else exp(x) - 1; for int8 through a table of the 256 results.

Specification: int8 to int8, both with a scale. The table is made in float32 while TFLM prepares. float32 to
float32 is computed element by element; converters leave it so between DEQUANTIZE and QUANTIZE. Exponentials
are rounded from float64 here, which the C library of a device may miss by its last bit.
Source: TFLM, micro/kernels/elu.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .batching import always
from .example import Draw
from .lookup_table import bind_table, expect_same_elements
from .real_elementwise import unary
from .relu import ElementwiseGeometry, elementwise_geometry, same_type_tensors
from .spec import Array, Node, Prepared, Spec, same

LARGEST = float(1 << 31)


def prepare(node: Node) -> Prepared:
    if node.input(0, "int8", "float32").dtype == "float32":
        node.expect_counts(1, 1)
        source, target = node.input(0), node.output(0, "float32")
        expect_same_elements(node, source, target)
        return Prepared(elementwise_geometry(source, target), bind_float)
    source, target = same_type_tensors(node, "int8")
    largest = (127 - source.zero_point) * source.scale / target.scale + abs(target.zero_point)
    if not largest < LARGEST:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g}, too fine for the input's "
            f"{source.scale:g}: a result passes 2^31 steps"
        )

    def table(kernels: Any) -> Any:
        centred = kernels.values("int8") - source.zero_point
        return kernels.elu(centred, source.scale, target.scale, target.zero_point)

    return Prepared(elementwise_geometry(source, target), bind_table(table))


def bind_float(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
    given = inputs[0]
    assert given is not None
    x, y = given.reshape(-1), outputs[0].reshape(-1)
    below, fine = np.empty(x.shape, bool), np.empty(x.shape, np.float64)

    def run() -> None:
        np.less(x, 0, out=below)
        np.minimum(x, 0, out=fine)
        np.expm1(fine, out=fine)
        np.copyto(y, x)
        np.copyto(y, fine, casting="same_kind", where=below)

    return run


def example(d: Draw) -> Any:
    return d.b.elu(d.image(), **d.out())


SPEC = Spec(
    "ELU",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("int8", "float32"),
    batch=always,
    in_reals=unary(lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x)),
    example=example,
)
