"""SUM: as MEAN, without the division."""

from __future__ import annotations

import numpy as np

from .batching import not_over_samples
from .branches import negative_sums
from .carry import carry_reduce
from .mean import ReduceGeometry, prepare_sum
from .real_elementwise import reduction
from .spec import Node, Observe, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_sum(node, False)


SPEC = Spec(
    "SUM",
    prepare=prepare,
    geometry=ReduceGeometry,
    types=same("int8", "int16"),
    batch=not_over_samples,
    observe=Observe(negative_sums),
    in_reals=reduction(np.sum),
    carry=carry_reduce,
    versions=Versions(int8=2, int16=3),
    sums=True,
)
