"""EQUAL: whether numbers are equal, as `comparison` has it; it takes bool as well."""

from __future__ import annotations

from typing import Any

import numpy as np

from .add import BinaryGeometry
from .batching import same_ranks
from .branches import negatives_of_both
from .example import Draw, draw_compare
from .real_elementwise import binary
from .relations import NUMBERS, prepare_comparison
from .spec import Node, Observe, Prepared, Spec, to
from .surplus import ignoring
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_comparison(node, np.equal, *NUMBERS, "bool")


def example(d: Draw) -> Any:
    return draw_compare(d, "EQUAL", equality=True)


SPEC = Spec(
    "EQUAL",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=to("bool", "int8", "int32", "int64", "float32", "bool"),
    batch=same_ranks,
    observe=Observe(negatives_of_both, "inputs", over="elements"),
    in_reals=binary(np.equal),
    versions=Versions(int8=2, int16=2),
    example=example,
)
