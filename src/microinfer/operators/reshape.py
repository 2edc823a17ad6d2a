"""RESHAPE; SQUEEZE and EXPAND_DIMS share its geometry and its copy.

Specification: output as input, any type of fixed size, equal numbers of elements. The output's own
shape is what counts: a device uses neither the option `new_shape` (of at most 8 dimensions) nor the
shape input, so either may be missing, hold a -1, or be computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.tables import ITEM_BYTES, Tensor
from ..words.dataclass import dataclass
from .batching import always
from .carry import carry_reshape
from .constants import reshaped
from .example import Draw
from .spec import Array, Geometry, Node, Prepared, Run, Spec, same

DTYPES = tuple(ITEM_BYTES)
MAX_RANK = 8


@dataclass(frozen=True, slots=True)
class ReshapeGeometry(Geometry):
    """A copy of `size_bytes`, which TFLM finds out from the input's dimensions."""

    size_bytes: int
    input_rank: int = 2
    dtype: str = "int8"


def prepare(node: Node) -> Prepared:
    node.expect_counts(range(1, 3), 1)
    source = node.input(0, *DTYPES)
    target = node.output(0, source.dtype)
    if len(node.options["new_shape"]) > MAX_RANK:
        rank = len(node.options["new_shape"])
        node.fail(f"new_shape has {rank} dimensions, expected at most {MAX_RANK}")
    if source.elements != target.elements:
        node.fail(
            f"num_input_elements != num_output_elements ({source.elements} != {target.elements}): outputs[0] "
            f"({target.name!r}) has shape {target.shape}, inputs[0] {source.shape}"
        )
    return prepared(source)


def prepared(source: Tensor) -> Prepared:
    """A copy of `source` as it lies."""
    return Prepared(ReshapeGeometry(source.size_bytes, len(source.shape), source.dtype), bind)


def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
    from ..kernels.data_movement import copy

    source, target = inputs[0], outputs[0]
    assert source is not None
    return copy(source.reshape(-1), target.reshape(-1))


def example(d: Draw) -> Any:
    return d.b.reshape(d.image(), d.pick((-1,), (1, 4, -1), (2, -1)))


SPEC = Spec(
    "RESHAPE",
    prepare=prepare,
    geometry=ReshapeGeometry,
    types=same(*ITEM_BYTES),
    batch=always,
    shapes="ignores",
    moves="data",
    carry=carry_reshape,
    keeps_pixels=True,
    copies="data",
    example=example,
    evaluate=reshaped,
    misshaped=True,
)
