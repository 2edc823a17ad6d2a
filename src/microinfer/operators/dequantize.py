"""DEQUANTIZE: int8, uint8 or int16 to float32; without a scale all is 0, of the sign of what is stored.

scale x (stored - zero point): TFLM computes it in float64 and rounds once, which is the float32 product.
Source: TFLM, kernels/internal/reference/dequantize.h.
"""

from __future__ import annotations

from math import frexp
from typing import Any

import numpy as np

from .batching import always
from .branches import centred, count
from .carry import carry_same
from .example import Draw
from .far_zero_points import is_far
from .lookup_table import bind_table, expect_same_elements
from .quantize import bind_kernel
from .real_elementwise import unary
from .relu import ElementwiseGeometry
from .spec import Arrays, Node, Observe, Prepared, Seen, Spec, Step, to
from .versions import Versions


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source, target = node.input(0, "int8", "uint8", "int16"), node.output(0, "float32")
    elements = expect_same_elements(node, source, target)
    parameters = np.float32(source.scale), source.zero_point
    geometry = ElementwiseGeometry(elements, source.dtype, target.dtype, source.zero_point, source.scale != 0)
    if is_far(source):

        def table(kernels: Any) -> Any:
            return np.float64(parameters[0]) * kernels.centred(source.dtype, source.zero_point)

        return Prepared(geometry, bind_table(table))
    return Prepared(geometry, bind_kernel("dequantize", source.dtype, target.dtype, parameters))


def branches(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Software floating point is quicker where the significand is that of a power of two.

    It normalises a number within its highest byte bit by bit, and a product of small significands once more.
    """
    source = step.node.inputs[0]
    values = centred(inputs[0], source)
    x = abs(values)
    fractions, exponents = np.frexp(x.astype(np.float64))
    scale = frexp(source.scale)[0] if source is not None else 0.0
    return {
        "full_significands": count(x & (x - 1)),
        "nonzeros": count(x),
        "negatives": count(values < 0),
        "normalised_bits": int(np.sum(-exponents % 8)),
        "normalised_products": count((x > 0) & (fractions * scale < 0.5)),
    }


def example(d: Draw) -> Any:
    return d.b.dequantize(d.image())


SPEC = Spec(
    "DEQUANTIZE",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=to("float32", "int8", "int16", "uint8"),
    batch=always,
    observe=Observe(branches, "inputs", over="elements"),
    in_reals=unary(lambda x: x),
    carry=carry_same,
    versions=Versions(int8=2, int16=3),
    unscaled=(0,),
    example=example,
)
