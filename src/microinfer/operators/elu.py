"""ELU: x where it is not negative, else exp(x) - 1; for int8 through a table of the 256 results.

Specification: int8 to int8, both with a scale. The table is made in float32 while TFLM prepares. float32 to
float32 is computed element by element; converters leave it so between DEQUANTIZE and QUANTIZE. The
exponential less 1 is the C library's, whose last bit hangs on the library that the firmware is linked with.
Source: TFLM, micro/kernels/elu.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import always
from .example import Draw
from .float_layers import is_float
from .lookup_table import bind_table
from .real_elementwise import unary
from .relu import ElementwiseGeometry, elementwise_geometry, prepare_float, same_type_tensors
from .spec import Node, Prepared, Spec, same

LARGEST = float(1 << 31)


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float(node, "elu")
    source, target = same_type_tensors(node, "int8", "float32", divisors=("outputs[0]",))
    largest = (127 - source.zero_point) * source.scale / target.scale + abs(target.zero_point)
    if not largest < LARGEST:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g}, too fine for the input's "
            f"{source.scale:g}: a result passes 2^31 steps"
        )

    def table(kernels: Any) -> Any:
        centred = kernels.centred(source.dtype, source.zero_point)
        return kernels.elu(centred, source.scale, target.scale, target.zero_point)

    return Prepared(elementwise_geometry(source, target), bind_table(table))


def example(d: Draw) -> Any:
    return d.b.elu(d.image(), **d.out())


SPEC = Spec(
    "ELU",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("int8", "float32"),
    batch=always,
    in_reals=unary(lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x)),
    unscaled=(0,),
    c_library=("exponentials", 1),
    example=example,
)
