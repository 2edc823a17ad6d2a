"""READ_VARIABLE: what a resource variable holds, byte by byte.

Specification: a handle of type `resource` with one element; the output has any type of fixed size and as many
bytes as the variable. Source: TFLM, micro/kernels/read_variable.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.tables import ITEM_BYTES
from ..words.dataclass import dataclass
from .example import Draw, draw_variable
from .handles import expect_variable, link_variable, move_bytes, unlinked
from .spec import Array, Geometry, Machine, Node, Prepared, Run, Spec
from .surplus import ignoring


@dataclass(frozen=True, slots=True)
class ReadVariableGeometry(Geometry):
    """A copy of `size_bytes`."""

    size_bytes: int
    dtype: str = "int8"


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    node.input(0, "resource")
    target = node.output(0, *ITEM_BYTES)
    number, _ = expect_variable(node, target, "outputs[0]")
    size = target.size_bytes

    def link(inputs: Sequence[Array | None], outputs: Sequence[Array], machine: Machine) -> Run:
        return link_variable(
            node, number, inputs[0], machine, size, lambda held: move_bytes(held, outputs[0])
        )

    return Prepared(ReadVariableGeometry(size, target.dtype), unlinked, link)


def example(d: Draw) -> Any:
    return draw_variable(d)


SPEC = Spec(
    "READ_VARIABLE",
    prepare=ignoring(prepare, inputs=1, outputs=1),
    geometry=ReadVariableGeometry,
    types={"resource": tuple(ITEM_BYTES)},
    links=True,
    example=example,
)
