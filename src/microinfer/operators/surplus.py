"""Inputs and outputs beyond those that a kernel of TFLM knows, and never counts: it leaves them alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model.whole import readers
from ..words.dataclass import replace
from .node import Array, Bind, Link, Machine, Node, Prepared, Run

__all__ = ["ignoring"]


def ignoring(
    prepare: Callable[[Node], Prepared], inputs: int | None = None, outputs: int | None = None
) -> Callable[[Node], Prepared]:
    """`prepare` for nodes that may have more than so many inputs and outputs; None where TFLM counts them.

    An output that TFLM leaves alone must not be wanted by anyone: what it holds is undefined.
    """

    def either(node: Node) -> Prepared:
        kept = replace(node, inputs=node.inputs[:inputs], outputs=node.outputs[:outputs])
        if (len(kept.inputs), len(kept.outputs)) == (len(node.inputs), len(node.outputs)):
            return prepare(node)
        _expect_unread(node, len(kept.outputs))
        made = prepare(kept)
        return replace(
            made,
            bind=_cut(made.bind, inputs, outputs),
            link=made.link and _cut_link(made.link, inputs, outputs),
            contracted=made.contracted and _cut(made.contracted, inputs, outputs),
            open_in_c={name: _cut(bind, inputs, outputs) for name, bind in made.open_in_c.items()},
        )

    return either


def _expect_unread(node: Node, written: int) -> None:
    known = {tensor.index for tensor in node.outputs[:written]}
    for position, tensor in enumerate(node.outputs[written:], written):
        if tensor.index in known or node.whole is None:
            continue
        graph = node.whole.graph
        if tensor.index in graph.outputs or tensor.index in readers(graph):
            node.fail(
                f"outputs[{position}] ({tensor.name!r}) is used, expected {written} outputs: TFLM leaves "
                "further ones unwritten"
            )


def _cut(bind: Bind, inputs: int | None, outputs: int | None) -> Bind:
    def cut(given: Sequence[Array | None], made: Sequence[Array]) -> Run:
        return bind(given[:inputs], made[:outputs])

    return cut


def _cut_link(link: Link, inputs: int | None, outputs: int | None) -> Link:
    def cut(given: Sequence[Array | None], made: Sequence[Array], machine: Machine) -> Run:
        return link(given[:inputs], made[:outputs], machine)

    return cut
