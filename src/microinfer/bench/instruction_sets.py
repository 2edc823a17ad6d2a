"""What each set of instructions makes of layers on this computer, beside what it could make at most."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ..operators.instructions import bind_peak, without_vectors
from ..words.dataclass import dataclass
from .host import least_time
from .measure import Measurement, prepare_case, time_step

__all__ = ["HostRate", "InstructionSet", "instruction_sets"]


@dataclass(frozen=True, slots=True)
class HostRate:
    """The shape of a family of kernels that runs fastest, and its 1e9 MACs by second, one thread."""

    kernel: str
    shape: str
    giga_macs_per_second: float


@dataclass(frozen=True, slots=True)
class InstructionSet:
    """`peak`: 1e9 MACs by second, one thread, of a loop that does nothing else, measured; None for kernels of
    no instructions in particular."""

    name: str
    peak: float | None
    rates: tuple[HostRate, ...]


def instruction_sets(results: Sequence[Measurement], seconds: float) -> tuple[InstructionSet, ...]:
    """The set that this computer uses first, then the portable kernels, which another computer would use.

    Args:
        results: timed ones. Of each family that multiplies the fastest is run again without the set.
        seconds: for each such run, and for a peak.
    """
    timed = [result for result in results if result.unit == "MAC" and result.host is not None]
    best = [max(group, key=_rate) for _, group in groupby(timed, lambda result: result.case.kernel)]
    if not best:
        return ()
    peak = bind_peak()
    if peak is None:
        return (InstructionSet("portable", None, tuple(_found(result, _rate(result)) for result in best)),)
    name, run, products = peak
    with without_vectors():
        plain = tuple(
            _found(result, result.units / time_step(prepare_case(result.case), seconds) / 1e9)
            for result in best
        )
    most = products / least_time(run, seconds) / 1e9
    here = tuple(_found(result, _rate(result)) for result in best)
    return (
        InstructionSet(name, most, here),
        InstructionSet("portable", None, plain),
    )


def _rate(result: Measurement) -> float:
    return result.host.giga_per_second if result.host is not None else 0.0


def _found(result: Measurement, rate: float) -> HostRate:
    return HostRate(result.case.kernel, result.case.name, rate)
