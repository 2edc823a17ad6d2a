"""MINIMUM: as MAXIMUM."""

from __future__ import annotations

from typing import Any

import numpy as np

from .add import BinaryGeometry
from .batching import same_ranks
from .carry import carry_binary
from .constants import of_two
from .example import Draw, draw_same
from .maximum import prepare_extremum
from .real_elementwise import binary
from .spec import Node, Prepared, Spec, same
from .surplus import ignoring
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_extremum(node, np.minimum)


def example(d: Draw) -> Any:
    return draw_same(d, "minimum")


SPEC = Spec(
    "MINIMUM",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=same("int8", "int16", "int32", "int64", "float32"),
    batch=same_ranks,
    in_reals=binary(np.minimum),
    carry=carry_binary,
    copies="either",
    versions=Versions(int8=2, int16=4, wide=3),
    example=example,
    evaluate=of_two(np.minimum),
)
