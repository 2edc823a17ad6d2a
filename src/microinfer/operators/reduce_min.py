"""REDUCE_MIN: as REDUCE_MAX, of the least."""

from __future__ import annotations

from typing import Any

import numpy as np

from .batching import not_over_samples
from .carry import carry_reduce
from .constants import over_axes
from .example import Draw, draw_reduce
from .late import AXES
from .mean import ReduceGeometry
from .real_elementwise import reduction
from .reduce_max import LARGEST, prepare_extreme
from .spec import Node, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_extreme(node, "least", {"float32": LARGEST, "int8": 127})


def example(d: Draw) -> Any:
    return draw_reduce(d, "reduce_min")


SPEC = Spec(
    "REDUCE_MIN",
    prepare=AXES.around(prepare),
    late=AXES,
    geometry=ReduceGeometry,
    types=same("int8", "float32"),
    batch=not_over_samples,
    in_reals=reduction(np.min),
    carry=carry_reduce,
    versions=Versions(int8=2, int16=3),
    example=example,
    evaluate=over_axes(np.min),
)
