"""GATHER: slices of a tensor by their indices along one axis, such as the rows of an embedding.

Specification: output as inputs[0], float32 or int8; inputs[1] has int32 indices, constant or computed. The
first `batch_dims` dimensions are common to both. `axis` and `batch_dims` may be negative: from the end of
inputs[0], and of inputs[1]. A device does not look whether an index lies inside; a run here refuses one
that does not. Source: TFLM, micro/kernels/gather.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..words.dataclass import dataclass
from .batching import indices_of_each
from .constants import INTEGERS, Values, checked_axis
from .example import Draw
from .real_elementwise import operands
from .spec import Array, ItemGeometry, Node, Prepared, Real, Reals, Run, Spec, same
from .versions import Versions


@dataclass(frozen=True, slots=True)
class GatherGeometry(ItemGeometry):
    """`batch` x `outer` tables of `length` slices; `indices` slices of `inner` elements are taken of each.
    `fixed`: the indices are constants."""

    batch: int
    outer: int
    length: int
    inner: int
    indices: int
    dtype: str
    output_rank: int
    axis: int
    batch_dims: int
    fixed: bool = False


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source, indices = node.input(0, "float32", "int8"), node.input(1, "int32")
    target = node.output(0, source.dtype)
    rank, index_rank = len(source.shape), len(indices.shape)
    axis, batch_dims = node.options["axis"], node.options["batch_dims"]
    axis += rank if axis < 0 else 0
    batch_dims += index_rank if batch_dims < 0 else 0
    if not 0 <= axis < rank:
        node.fail(f"axis is {node.options['axis']}, expected {-rank} to {rank - 1}")
    common = source.shape[:batch_dims]
    if not 0 <= batch_dims <= min(axis, index_rank) or common != indices.shape[:batch_dims]:
        node.fail(
            f"batch_dims is {node.options['batch_dims']} for inputs[0] {source.shape} and inputs[1] "
            f"{indices.shape}, expected dimensions that both have, in front of axis {axis}"
        )
    expected = (*source.shape[:axis], *indices.shape[batch_dims:], *source.shape[axis + 1 :])
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    geometry = GatherGeometry(
        prod(common),
        prod(source.shape[batch_dims:axis]),
        source.shape[axis],
        prod(source.shape[axis + 1 :]),
        prod(indices.shape[batch_dims:]),
        source.dtype,
        len(expected),
        axis,
        batch_dims,
        indices.is_constant,
    )
    length, place = geometry.length, node.operator.place

    def outside(values: Array) -> str:
        found = values[(values < 0) | (values >= length)]
        return f"inputs[1] holds {found[0]}, expected 0 to {length - 1}" if found.size else ""

    if indices.data is not None and (said := outside(indices.data)):
        node.fail(said)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.indexed_rows import bind_take

        x, given = inputs[0], inputs[1]
        assert x is not None
        assert given is not None
        g = geometry
        tables = x.reshape(g.batch, g.outer, g.length, g.inner)
        results = outputs[0].reshape(g.batch, g.outer, g.indices, g.inner)
        rows = given.reshape(g.batch, g.indices)
        wrong = np.zeros(1, np.int64)
        run = bind_take(tables, rows, results, wrong)

        def run_and_check() -> None:
            run()
            if wrong[0]:
                raise UnsupportedError(f"GATHER: {outside(rows)}; a device reads out of bounds", place)

        return run_and_check if indices.data is None else run

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    table, indices = operands(inputs)
    axis, batch_dims = node.options["axis"] % table.ndim, node.options["batch_dims"]
    if batch_dims:
        batch_dims %= indices.ndim + 1
    rows = indices.astype(np.intp).reshape(-1, *indices.shape[batch_dims:])
    tables = table.reshape(-1, *table.shape[batch_dims:])
    taken = [np.take(*pair, axis=axis - batch_dims) for pair in zip(tables, rows, strict=True)]
    return np.stack(taken).reshape(node.outputs[0].shape)


def example(d: Draw) -> Any:
    return d.b.gather(d.image(), [1, 0, d.pick(0, 1)], d.pick(1, 2))


def evaluate(node: Node, values: Values) -> Values:
    source, indices = values
    axis = checked_axis(node.options["axis"], source.ndim)
    if node.options["batch_dims"] or indices.dtype.name not in INTEGERS or (indices < 0).any():
        raise ValueError("indices")
    return [np.take(source, indices, axis)]


SPEC = Spec(
    "GATHER",
    prepare=prepare,
    geometry=GatherGeometry,
    types=same("int8", "float32"),
    row_numbers=1,
    batch=indices_of_each,
    shapes="passes",
    in_reals=in_reals,
    versions=Versions(int8=2, int16=2, when=((lambda of: of.option("batch_dims"), 5),)),
    example=example,
    evaluate=evaluate,
)
