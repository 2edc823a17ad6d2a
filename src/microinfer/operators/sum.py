"""SUM: as MEAN, without the division."""

from __future__ import annotations

from .mean import ReduceGeometry, prepare_sum
from .spec import Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    return prepare_sum(node, False)


SPEC = Spec(
    "SUM",
    prepare=prepare,
    geometry=ReduceGeometry,
    types=same("int8", "int16"),
)
