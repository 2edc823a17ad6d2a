"""The report of a run, or of a model that cannot run here: what was asked of every room, put together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from .. import zoo
from ..errors import InputError
from ..libraries.faults import operator_faults
from ..memory.arena_faults import arena_faults
from ..model.tables import Tensor
from ..operators.registry import row
from ..operators.spec import Array
from ..parts.profile import Profile
from ..timing.doubt import cause, ideal_board, rests_on_assumption
from ..timing.energy import Span, inference_energy
from ..timing.prices import OperatorCost, total
from ..timing.untimed import untimed
from ..words.printing import counted
from .run_report import (
    MOST_VALUES,
    EnergyReport,
    ModelReport,
    OperatorReport,
    ProfileReport,
    RunReport,
    TensorReport,
    TimeReport,
)
from .runnable import Runnable

__all__ = ["make_report"]


def make_report(
    interpreter: Runnable,
    *,
    input_source: str | None = None,
    arena_size: int | None = None,
    untrained: bool = False,
) -> RunReport:
    """Report on an interpreter, before or after `invoke`.

    Args:
        input_source: where the inputs came from, in words.
        arena_size: judge an arena of this size instead of the interpreter's own.
        untrained: the weights are random; a warning says so.
    """
    deployment = interpreter.deployment
    model, profile, library = deployment.model, deployment.profile, deployment.library
    known = zoo.recognise(model.sha256)
    labels = zoo.labels(known) if known is not None else ()
    costs = deployment.costs
    time, with_input = _time(costs, profile, library), None
    if interpreter.recorded_branches is not None:
        with_input = _time(
            deployment.costs_with(interpreter.recorded_branches, interpreter.recorded_times or ()),
            profile,
            library,
        )
    arena_bytes = interpreter.arena_size if arena_size is None else arena_size
    memory = deployment.memory_in(arena_bytes)
    first = deployment.first_costs
    return RunReport(
        model=ModelReport(
            model.name,
            model.sha256,
            model.size_bytes,
            len(interpreter.steps),
            sum(step.geometry.macs for step in interpreter.steps),
            False if untrained else True if known is not None else None,
        ),
        profile=ProfileReport(
            profile.name,
            profile.title,
            profile.core,
            library,
            profile.clock_hz,
            deployment.release.title,
            str(profile.build),
        ),
        input_source=input_source,
        inputs=_inputs(interpreter),
        outputs=_outputs(interpreter, labels),
        memory=memory,
        time=time,
        energy=_energy(time, profile),
        operators=_operators(interpreter, costs),
        warnings=(
            *(["untrained: the weights are random, so the outputs mean nothing"] if untrained else []),
            *model.warnings,
            *operator_faults(interpreter.steps, library, profile.target),
            *arena_faults(deployment.plan, library, arena_bytes),
            *interpreter.overlaps,
            *_last_bits(interpreter),
            *_left_open(interpreter),
            *(
                f"{name}: its demands of memory are not known, and are missing"
                for name in deployment.plan.unknown
            ),
            *filter(None, [untimed(interpreter.steps, costs, profile)]),
            *dict.fromkeys(cost.note for cost in costs if cost.note and cost.cycles is not None),
        ),
        time_with_input=with_input,
        time_first=None if first is None else _time(first, profile, library),
        with_input_is_first=with_input is not None and deployment.is_first(interpreter.recorded_times or ()),
    )


def _functions(names: Sequence[str]) -> str:
    """What these operators ask the C library for, and how far newlib's lie apart; "" where nothing.

    Measured on a Cortex-M4F under QEMU: 122,880 results of LOGISTIC, TANH and SOFTMAX, 8,000 each of EXP,
    LOG, SIN, COS and ELU, 6,400 of LOG_SOFTMAX.
    """
    asked = [spec.c_library for spec in map(row, names) if spec is not None and spec.c_library is not None]
    if not asked:
        return ""
    words = dict.fromkeys(word for said, _ in asked for word in said.split(" and "))
    most = max(units for _, units in asked)
    return (
        f"; {', '.join(words)}: this computer's, from which those of newlib, as devices have it, lie up to "
        f"{counted(most, 'unit')} in the last place apart"
    )


def _last_bits(interpreter: Runnable) -> tuple[str, ...]:
    """Operators that compute in floating point, whose last bits hang on the part's compiler and C library."""
    found: dict[str, bool] = {}
    for step in interpreter.steps:
        tensors = [tensor for tensor in (*step.node.inputs[:1], *step.node.outputs[:1]) if tensor is not None]
        known = row(step.name)
        computes = known is not None and known.moves is None and step.link is None
        if computes and all(t.dtype == "float32" for t in tensors):
            found[step.name] = step.node.operator.opcode == "CUSTOM"
    core = interpreter.deployment.profile.core
    here = "last bits as TFLM has them on this computer"
    if interpreter.contracts and interpreter.deployment.contracts:
        how = f"last bits as gcc builds TFLM for {core}, whose FPU adds products without rounding them"
        customs = f"{here}, for what gcc contracts of them is not known"
    elif interpreter.deployment.contracts:
        how = customs = (
            f"{here}: products are rounded before they are added, which is not so on {core}: name the part "
            "to have its bits"
        )
    else:
        how = customs = f"{here} and on {core}, where products are rounded before they are added, too"
    said = []
    for custom, words in ((False, how), (True, customs)):
        names = [name for name, is_custom in found.items() if is_custom == custom]
        if names:
            said.append(f"{', '.join(names)} in float32: {words}{_functions(names)}")
    return tuple(said)


