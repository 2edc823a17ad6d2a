"""Rules about what runs other subgraphs, and about what is kept from run to run."""

from __future__ import annotations

from collections.abc import Iterator

from ..libraries.library import kernel_library
from ..model.whole import whole
from ..operators.branching import IfGeometry, WhileGeometry
from ..operators.calls import find_called
from ..operators.registry import row
from ..operators.resources import forgotten
from ..operators.spec import Node
from .finding import Trouble
from .recipes import RECURRENT
from .rule import rule
from .subject import Subject, label


@rule("control-flow", "note")
def control_flow(subject: Subject) -> Iterator[Trouble]:
    """The graph branches or loops: it runs other subgraphs, as the data say.

    A loop with a cell in its body is a recurrent layer (LSTM, GRU) that the converter could not fuse. TFLM
    runs it, one operator of its body after another for every step, and copies everything that goes round
    three times a step. A Keras 2 LSTM with fixed batch and steps becomes one UNIDIRECTIONAL_SEQUENCE_LSTM; a
    GRU has no such operator: unroll it if it has few steps, or feed one step at a time. Where the graph alone
    does not tell how often a loop turns, the time of an inference is known only of a run.
    """
    for step in subject.steps:
        geometry = step.geometry
        lines: tuple[str, ...] = ()
        if isinstance(geometry, IfGeometry):
            cause = "branches: it runs one of two other subgraphs"
            remedy = "nothing, if the time of the slower side is good enough"
        elif isinstance(geometry, WhileGeometry):
            often = "as often as the data say" if geometry.turns is None else f"{geometry.turns:,} times"
            if _is_cell(step.node):
                cause = f"loops {often} over time steps: a recurrent layer that was not fused"
                remedy, lines = _CELL, RECURRENT
            else:
                cause = f"loops {often}: control flow of the model's own code, no recurrent layer"
                remedy = _LOOP
        else:
            continue
        operator = step.node.operator
        yield Trouble(operator.place, f"{label(operator)} {cause}", remedy, lines, background=True)


def _is_cell(node: Node) -> bool:
    """Whether what a loop calls has a matrix product and a gate: the body of a recurrent layer."""
    if node.whole is None:
        return False
    operators = node.whole.graph.operators
    for called in find_called(node):
        specs = [row(operators[position].name) for position in called.operators]
        if {"product", "gate"} <= {spec.cell for spec in specs if spec is not None}:
            return True
    return False


_CELL = (
    "an LSTM: convert with Keras 2 and fixed batch and steps, so that it becomes one "
    "UNIDIRECTIONAL_SEQUENCE_LSTM; a GRU: unroll=True for few steps, or one step an inference"
)
_LOOP = (
    "nothing, if it is quick enough; else a Python for over a fixed number of steps, or the body once an "
    "inference with the loop in the firmware"
)


@rule("resource-variables", "note")
def resource_variables(subject: Subject) -> Iterator[Trouble]:
    """The model keeps resource variables, for which the firmware has to make room.

    MicroInterpreter has to be given a MicroResourceVariables of as many variables; without one VAR_HANDLE
    does not prepare ("requires resource variables"), with too small a one neither ("Maximum resource variable
    count reached"). Their memory is part of the arena's tail. `microinfer export --format tflm` writes the
    lines.
    """
    plan = subject.plan
    if plan is not None and plan.resource_places and kernel_library(subject.library).interprets:
        count, size = len(plan.resource_places), sum(size for _, size in plan.resource_places)
        yield Trouble(
            "subgraphs[0]",
            f"{count} resource variable{'s' * (count > 1)} of {size:,} bytes in all",
            f"make the MicroAllocator first, and give the MicroInterpreter both it and "
            f"MicroResourceVariables::Create(allocator, {count})",
            background=True,
        )


@rule("reset-forgets", "warning")
def reset_forgets(subject: Subject) -> Iterator[Trouble]:
    """MicroInterpreter::Reset does not give the variables the values that they began with.

    It fills them with zero points. Where a subgraph that runs once has assigned something else to them, that
    is lost: the subgraph does not run again. A firmware that resets between two sequences begins the second
    one in another state than the first.
    """
    for position, variable in forgotten(whole(subject.model.subgraphs)):
        yield Trouble(
            subject.nodes[position].operator.place,
            f"variable {variable.name!r} begins with values that a reset does not bring back: it fills its "
            f"{variable.size:,} bytes with {variable.fill}",
            "let the state begin with zeros, or make a new MicroInterpreter instead of a reset",
        )


