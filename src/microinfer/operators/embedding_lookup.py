"""EMBEDDING_LOOKUP: rows of a table at the indices that the first input has.

Specification: inputs[0] are int32 indices [n]; inputs[1] the table [rows, ...], float32 to float32, int8 to
int8, or int8 with zero point 0 to float32, each number times the table's scale, of several scales the
first. An index outside stops the device, and is refused here. Source: TFLM,
micro/kernels/embedding_lookup.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..words.dataclass import dataclass
from .add import read_only
from .example import Draw
from .real_elementwise import operands
from .spec import Array, Geometry, Node, Prepared, Real, Reals, Run, Spec, Step
from .versions import Versions

TO = {"float32": ("float32",), "int8": ("int8", "float32")}


@dataclass(frozen=True, slots=True)
class EmbeddingGeometry(Geometry):
    """`indices` rows of `columns` elements, of `rows`."""

    indices: int
    rows: int
    columns: int
    input_dtype: str
    output_dtype: str
    output_rank: int


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    indices, table = node.input(0, "int32"), node.input(1, *TO)
    target = node.output(0, *TO[table.dtype])
    if len(indices.shape) != 1 or len(table.shape) < 2:
        node.fail(
            f"inputs[0] and inputs[1] have shapes {indices.shape} and {table.shape}, expected one dimension, "
            "and two or more"
        )
    expected = (*indices.shape, *table.shape[1:])
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    hybrid = table.dtype != target.dtype
    if hybrid:
        node.expect_quantized("inputs[1]", table)
        if table.zero_point:
            node.fail(f"inputs[1] ({table.name!r}) has zero point {table.zero_point}, expected 0")
    rows, place = table.shape[0], node.operator.place
    geometry = EmbeddingGeometry(
        indices.elements, rows, prod(table.shape[1:]), table.dtype, target.dtype, len(expected)
    )

    def outside(values: Array) -> str:
        found = values[(values < 0) | (values >= rows)]
        return f"inputs[0] holds {found[0]}, expected 0 to {rows - 1}" if found.size else ""

    if indices.data is not None and (said := outside(indices.data)):
        node.fail(said)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.data_movement import in_turn
        from ..kernels.indexed_rows import bind_take
        from ..kernels.quantize import dequantize_int8_float32

        given, stored = inputs
        assert given is not None
        assert stored is not None
        numbers, made = stored.reshape(1, 1, rows, -1), outputs[0].reshape(1, 1, geometry.indices, -1)
        taken = np.empty(made.shape, np.int8) if hybrid else made
        wrong = np.zeros(1, np.int64)
        run: Run = bind_take(numbers, given.reshape(1, -1), taken, wrong)
        if hybrid:
            flat = read_only(taken.reshape(-1)), made.reshape(-1)
            run = in_turn((run, dequantize_int8_float32.bind(*flat, np.float32(table.scale), np.int32(0))))

        def run_and_check() -> None:
            run()
            if wrong[0]:
                raise UnsupportedError(f"EMBEDDING_LOOKUP: {outside(given)}; a device stops there", place)

        return run_and_check if indices.data is None else run

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    indices, table = operands(inputs)
    return table[np.clip(indices.astype(np.intp), 0, len(table) - 1)]


def _looks_in_constants(step: Step) -> bool:
    indices, table = step.node.inputs[:2]
    return table is not None and table.is_constant and indices is not None and not indices.is_constant


def example(d: Draw) -> Any:
    if d.dtype == "float32":
        return d.b.embedding_lookup(d.b.constant(d.weights(6, d.pick(3, 8))), [d.pick(0, 5), 3, 1])
    table = d.b.constant(d.weights(6, d.pick(3, 8)), d.scale(), 0)
    return d.b.embedding_lookup(table, [d.pick(0, 5), 3, 1], dtype=d.pick("int8", "float32"))


SPEC = Spec(
    "EMBEDDING_LOOKUP",
    prepare=prepare,
    geometry=EmbeddingGeometry,
    types=TO,
    data_input=1,
    row_numbers=0,
    batch=_looks_in_constants,
    in_reals=in_reals,
    versions=Versions(int8=3),
    example=example,
)
