"""WHILE: runs a subgraph as long as another one says so.

Specification: inputs, outputs and the subgraphs' own inputs are as many, of the same types and sizes; the
first subgraph's first output is one bool, the second's outputs go round. Everything is copied from subgraph
to subgraph through the operator's outputs. Source: TFLM, micro/kernels/while.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .branching import WhileGeometry
from .calls import expect_same_bytes, find_called, pass_on
from .example import Draw, draw_loop
from .handles import unlinked
from .joined_runs import Part, Turns
from .spec import Array, Machine, Node, Prepared, Run, Spec
from .turns import count_turns


def prepare(node: Node) -> Prepared:
    condition, body = find_called(node)
    assert node.whole is not None
    if not condition.outputs:
        node.fail(f"subgraphs[{condition.index}] gives no condition")
    decides = node.whole.graph.tensors[condition.outputs[0]]
    if decides.dtype != "bool" or decides.elements < 1:
        node.fail(
            f"subgraphs[{condition.index}].outputs[0] ({decides.name!r}) is {decides.dtype}"
            f"{list(decides.shape)}, expected one bool"
        )
    for what, given, part, taken in (
        ("inputs", node.inputs, condition, condition.inputs),
        ("inputs", node.inputs, body, body.inputs),
        ("outputs", node.outputs, condition, condition.inputs),
        ("outputs", node.outputs, body, body.inputs),
    ):
        expect_same_bytes(node, what, given, f"subgraphs[{part.index}].inputs", taken)
    expect_same_bytes(node, "outputs", node.outputs, f"subgraphs[{body.index}].outputs", body.outputs)

    def link(inputs: Sequence[Array | None], outputs: Sequence[Array], machine: Machine) -> Run:
        place = node.operator.place
        flag = machine.outputs(condition.index)[0].reshape(-1)
        ask, turn = machine.inputs(condition.index), machine.inputs(body.index)
        operator = node.operator.index
        first = pass_on([*inputs, *inputs], [*ask, *outputs])
        again = pass_on(outputs, turn)
        back = pass_on([*machine.outputs(body.index), *outputs], [*outputs, *ask])

        def run() -> None:
            first()
            machine.call(condition.index, operator)
            while flag[0]:
                machine.turn(place)
                again()
                machine.call(body.index, operator)
                back()
                machine.call(condition.index, operator)

        def native(part: Part, turns: Turns) -> Run | None:
            from ..kernels.branches import bind_loop

            before, each = part([first, condition.index]), part([again, body.index, back, condition.index])
            if before is None or each is None:
                return None
            return bind_loop(flag, (before, each), turns.numbers, turns.loop(place))

        run.native = native  # type: ignore[attr-defined]
        return run

    turns = count_turns(node, condition, body)
    carried = tuple(tensor.size_bytes for tensor in node.outputs)
    geometry = WhileGeometry(carried, turns, len(condition.operators), len(body.operators))
    return Prepared(geometry, unlinked, link)


def example(d: Draw) -> Any:
    return draw_loop(d)


SPEC = Spec("WHILE", prepare=prepare, geometry=WhileGeometry, types={}, links=True, example=example)
