"""VAR_HANDLE: the number of a resource variable, by its container and name.

Specification: no input; one output of type `resource` with one element, which nothing else makes. It points
into the operator's own memory, so that the planner gives it none. Source: TFLM, micro/kernels/var_handle.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..model.whole import makers
from ..words.dataclass import dataclass
from .example import Draw, draw_variable
from .resources import resources
from .spec import Array, Geometry, Machine, Node, Prepared, Run, Spec
from .surplus import ignoring


@dataclass(frozen=True, slots=True)
class VarHandleGeometry(Geometry):
    """`variable` is its number."""

    variable: int


def prepare(node: Node) -> Prepared:
    node.expect_counts(0, 1)
    target = node.output(0, "resource")
    if target.elements != 1:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected one element")
    if node.whole is None:
        node.fail("names a variable of a model, and stands by itself")
    known = resources(node.whole)
    if node.operator.index in known.faults:
        node.fail(known.faults[node.operator.index])
    part = node.whole.part_of(node.operator)
    if len(makers(node.whole.graph).get(target.index, ())) > 1 or target.index in part.inputs:
        node.fail(f"outputs[0] ({target.name!r}) is made more than once")
    number = known.handles[target.index]

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        """The number is there from now on: a run has nothing to do."""
        from ..kernels.data_movement import in_turn

        outputs[0][...] = number
        return in_turn(())

    def link(inputs: Sequence[Array | None], outputs: Sequence[Array], machine: Machine) -> Run:
        return bind(inputs, outputs)

    return Prepared(VarHandleGeometry(number), bind, link)


def example(d: Draw) -> Any:
    return draw_variable(d)


SPEC = Spec(
    "VAR_HANDLE",
    prepare=ignoring(prepare, inputs=0, outputs=1),
    geometry=VarHandleGeometry,
    types={},
    links=True,
    example=example,
)
