"""CALL_ONCE: runs a subgraph in the first inference, and never again.

Specification: no inputs, no outputs; the subgraph has neither. A reset does not make it run again, which is
TFLM's behaviour: variables then hold what they are filled with, not what the subgraph assigned to them.
Source: TFLM, micro/kernels/call_once.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..words.dataclass import dataclass
from ..words.printing import counted
from .calls import find_called
from .example import Draw, draw_variable
from .handles import unlinked
from .spec import Array, Geometry, Machine, Node, Prepared, Run, Spec


@dataclass(frozen=True, slots=True)
class CallOnceGeometry(Geometry):
    """Nothing but the call."""


def prepare(node: Node) -> Prepared:
    node.expect_counts(0, 0)
    (called,) = find_called(node)
    if called.inputs:
        node.fail(f"subgraphs[{called.index}] has {counted(len(called.inputs), 'input')}, which nothing sets")
    operator = node.operator.index

    def link(inputs: Sequence[Array | None], outputs: Sequence[Array], machine: Machine) -> Run:
        def run() -> None:
            machine.call_once(called.index, operator)

        run.once = True  # type: ignore[attr-defined]
        return run

    return Prepared(CallOnceGeometry(), unlinked, link)


def example(d: Draw) -> Any:
    return draw_variable(d)


SPEC = Spec("CALL_ONCE", prepare=prepare, geometry=CallOnceGeometry, types={}, links=True, example=example)
