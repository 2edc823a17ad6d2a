"""Rules about the file and the shape of the graph: dynamic shapes, loops, unrolled layers, dead ends."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush

from ..model.tables import Tensor
from ..model.whole import readers, whole
from ..operators.registry import row
from ..operators.spec import Node
from ..words.printing import counted, named
from .advice import fixed_batch, fold_shapes, of_open_shapes
from .finding import Trouble
from .recipes import BATCH_OF_ONE, RECURRENT
from .rule import rule
from .subject import Subject, is_dense, label

UNROLLED_STEPS = 4
"""So many uses of the same weights are a recurrent layer that was unrolled, not a coincidence."""


@rule("dynamic-shape", "warning")
def dynamic_shape(subject: Subject) -> Iterator[Trouble]:
    """A dimension other than the batch was left open at conversion.

    Where a shape was not fixed, the converter writes 1 and remembers -1 in `shape_signature`. TFLM has no
    dynamic shapes: it takes the 1, so the model runs on inputs of one row, one step or one pixel. Fix the
    shape of the input before conversion.
    """
    for tensor in _inputs(subject):
        signature = tensor.shape_signature
        opened = [i for i, size in enumerate(signature) if size < 0 and i < len(tensor.shape)]
        if any(i > 0 and tensor.shape[i] == 1 for i in opened):
            yield Trouble(
                _place(subject, tensor),
                f"input {tensor.name!r} has the open shape {_shape(signature)}; TFLM has no dynamic shapes "
                f"and takes {list(tensor.shape)}",
                "give the input its real shape before conversion, here with a batch of 1",
                BATCH_OF_ONE,
            )


@rule("dynamic-batch", "note")
def dynamic_batch(subject: Subject) -> Iterator[Trouble]:
    """The batch was left open at conversion.

    Harmless as long as the firmware feeds one sample at a time: TFLM takes the shape that the file has,
    a batch of 1. Open batches are, however, what makes converters write SHAPE operators and loops; a fixed
    batch avoids those.
    """
    for tensor in _inputs(subject):
        signature = tensor.shape_signature
        others = [size for size, found in zip(signature[1:], tensor.shape[1:], strict=False) if found == 1]
        if signature and signature[0] < 0 and all(size >= 0 for size in others):
            yield Trouble(
                _place(subject, tensor),
                f"input {tensor.name!r} has the open batch {_shape(signature)}; TFLM takes "
                f"{list(tensor.shape)}",
                "nothing, if samples come one at a time; else fix the batch before conversion",
                background=True,
            )


@rule("shape-operator", "note")
def shape_operator(subject: Subject) -> Iterator[Trouble]:
    """The graph computes shapes while it runs.

    SHAPE, and the STRIDED_SLICE and PACK behind it, come of an open batch: a Flatten or Reshape that did
    not know its size at conversion. TFLM runs them, and RESHAPE and TRANSPOSE_CONV ignore what they compute:
    their output has the shape that the file says. So they do no harm, and cost code, arena and time for
    nothing. `microinfer plan MODEL --fold -o FILE` writes the file without them; converting with a batch of 1
    does the same.
    """
    for node in subject.nodes:
        if _shape_part(node) != "tells":
            continue
        names = [one.operator.name for one in (node, *_shape_chain(subject, node))]
        advice = fold_shapes(subject.model)
        yield Trouble(
            node.operator.place,
            f"{label(node.operator)} computes a shape at run time, the trace of an open batch; on the device "
            f"it is a constant, and {named(names, 'cost')} code, arena and time for nothing",
            advice.remedy,
            advice.lines,
        )


def _shape_part(node: Node) -> str | None:
    spec = row(node.operator.name)
    return None if spec is None else spec.shapes


def _shape_chain(subject: Subject, first: Node) -> list[Node]:
    """The operators that make other shapes of the one that `first` computes."""
    reading = readers(whole(subject.model.subgraphs).graph)
    waiting = [position for index in first.operator.outputs for position in reading.get(index, ())]
    heapify(waiting)
    found, last = [], -1
    while waiting:
        position = heappop(waiting)
        node = subject.nodes[position]
        if position == last or _shape_part(node) != "passes":
            continue
        found.append(node)
        last = position
        for index in node.operator.outputs:
            for later in reading.get(index, ()):
                if later > position:
                    heappush(waiting, later)
    return found


@rule("unrolled-recurrence", "warning")
def unrolled_recurrence(subject: Subject) -> Iterator[Trouble]:
    """A recurrent layer was unrolled into one copy of its operators for every time step.

    Many FULLY_CONNECTED operators use the same weights. It runs, but every step costs its own tensors and
    operators in the file (flash), in the arena's tail (32 bytes an operator, 12 a tensor, and the kernels'
    own data) and in calls. One fused UNIDIRECTIONAL_SEQUENCE_LSTM does the same work.
    """
    uses: dict[int, list[Node]] = {}
    for node in subject.nodes:
        if is_dense(node) and len(node.inputs) > 1:
            weights = node.inputs[1]
            if weights is not None and weights.is_constant:
                uses.setdefault(weights.buffer, []).append(node)
    repeated = [found for found in uses.values() if len(found) >= UNROLLED_STEPS]
    if repeated:
        steps = max(map(len, repeated))
        share = sum(map(len, repeated))
        matrices = "matrix" if len(repeated) == 1 else f"{len(repeated)} matrices"
        yield Trouble(
            repeated[0][0].operator.place,
            f"{share} FULLY_CONNECTED operators use the same {matrices}, up to {steps} times: a recurrent "
            f"layer unrolled over {steps} steps, {counted(len(subject.nodes), 'operator')} in all",
            "convert an LSTM with unroll=False, batch and steps fixed: it becomes one operator",
            RECURRENT,
        )


@rule("computed-parameter", "error")
def computed_parameter(subject: Subject) -> Iterator[Trouble]:
    """A parameter that must be a constant is computed while the graph runs.

    Paddings, axes, permutations, slices and sizes decide shapes, and shapes are fixed on a microcontroller.
    Usually the rest of a shape computation: fix the input's shape before conversion.
    """
    for refusal in subject.refused("computed-parameter"):
        advice = of_open_shapes(subject.model, refusal.node) or fixed_batch(subject.model)
        yield Trouble(refusal.node.operator.place, refusal.said, advice.remedy, advice.lines)


@rule("dead-operator", "note")
def dead_operator(subject: Subject) -> Iterator[Trouble]:
    """Nobody reads what an operator computes.

    Its outputs feed neither another operator nor an output of the model, so it costs time and memory for
    nothing. Usually the rest of a head that was cut off. An operator that updates a variable is not dead.
    """
    found = whole(subject.model.subgraphs)
    read = {index for operator in found.graph.operators for index in operator.inputs}
    read |= {index for part in found.parts for index in part.outputs}
    for node in subject.nodes:
        variables = any(tensor.is_variable for tensor in (*node.inputs, *node.outputs) if tensor is not None)
        if node.outputs and not variables and not read & {*node.operator.outputs}:
            yield Trouble(
                node.operator.place,
                f"nobody reads what {label(node.operator)} computes",
                "remove the layer before conversion, or make its output an output of the model",
            )


def _inputs(subject: Subject) -> Iterator[Tensor]:
    graph = subject.model.subgraphs[0]
    return (graph.tensors[index] for index in graph.inputs)


def _place(subject: Subject, tensor: Tensor) -> str:
    return f"subgraphs[0].tensors[{tensor.index}]"


def _shape(signature: tuple[int, ...]) -> str:
    return f"[{', '.join('?' if size < 0 else str(size) for size in signature)}]"
