"""What one run needs and gives: bits, bytes, cycles, energy. Typed, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from zlib import crc32

from ..deploy.verdict import MemoryReport, judge_memory
from ..errors import InputError
from ..libraries.faults import operator_faults
from ..memory.arena_faults import arena_faults
from ..model.tables import Tensor
from ..operators.spec import Array
from ..parts.profile import Profile
from ..timing.energy import Span, ideal_board, inference_energy, rests_on_assumption
from ..timing.prices import OperatorCost, estimate, total
from ..words.printing import brief_interval
from ..words.result import Result, Summary

if TYPE_CHECKING:
    from ..deploy.unrun import Unrun
    from ..run.interpreter import Interpreter

__all__ = [
    "SCHEMA",
    "EnergyReport",
    "MemoryReport",
    "ModelReport",
    "OperatorReport",
    "ProfileReport",
    "RunReport",
    "TensorReport",
    "TimeReport",
    "make_report",
]

SCHEMA = "microinfer.run/1"


@dataclass(frozen=True, slots=True)
class ModelReport:
    """`bytes` is the file's size, `macs` counts padding taps too, `trained` is None where nobody knows."""

    name: str
    sha256: str
    bytes: int
    operators: int
    macs: int
    trained: bool | None


@dataclass(frozen=True, slots=True)
class ProfileReport:
    """The part and the kernel library that the firmware links."""

    name: str
    title: str
    core: str
    library: str
    clock_hz: int


