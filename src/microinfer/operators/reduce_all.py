"""REDUCE_ALL: bool, whether all are true along axes, as MEAN's.

Source: TFLM, micro/kernels/reduce_common.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .add import plain
from .batching import not_over_samples
from .carry import carry_reduce
from .example import Draw
from .late import AXES
from .mean import ReduceGeometry, reduce_tensors
from .real_elementwise import reduction
from .reduced_axes import bind_extremes
from .spec import Array, Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    source, _, geometry = reduce_tensors(node, "bool")
    if not source.elements:
        return Prepared(geometry, lambda inputs, outputs: partial(outputs[0].fill, True))

    least = bind_extremes(geometry, "least")

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.casts import normalize
        from ..kernels.data_movement import in_turn

        x, y = inputs[0], plain(outputs[0])
        assert x is not None
        return in_turn((least([plain(x)], [y]), normalize.bind(y.reshape(-1))))

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
