"""IF: runs one of two subgraphs.

Specification: a condition of one bool, then what the subgraph is given; both subgraphs take and give tensors
of the same types and sizes. Inputs are copied into the subgraph's and its outputs out of it. Source: TFLM,
micro/kernels/if.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .branching import IfGeometry
from .calls import expect_same_bytes, find_called, pass_on
from .example import Draw, draw_branch
from .handles import unlinked
from .joined_runs import Part, Turns
from .spec import Array, Machine, Node, Prepared, Run, Spec, same


def prepare(node: Node) -> Prepared:
    if not node.inputs:
        node.fail("has no condition")
    condition = node.input(0, "bool")
    if condition.elements != 1:
        node.fail(f"inputs[0] ({condition.name!r}) has shape {condition.shape}, expected one bool")
    sides = find_called(node)
    for part in sides:
        at = f"subgraphs[{part.index}]"
        expect_same_bytes(node, "inputs[1:]", node.inputs[1:], f"{at}.inputs", part.inputs)
        if part.outputs:
            expect_same_bytes(node, "outputs", node.outputs, f"{at}.outputs", part.outputs)
        elif node.outputs:
            node.fail(f"{at} gives nothing, and TFLM leaves the {len(node.outputs)} outputs as they were")

    def link(inputs: Sequence[Array | None], outputs: Sequence[Array], machine: Machine) -> Run:
        decides, operator = inputs[0], node.operator.index
        assert decides is not None
        flag = decides.reshape(-1)
        enter = [pass_on(inputs[1:], machine.inputs(part.index)) for part in sides]
        leave = [pass_on(machine.outputs(part.index), outputs) for part in sides]

        def run() -> None:
            side = 0 if flag[0] else 1
            enter[side]()
            machine.call(sides[side].index, operator)
            leave[side]()

        def native(part: Part, turns: Turns) -> Run | None:
            from ..kernels.branches import bind_choice

            found = [part([enter[i], sides[i].index, leave[i]]) for i in range(2)]
            runs = [one for one in found if one is not None]
            return bind_choice(flag, runs) if len(runs) == 2 else None

        run.native = native  # type: ignore[attr-defined]
        return run

    sizes = tuple(tensor.size_bytes for tensor in node.inputs[1:] if tensor is not None)
    returned = tuple(tensor.size_bytes for tensor in node.outputs)
    then, otherwise = (len(part.operators) for part in sides)
    return Prepared(IfGeometry(sizes, returned, then, otherwise), unlinked, link)


def example(d: Draw) -> Any:
    return draw_branch(d)


SPEC = Spec("IF", prepare=prepare, geometry=IfGeometry, types=same("bool"), links=True, example=example)
