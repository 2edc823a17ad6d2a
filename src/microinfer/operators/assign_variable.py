"""ASSIGN_VARIABLE: sets what a resource variable holds, byte by byte.

Specification: a handle of type `resource` with one element, and a value of any type of fixed size; no output.
The first one that is prepared for a variable gives it its memory; all others have as many bytes.
Source: TFLM, micro/kernels/assign_variable.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.tables import ITEM_BYTES
from ..words.dataclass import dataclass
from .example import Draw, draw_variable
from .handles import expect_variable, link_variable, move_bytes, unlinked
from .spec import Array, Geometry, Machine, Node, Prepared, Run, Spec, same


@dataclass(frozen=True, slots=True)
class AssignVariableGeometry(Geometry):
    """A copy of `size_bytes`, of a `constant` or not; `allocates`: it asks for the variable's memory, too."""

    size_bytes: int
    allocates: bool
    dtype: str = "int8"
    constant: bool = False


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 0)
    node.input(0, "resource")
    value = node.input(1, *ITEM_BYTES)
    number, variable = expect_variable(node, value, "inputs[1]")
    size = value.size_bytes

    def link(inputs: Sequence[Array | None], outputs: Sequence[Array], machine: Machine) -> Run:
        source = inputs[1]
        assert source is not None
        return link_variable(node, number, inputs[0], machine, size, lambda held: move_bytes(source, held))

    allocates = variable is not None and variable.maker == node.operator.index
    return Prepared(AssignVariableGeometry(size, allocates, value.dtype, value.is_constant), unlinked, link)


def example(d: Draw) -> Any:
    return draw_variable(d)


SPEC = Spec(
    "ASSIGN_VARIABLE",
    prepare=prepare,
    geometry=AssignVariableGeometry,
    types=same(*ITEM_BYTES),
    data_input=1,
    links=True,
    example=example,
)