@dataclass(frozen=True, slots=True)
class TensorReport:
    """An input or output. `crc32` is zlib's over the bytes as the device holds them, in hexadecimal.

    `values` are an output's stored values in memory order (null for one that is not finite); None for
    inputs, and where the model has not run. `scale` and `zero_point` turn them into real numbers.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    crc32: str | None
    values: tuple[int | float | bool | None, ...] | None
    scale: float | None
    zero_point: int | None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeReport:
    """One inference, with a 90 % interval; None where an operator has no cost yet.

    In a report's `time` it holds for all data, as in every other command; in `time_with_input` for the
    paths that the recorded input took.
    `ideal_memory`: no wait state of flash or RAM is counted, though the board has some.
    """

    cycles: int | None
    cycles_low: int | None
    cycles_high: int | None
    ms: float | None
    ms_low: float | None
    ms_high: float | None
    ideal_memory: bool
    provisional: bool


@dataclass(frozen=True, slots=True)
class EnergyReport:
    """One inference, in microjoules: current x voltage x time, with a 90 % interval."""

    microjoules: float
    microjoules_low: float
    microjoules_high: float
    supply_v: float
    active_a: float
    provisional: bool


@dataclass(frozen=True, slots=True)
class OperatorReport:
    """One operator. `variant` is the library's kernel that runs; `output_crc32` is None unless recorded.

    Cycles hold for all data, whatever the recorded input was.
    """

    index: int
    operator: str
    variant: str
    macs: int
    cycles: int | None
    cycles_low: int | None
    cycles_high: int | None
    provisional: bool
    scratch_bytes: int
    output_shapes: tuple[tuple[int, ...], ...]
    output_crc32: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, repr=False)
class RunReport(Result):
    """`input_source` says where the inputs came from; `time_with_input` is None unless the run was
    recorded. `to_dict()` is the JSON of `microinfer.run/1`."""

    schema: ClassVar[str] = SCHEMA

    model: ModelReport
    profile: ProfileReport
    input_source: str | None
    inputs: tuple[TensorReport, ...]
    outputs: tuple[TensorReport, ...]
    memory: MemoryReport
    time: TimeReport
    energy: EnergyReport | None
    operators: tuple[OperatorReport, ...]
    warnings: tuple[str, ...]
    time_with_input: TimeReport | None = None

    def summary(self) -> Summary:
        """Verdict, arena, time, energy, outputs."""
        memory, time, energy = self.memory, self.time, self.energy
        rows = [("fits", memory.verdict), ("arena", f"{memory.min_arena_bytes:,} bytes")]
        if time.ms is not None and time.ms_low is not None and time.ms_high is not None:
            rows.append(("time", brief_interval(time.ms / 1e3, time.ms_low / 1e3, time.ms_high / 1e3, "s")))
        if energy is not None:
            used = [energy.microjoules, energy.microjoules_low, energy.microjoules_high]
            joules, low, high = (each * 1e-6 for each in used)
            rows.append(("energy", brief_interval(joules, low, high, "J")))
        for tensor in self.outputs:
            if tensor.crc32 is not None and tensor.values is not None:
                rows.append((f"output {tensor.name}", f"crc32 {tensor.crc32}"))
        title = f"{self.model.name} on {self.profile.name} with {self.profile.library} kernels"
        return Summary(title, tuple(rows))


def make_report(
    interpreter: Interpreter | Unrun,
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
    from .. import zoo

    model, profile, library = interpreter.model, interpreter.profile, interpreter.library
    known = zoo.recognise(model.sha256)
    labels = zoo.labels(known) if known is not None else ()
    costs = estimate(interpreter.steps, profile, library)
    time, with_input = _time(costs, profile), None
    if interpreter.recorded_branches is not None:
        with_input = _time(
            estimate(interpreter.steps, profile, library, interpreter.recorded_branches), profile
        )
    arena_bytes = interpreter.arena_size if arena_size is None else arena_size
    memory = judge_memory(
        model, interpreter.plan, profile, arena_bytes, interpreter.steps, interpreter.refused
    )
    return RunReport(
        model=ModelReport(
            model.name,
            model.sha256,
            model.size_bytes,
            len(interpreter.steps),
            sum(step.geometry.macs for step in interpreter.steps),
            False if untrained else True if known is not None else None,
        ),
        profile=ProfileReport(profile.name, profile.title, profile.core, library, profile.clock_hz),
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
            *arena_faults(interpreter.plan, library, arena_bytes),
            *interpreter.overlaps,
            *(
                f"{name}: its demands of memory are not known, and are missing"
                for name in interpreter.plan.unknown
            ),
            *dict.fromkeys(cost.note for cost in costs if cost.note),
        ),
        time_with_input=with_input,
    )


def _tensor(
    tensor: Tensor, array: Array | None, *, values: bool = False, labels: Sequence[str] = ()
) -> TensorReport:
    quantized = tensor.quantization is not None
    stored = None
    if array is not None and values:
        stored = tuple(
            item if not isinstance(item, float) or math.isfinite(item) else None
            for item in array.ravel().tolist()
        )
    return TensorReport(
        tensor.name,
        tensor.dtype,
        tensor.shape,
        f"{crc32(array.tobytes()):08x}" if array is not None else None,
        stored,
        tensor.scale if quantized else None,
        tensor.zero_point if quantized else None,
        tuple(labels) if tensor.elements == len(labels) else (),
    )


def _inputs(interpreter: Interpreter | Unrun) -> tuple[TensorReport, ...]:
    indices = interpreter.subgraph.inputs
    arrays: Sequence[Array | None] | None = interpreter.recorded_inputs
    if arrays is None:
        arrays = [_readable(interpreter, index) for index in indices]
    return tuple(
        _tensor(interpreter.subgraph.tensors[index], array)
        for index, array in zip(indices, arrays, strict=True)
    )


def _outputs(interpreter: Interpreter | Unrun, labels: Sequence[str]) -> tuple[TensorReport, ...]:
    return tuple(
        _tensor(
            interpreter.subgraph.tensors[index],
            _readable(interpreter, index) if interpreter.invoked else None,
            values=True,
            labels=labels,
        )
        for index in interpreter.subgraph.outputs
    )


def _readable(interpreter: Interpreter | Unrun, index: int) -> Array | None:
    try:
        return interpreter.get_tensor(index)
    except InputError:
        return None


def _time(costs: Sequence[OperatorCost], profile: Profile) -> TimeReport:
    sums = total(costs)
    ideal, provisional = ideal_board(profile), rests_on_assumption(costs, profile)
    if sums.missing:
        return TimeReport(None, None, None, None, None, None, ideal, provisional)
    low, middle, high = (
        cycles * 1e3 / profile.clock_hz for cycles in (sums.cycles_low, sums.cycles, sums.cycles_high)
    )
    return TimeReport(sums.cycles, sums.cycles_low, sums.cycles_high, middle, low, high, ideal, provisional)


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


def _operators(interpreter: Interpreter | Unrun, costs: Sequence[OperatorCost]) -> tuple[OperatorReport, ...]:
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
            zip(interpreter.steps, costs, interpreter.plan.scratch_bytes, strict=True)
        )
    )
