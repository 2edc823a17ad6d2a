"""SUM: as MEAN, without the division."""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import not_over_samples
from .branches import negative_sums
from .carry import carry_reduce
from .constants import over_axes
from .example import Draw, draw_reduce
from .late import AXES
from .mean import ReduceGeometry, prepare_sum, rescaled_sums
from .real_elementwise import reduction
from .spec import Node, Observe, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_sum(node, False)


def example(d: Draw) -> Any:
    return draw_reduce(d, "sum", **d.out())


SPEC = Spec(
    "SUM",
    prepare=AXES.around(prepare),
    late=AXES,
    geometry=ReduceGeometry,
    types=same("int8", "int16", "float32"),
    batch=not_over_samples,
    observe=Observe(negative_sums, over="outputs"),
    in_reals=reduction(np.sum),
    carry=carry_reduce,
    versions=Versions(int8=2, int16=3),
    sums=True,
    example=example,
    rescaled=rescaled_sums(False),
    evaluate=over_axes(np.sum),
)
