"""SQUEEZE: dimensions of length 1 taken away.

Specification: output as input, any type of fixed size, at most 8 dimensions. `squeeze_dims` names the
dimensions, negative ones from the end; empty, it means every dimension of length 1.
"""

from __future__ import annotations

from typing import Any

from ..model.tables import ITEM_BYTES
from .batching import always
from .carry import carry_reshape
from .constants import reshaped
from .example import Draw
from .reshape import DTYPES, ReshapeGeometry, prepared
from .spec import Node, Prepared, Spec, same

MAX_RANK = 8


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source = node.input(0, *DTYPES)
    target = node.output(0, source.dtype)
    rank = len(source.shape)
    if rank > MAX_RANK:
        node.fail(f"inputs[0] ({source.name!r}) has {rank} dimensions, expected at most {MAX_RANK}")
    dimensions = node.options["squeeze_dims"]
    if len(dimensions) > MAX_RANK:
        node.fail(f"squeeze_dims has {len(dimensions)} entries, expected at most {MAX_RANK}")
    squeezed = set()
    for dimension in dimensions:
        axis = dimension + rank if dimension < 0 else dimension
        if not 0 <= axis < rank or source.shape[axis] != 1:
            node.fail(f"squeeze_dims holds {dimension}, expected a dimension of length 1 of {source.shape}")
        squeezed.add(axis)
    if not dimensions:
        squeezed = {axis for axis, size in enumerate(source.shape) if size == 1}
    kept = tuple(size for axis, size in enumerate(source.shape) if axis not in squeezed)
    # A device asks only that every kept dimension has room in the output, so ones may trail.
    if target.shape != kept + (1,) * (len(target.shape) - len(kept)):
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {kept}")
    return prepared(source)


def example(d: Draw) -> Any:
    return d.b.squeeze(d.image(shape=(1, d.pick(1, 3), 1, 4)), d.pick((), (0,), (0, 2)))


SPEC = Spec(
    "SQUEEZE",
    prepare=prepare,
    geometry=ReshapeGeometry,
    types=same(*ITEM_BYTES),
    batch=always,
    moves="data",
    carry=carry_reshape,
    copies="data",
    example=example,
    evaluate=reshaped,
)
