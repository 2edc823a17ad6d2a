"""MAXIMUM and MINIMUM: int8, int16, int32, int64 or float32 to the same type.

Stored numbers are compared as they are, whatever the scales. Shapes broadcast as ADD's. Where CMSIS-NN
broadcasts wrongly, this gives the reference kernel's result.
Source: TFLM, micro/kernels/maximum_minimum.cc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .add import BinaryGeometry, binary_geometry, binary_tensors, bind_pairs
from .batching import same_ranks
from .carry import carry_binary
from .constants import of_two
from .example import Draw, draw_same
from .real_elementwise import binary
from .spec import Node, Prepared, Spec, same
from .surplus import ignoring
from .versions import Versions


def prepare_extremum(node: Node, function: np.ufunc) -> Prepared:
    tensors = binary_tensors(node, "int8", "int16", "int32", "int64", "float32", quantized=False)
    return Prepared(binary_geometry(*tensors), bind_pairs(function.__name__))


def prepare(node: Node) -> Prepared:
    return prepare_extremum(node, np.maximum)


def example(d: Draw) -> Any:
    return draw_same(d, "maximum")


SPEC = Spec(
    "MAXIMUM",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=same("int8", "int16", "int32", "int64", "float32"),
    batch=same_ranks,
    in_reals=binary(np.maximum),
    carry=carry_binary,
    copies="either",
    versions=Versions(int8=2, int16=4, wide=3),
    example=example,
    evaluate=of_two(np.maximum),
)
