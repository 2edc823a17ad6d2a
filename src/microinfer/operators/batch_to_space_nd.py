"""BATCH_TO_SPACE_ND: many small images woven into few large ones, the inverse of SPACE_TO_BATCH_ND.

Specification: as there; inputs[2] says how much is cropped.
"""

from __future__ import annotations

from typing import Any

from .example import Draw
from .space_to_batch_nd import LATE_CROPS, BatchSpaceGeometry, prepare_batches
from .spec import Node, Prepared, Spec, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    return prepare_batches(node, gather=True)


def example(d: Draw) -> Any:
    return d.b.batch_to_space_nd(d.image(batch=4), (2, 2), [(0, d.pick(0, 1)), (d.pick(0, 1), 0)])


SPEC = Spec(
    "BATCH_TO_SPACE_ND",
    prepare=LATE_CROPS.around(prepare),
    late=LATE_CROPS,
    geometry=BatchSpaceGeometry,
    types=same("int8", "float32"),
    moves="data",
    versions=Versions(int8=2, int16=2, when=((lambda of: len(of.shapes[0]) != 4, 3),)),
    example=example,
    misshaped=True,
)
