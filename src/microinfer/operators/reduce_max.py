"""REDUCE_MAX: float32, or int8 with one scale and zero point for input and output; axes as MEAN's.

Of real numbers an infinity becomes the largest finite number, and what is no number is left out.
Source: TFLM, micro/kernels/reduce_common.cc.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .batching import not_over_samples
from .carry import carry_reduce
from .constants import over_axes
from .example import Draw, draw_reduce
from .late import AXES
from .mean import ReduceGeometry, reduce_tensors
from .real_elementwise import reduction
from .reduced_axes import bind_extremes
from .spec import Node, Prepared, Spec, same
from .versions import Versions

LARGEST = float(np.finfo(np.float32).max)


def prepare(node: Node) -> Prepared:
    return prepare_extreme(node, "largest", {"float32": -LARGEST, "int8": -128})


def prepare_extreme(node: Node, name: str, nothing: dict[str, float]) -> Prepared:
    """`name`: as in `kernels.extremes`; `nothing`: what is made of no elements, by type."""
    source, target, geometry = reduce_tensors(node, "int8", "float32", plain=True)
    if geometry.rescales:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g} and zero point {target.zero_point}, "
            f"expected the input's, {source.scale:g} and {source.zero_point}"
        )
    if not source.elements:
        return Prepared(geometry, lambda inputs, outputs: partial(outputs[0].fill, nothing[source.dtype]))
    return Prepared(geometry, bind_extremes(geometry, name))


def example(d: Draw) -> Any:
    return draw_reduce(d, "reduce_max")


SPEC = Spec(
    "REDUCE_MAX",
    prepare=AXES.around(prepare),
    late=AXES,
    geometry=ReduceGeometry,
    types=same("int8", "float32"),
    batch=not_over_samples,
    in_reals=reduction(np.max),
    carry=carry_reduce,
    versions=Versions(int8=2, int16=3),
    example=example,
    evaluate=over_axes(np.max),
)