@rule("written-constant", "error")
def written_constant(subject: Subject) -> Iterator[Trouble]:
    """An operator, or whoever sets the inputs, writes over data of the model's file.

    TFLM gives such a tensor no place in the arena: its bytes are the file's own, and kernels write there. In
    flash that is a fault of the bus, or is ignored, so that readers find the old values. Where the file has
    been copied into RAM it works as on a host: what was written stays from run to run, and no reset brings
    the old values back; `run` does the same. Export the model again without data for what is computed.
    """
    for subgraph in subject.model.subgraphs:
        makers = {index: operator for operator in subgraph.operators for index in operator.outputs}
        for tensor in subgraph.tensors:
            if tensor.start is None:
                continue
            if tensor.index in makers:
                place = makers[tensor.index].place
                who = f"{label(makers[tensor.index])} writes over"
            elif tensor.index in subgraph.inputs:
                place, who = f"subgraphs[{subgraph.index}].inputs", "what feeds the graph writes over"
            else:
                continue
            yield Trouble(
                place,
                f"{who} {tensor.name!r}, {tensor.size_bytes:,} bytes of the model, which lies in flash",
                "export the model anew with an empty buffer for it, or copy the whole file into RAM",
            )


@rule("float-beyond-integer", "note")
def float_beyond_integer(subject: Subject) -> Iterator[Trouble]:
    """Floats become integers on a core where it is not known what becomes of those that no integer can hold.

    C leaves the result of an infinity, of what is no number and of a float beyond the integer's range open.
    A Cortex-M takes the nearest integer, and 0 for what is no number, on a Cortex-M0+ and a RISC-V without
    an FPU the largest or the least integer, by the sign; an x86 makes the least integer of all of them. All
    of these are emulated where they were measured. A run counts floats of which it is not known, and says so.
    """
    core = subject.profile.target.core
    if subject.deployment.open_in_c:
        return
    for step in subject.steps:
        spec, operator = row(step.name), step.node.operator
        if spec is None or spec.converts is None or not isinstance(step.geometry, spec.geometry):
            continue
        if (bounds := spec.converts(step.node)) is not None:
            yield Trouble(
                operator.place,
                f"{label(operator)} makes integers of floats; of those beyond {bounds[0]:g} or "
                f"{bounds[1]:g}, of infinite ones and of NaN {core.name} may make others than a run here",
                "keep the floats within the integer's range",
                background=True,
            )


@rule("left-open", "warning")
def left_open(subject: Subject) -> Iterator[Trouble]:
    """What TFLM's Prepare computes is left open by C, and not known of this part.

    Builds differ there: an x86, an Arm and a RISC-V shift by a negative number each in their own way. A run
    has the bits of TFLM's package for a host. On parts where it was measured, it has theirs.
    """
    if subject.deployment.open_in_c:
        return
    for step in subject.steps:
        spec = row(step.name)
        if spec is not None and spec.left_open is not None and (said := spec.left_open(step.node)):
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)}: {said}; nothing is known of "
                f"what {subject.profile.target.core.name} makes of it",
                "quantise again with data that reach this layer: its input is as good as constant",
            )


@rule("output-left", "note")
def output_left(subject: Subject) -> Iterator[Trouble]:
    """An operator leaves places of its outputs as they are, whatever the memory held.

    It says in another output which of them count: a stacker and a framer whether anything came out, a
    detector how many detections there are. What stands in the others hangs on what lay in the arena before,
    so that it differs between builds, arenas and runs, and is no output to compare or to act upon.
    """
    for step in subject.steps:
        spec, operator = row(step.name), step.node.operator
        if spec is None or spec.leaves is None or not isinstance(step.geometry, spec.geometry):
            continue
        if when := spec.leaves(step.geometry):
            yield Trouble(
                operator.place,
                f"{label(operator)} leaves its output as the memory held it where {when}",
                "look at the output that tells first, and only then at the others",
                background=True,
            )
