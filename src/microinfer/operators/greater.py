"""GREATER: whether the first number is the larger, as `comparison` has it."""

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
    return prepare_comparison(node, np.greater, *NUMBERS)


def example(d: Draw) -> Any:
    return draw_compare(d, "GREATER")


SPEC = Spec(
    "GREATER",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=to("bool", "int8", "int32", "int64", "float32"),
    batch=same_ranks,
    observe=Observe(negatives_of_both, "inputs", over="elements"),
    in_reals=binary(np.greater),
    versions=Versions(int8=2, int16=2),
    example=example,
)
