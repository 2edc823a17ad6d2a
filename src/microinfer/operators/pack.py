"""PACK: tensors stacked along a dimension of their own.

Specification: `values_count` inputs and the output of one type, float32, int8, int16, int32 or int64;
inputs of one shape; the output has their number put in at `axis`, which may be negative. int8 and
int16 are moved as they are: the scales should be the same, and nothing checks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .batching import always
from .constants import Values, checked_axis
from .example import Draw
from .spec import Array, ItemGeometry, Node, Prepared, Run, Spec, same
from .surplus import ignoring
from .versions import Versions


@dataclass(frozen=True, slots=True)
class PackGeometry(ItemGeometry):
    """`count` tensors of `outer` rows each; a row is `inner` elements. UNPACK has the same."""

    outer: int
    count: int
    inner: int
    dtype: str


def prepare(node: Node) -> Prepared:
    """TFLM counts to `values_count`, and never looks at further inputs."""
    return ignoring(_prepare, inputs=max(1, node.options["values_count"]), outputs=1)(node)


def _prepare(node: Node) -> Prepared:
    count = len(node.inputs)
    node.expect_counts(range(1, max(2, count + 1)), 1)
    first = node.input(0, "float32", "int8", "int16", "int32", "int64")
    target = node.output(0, first.dtype)
    if node.options["values_count"] != count:
        node.fail(f"values_count is {node.options['values_count']}, expected {count}, the number of inputs")
    place = stacked_axis(node, node.options["axis"], len(first.shape) + 1)
    expected = (*first.shape[:place], count, *first.shape[place:])
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    for position in range(count):
        source = node.input(position, first.dtype)
        if source.shape != first.shape:
            node.fail(
                f"inputs[{position}] ({source.name!r}) has shape {source.shape}, expected {first.shape}"
            )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.riffles import bind_riffle

        return bind_riffle([source for source in inputs if source is not None], outputs[0], place)

    geometry = PackGeometry(prod(first.shape[:place]), count, prod(first.shape[place:]), first.dtype)
    return Prepared(geometry, bind)


def stacked_axis(node: Node, axis: int, rank: int) -> int:
    """The axis counted from the front, checked."""
    place = axis + rank if axis < 0 else axis
    if not 0 <= place < rank:
        node.fail(f"axis is {axis}, expected {-rank} to {rank - 1}")
    return place


def example(d: Draw) -> Any:
    x = d.image()
    y = d.b.input(x.shape, d.dtype, scale=x.scale, zero_point=x.zero_point)
    return d.b.pack([x, y, x], d.pick(0, 1, 2, 3, 4))


def evaluate(node: Node, values: Values) -> Values:
    values = values[: max(1, node.options["values_count"])]
    return [np.stack(values, checked_axis(node.options["axis"], values[0].ndim + 1))]


SPEC = Spec(
    "PACK",
    prepare=prepare,
    geometry=PackGeometry,
    types=same("int8", "int16", "int32", "int64", "float32"),
    batch=always,
    shapes="passes",
    moves="inputs",
    copies="data",
    versions=Versions(int8=2, int16=2),
    example=example,
    evaluate=evaluate,
)
