"""REDUCE_ALL: bool, whether all are true along axes, as MEAN's.

Source: TFLM, micro/kernels/reduce_common.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .batching import not_over_samples
from .carry import carry_reduce
from .example import Draw
from .late import AXES
from .mean import ReduceGeometry, reduce_tensors
from .real_elementwise import reduction
from .spec import Array, Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    source, _, geometry = reduce_tensors(node, "bool")
    if not source.elements:
        return Prepared(geometry, lambda inputs, outputs: partial(outputs[0].fill, True))

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        x, y = inputs[0], outputs[0]
        assert x is not None
        out = y.reshape(geometry.kept_shape)
        return partial(np.logical_and.reduce, x, axis=geometry.axes, out=out, keepdims=True)

    return Prepared(geometry, bind)


def example(d: Draw) -> Any:
    axes = d.pick((1, 2), (1,), (2, 3), (1, 2, 3))
    return d.b.reduce_all(d.truth(), axes, keep_dims=d.pick(True, False))


SPEC = Spec(
    "REDUCE_ALL",
    prepare=AXES.around(prepare),
    late=AXES,
    geometry=ReduceGeometry,
    types=same("bool"),
    batch=not_over_samples,
    in_reals=reduction(np.all),
    carry=carry_reduce,
    example=example,
)