def _left_open(interpreter: Runnable) -> tuple[str, ...]:
    """What C leaves open and this run came upon, where the part may differ."""
    core = interpreter.deployment.profile.target.core.name
    counts = zip(interpreter.steps, interpreter.recorded_beyond or (), strict=False)
    found = [(step.node.operator.place, count) for step, count in counts if count]
    if interpreter.deployment.settles(interpreter.contracts or not interpreter.invoked):
        return tuple(
            f"{place}: made integers of {count:,} NaN: {core} goes by the sign, which what made them may "
            "have set otherwise there"
            for place, count in found
        )
    here = (
        f"C leaves the result open: here it is that of TFLM's package for a host, on {core} it may be another"
    )
    floats = (
        f"{place}: made integers of {counted(count, 'float')} that they cannot hold, infinite or no number; "
        f"{here}"
        for place, count in found
    )
    rows = ((step.node, row(step.name)) for step in interpreter.steps)
    nodes = ((node, spec.left_open(node)) for node, spec in rows if spec is not None and spec.left_open)
    return *floats, *(f"{node.operator.place}: {said}; {here}" for node, said in nodes if said)


def _tensor(
    tensor: Tensor, array: Array | None, *, values: bool = False, labels: Sequence[str] = ()
) -> TensorReport:
    quantized = tensor.quantization is not None
    stored = None
    if array is not None and values and array.size <= MOST_VALUES:
        stored = tuple(
            item if not isinstance(item, float) or math.isfinite(item) else None
            for item in array.ravel().tolist()
        )
    return TensorReport(
        tensor.name,
        tensor.dtype,
        tensor.shape,
        f"{crc32(np.ascontiguousarray(array).data):08x}" if array is not None else None,
        stored,
        tensor.scale if quantized else None,
        tensor.zero_point if quantized else None,
        tuple(labels) if tensor.elements == len(labels) else (),
    )


def _inputs(interpreter: Runnable) -> tuple[TensorReport, ...]:
    graph = interpreter.deployment.model.subgraphs[0]
    arrays: Sequence[Array | None] | None = interpreter.recorded_inputs
    if arrays is None:
        arrays = [_readable(interpreter, index) for index in graph.inputs]
    return tuple(
        _tensor(graph.tensors[index], array) for index, array in zip(graph.inputs, arrays, strict=True)
    )


def _outputs(interpreter: Runnable, labels: Sequence[str]) -> tuple[TensorReport, ...]:
    graph = interpreter.deployment.model.subgraphs[0]
    return tuple(
        _tensor(
            graph.tensors[index],
            _readable(interpreter, index) if interpreter.invoked else None,
            values=True,
            labels=labels,
        )
        for index in graph.outputs
    )


def _readable(interpreter: Runnable, index: int) -> Array | None:
    try:
        return interpreter.get_tensor(index)
    except InputError:
        return None


def _time(costs: Sequence[OperatorCost], profile: Profile, library: str) -> TimeReport:
    sums = total(costs)
    once = sum(cost.invocation for cost in costs)
    ideal, provisional = ideal_board(profile), rests_on_assumption(costs, profile)
    why = cause(profile, library) if provisional else ""
    if sums.missing:
        return TimeReport(None, None, None, None, None, None, ideal, provisional, why, once)
    low, middle, high = (
        cycles * 1e3 / profile.clock_hz for cycles in (sums.cycles_low, sums.cycles, sums.cycles_high)
    )
    ends = sums.cycles, sums.cycles_low, sums.cycles_high
    return TimeReport(*ends, middle, low, high, ideal, provisional, why, once)


def _energy(time: TimeReport, profile: Profile) -> EnergyReport | None:
    if time.ms is None or time.ms_low is None or time.ms_high is None:
        return None
    seconds = Span(time.ms, time.ms_low, time.ms_high).scaled(1e-3)
    energy = inference_energy(seconds, profile, provisional=time.provisional)
    if energy is None or profile.supply_v is None or profile.active is None:
        return None
    used = energy.microjoules
    return EnergyReport(
        used.typical, used.low, used.high, profile.supply_v, profile.active.typical, energy.provisional
    )


def _operators(interpreter: Runnable, costs: Sequence[OperatorCost]) -> tuple[OperatorReport, ...]:
    recorded = interpreter.recorded_crc32
    return tuple(
        OperatorReport(
            index=step.index,
            operator=step.name,
            variant=cost.variant,
            macs=step.geometry.macs,
            cycles=cost.cycles,
            cycles_low=cost.cycles_low,
            cycles_high=cost.cycles_high,
            provisional=cost.provisional,
            scratch_bytes=sum(scratch),
            output_shapes=tuple(tensor.shape for tensor in step.node.outputs),
            output_crc32=None if recorded is None else tuple(f"{crc:08x}" for crc in recorded[position]),
        )
        for position, (step, cost, scratch) in enumerate(
            zip(interpreter.steps, costs, interpreter.deployment.plan.scratch_bytes, strict=True)
        )
    )
