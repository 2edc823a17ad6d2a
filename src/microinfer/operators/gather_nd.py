"""GATHER_ND: elements, or slices, of a tensor at places that rows of indices tell.

Specification: output as inputs[0], float32 or int8; inputs[1] has int32 indices [..., n], constant or
computed, of the first n dimensions of inputs[0], n at most 5. TFLM looks whether the place that they make
together lies inside the tensor, not each of them: an index beyond its dimension reads from the next row,
here as there, and a place outside stops the device, and is refused here. Source: TFLM,
micro/kernels/gather_nd.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..words.dataclass import dataclass
from ..words.printing import counted
from .add import read_only
from .example import Draw
from .real_elementwise import operands
from .spec import Array, ItemGeometry, Node, Prepared, Real, Reals, Run, Spec, same
from .versions import Versions

MOST_INDICES = 5


@dataclass(frozen=True, slots=True)
class GatherNdGeometry(ItemGeometry):
    """`slices` slices of `inner` elements, each at a place of `places` indices."""

    slices: int
    places: int
    inner: int
    dtype: str
    output_rank: int


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    source, indices = node.input(0, "float32", "int8"), node.input(1, "int32")
    target = node.output(0, source.dtype)
    rank = len(source.shape)
    places = indices.shape[-1] if indices.shape else 0
    if not rank or not 1 <= places <= min(rank, MOST_INDICES):
        node.fail(
            f"inputs[1] ({indices.name!r}) has shape {indices.shape} for "
            f"{counted(rank, 'dimension')}, expected the "
            f"last one to be 1 to {min(rank, MOST_INDICES)}"
        )
    expected = (*indices.shape[:-1], *source.shape[places:])
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    strides = np.array([prod(source.shape[i + 1 : places]) for i in range(places)], np.int64)
    geometry = GatherNdGeometry(
        prod(indices.shape[:-1]), places, prod(source.shape[places:]), source.dtype, len(expected)
    )
    rows, place = prod(source.shape[:places]), node.operator.place

    def found(values: Array) -> Array:
        return np.asarray(values.reshape(-1, places).astype(np.int64) @ strides)

    def outside(chosen: Array, values: Array) -> str:
        wrong = (chosen < 0) | (chosen >= rows)
        if not wrong.any():
            return ""
        row = values.reshape(-1, places)[int(np.argmax(wrong))].tolist()
        return f"inputs[1] holds {row}, expected a place in {source.shape[:places]}"

    if indices.data is not None and (said := outside(found(indices.data), indices.data)):
        node.fail(said)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.indexed_rows import take

        x, given = inputs[0], inputs[1]
        assert x is not None
        assert given is not None
        table = x.reshape(rows, geometry.inner)
        result = outputs[0].reshape(geometry.slices, geometry.inner)
        if indices.data is not None:
            bits = f"u{table.itemsize}"
            return take[table.itemsize].bind(
                read_only(table.view(bits)[None, None]),
                read_only(found(given).astype(np.int32)[None]),
                result.view(bits)[None, None],
                np.zeros(1, np.int64),
            )

        def run() -> None:
            chosen = found(given)
            if said := outside(chosen, given):
                raise UnsupportedError(f"GATHER_ND: {said}; a device stops there", place)
            table.take(chosen, 0, result, "clip")

        return run

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    table, indices = operands(inputs)
    places = indices.shape[-1]
    rows = np.ravel_multi_index(
        tuple(np.moveaxis(indices.astype(np.intp), -1, 0)), table.shape[:places], mode="clip"
    )
    return np.asarray(table.reshape(-1, *table.shape[places:])[rows])


def example(d: Draw) -> Any:
    return d.b.gather_nd(d.image(), [[0, d.pick(0, 1)], [0, 1], [0, 0]])


SPEC = Spec(
    "GATHER_ND",
    prepare=prepare,
    geometry=GatherNdGeometry,
    types=same("int8", "float32"),
    row_numbers=1,
    in_reals=in_reals,
    versions=Versions(int16=3),
    example=example,
)
