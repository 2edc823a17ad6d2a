"""What one run needs and gives: bits, bytes, cycles, energy. Typed, and as JSON."""

from __future__ import annotations

from typing import ClassVar

from ..deploy.verdict import MemoryReport
from ..libraries.build import build_words
from ..words.dataclass import dataclass
from ..words.printing import brief_interval
from ..words.result import Result, Summary

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
    release: str
    build: str


MOST_VALUES = 1 << 18
"""Of an output, that a report lists; an image of 256 x 256 in four channels has as many."""


@dataclass(frozen=True, slots=True)
class TensorReport:
    """An input or output. `crc32` is zlib's over the bytes as the device holds them, in hexadecimal.

    `values` are an output's stored values in memory order (null for one that is not finite); None for
    inputs, where the model has not run, and of outputs with more than `MOST_VALUES`.
    `scale` and `zero_point` turn them into real numbers.
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
    `cause`: why it is provisional, "" where that needs no word of its own.
    `invocation_cycles`: those of `cycles` that no operator takes: the interpreter's own, once an inference.
    """

    cycles: int | None
    cycles_low: int | None
    cycles_high: int | None
    ms: float | None
    ms_low: float | None
    ms_high: float | None
    ideal_memory: bool
    provisional: bool
    cause: str
    invocation_cycles: int

    @property
    def doubt(self) -> str:
        """ "provisional", and behind a colon its cause; "" of a time that measurements back."""
        return ": ".join(filter(None, ("provisional", self.cause))) if self.provisional else ""


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
    recorded. `time` is that of inferences after the first; `time_first` is None where the first is like
    them, and `with_input_is_first` says that the recorded run was a first one. `to_dict()` is the JSON of
    `microinfer.run/1`."""

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
    time_first: TimeReport | None = None
    with_input_is_first: bool = False

    def summary(self) -> Summary:
        """Verdict, arena, time, energy, outputs."""
        memory, time, energy = self.memory, self.time, self.energy
        least = "at least " * memory.arena_unknown
        rows = [("fits", memory.verdict), ("arena", f"{least}{memory.min_arena_bytes:,} bytes")]
        if time.ms is not None and time.ms_low is not None and time.ms_high is not None:
            rows.append(("time", brief_interval(time.ms / 1e3, time.ms_low / 1e3, time.ms_high / 1e3, "s")))
        if energy is not None:
            used = [energy.microjoules, energy.microjoules_low, energy.microjoules_high]
            joules, low, high = (each * 1e-6 for each in used)
            rows.append(("energy", brief_interval(joules, low, high, "J")))
        for tensor in self.outputs:
            if tensor.crc32 is not None:
                rows.append((f"output {tensor.name}", f"crc32 {tensor.crc32}"))
        part = self.profile
        title = f"{self.model.name} on {part.name} with {part.library} kernels at {build_words(part.build)}"
        return Summary(title, tuple(rows))
