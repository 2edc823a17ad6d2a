"""One case of the grid: timed on this computer, and priced for parts.

Time is the shortest of many runs of the bound kernel, one thread: what else the computer does only adds.
Cycles are `cost`'s, in closed form, so they need neither a board nor the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TypeAlias

import numpy as np

from ..deploy.common import Common
from ..deploy.deployment import Deployment, deploy
from ..errors import InputError
from ..libraries.library import whole_name
from ..model.read import load
from ..model.tables import Tensor
from ..operators.prepare import prepare
from ..operators.release import DEFAULT_RELEASE, Release
from ..operators.spec import Step
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from .grid import Case

__all__ = ["Host", "Measurement", "Modelled", "Target", "measure", "prepare_case", "targets", "time_step"]

Target: TypeAlias = tuple[Profile, str]
"""A part or board, and a kernel library that runs on it."""

LEAST_RUNS = 5
BATCH_SECONDS = 2e-4


@dataclass(frozen=True, slots=True)
class Host:
    """This computer: seconds of one run, and work by second in units of 1e9: MACs, or output elements."""

    seconds: float
    giga_per_second: float


@dataclass(frozen=True, slots=True)
class Modelled:
    """A part: cycles of one run with their 90 % interval, None where nothing is known."""

    profile: str
    library: str
    variant: str
    cycles: int | None
    cycles_low: int | None
    cycles_high: int | None
    cycles_per_unit: float | None
    ms: float | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Measurement:
    """`unit` is "MAC", or "output" where the operator multiplies nothing; `units` of it are one run.

    `bytes` are what has to move at least once: inputs, weights, outputs.
    """

    case: Case
    operator: str
    unit: str
    units: int
    bytes: int
    host: Host | None
    modelled: tuple[Modelled, ...]

    @property
    def intensity(self) -> float:
        """Units of work by byte moved."""
        return self.units / self.bytes


def targets(profiles: Sequence[Profile], libraries: Sequence[str] = ()) -> tuple[Target, ...]:
    """Every profile with each of its libraries, or with those named that it has.

    Raises:
        InputError: a library is named that none of the profiles has.
    """
    libraries = [whole_name(library) for library in libraries]
    known = [library for profile in profiles for library in profile.libraries]
    for library in libraries:
        if library not in known:
            raise InputError(
                f"kernel library {library!r} does not run on {', '.join(p.name for p in profiles)}, "
                f"expected one of {', '.join(dict.fromkeys(known))}"
            )
    return tuple(
        (profile, library)
        for profile in profiles
        for library in profile.libraries
        if not libraries or library in libraries
    )


def prepare_case(case: Case, release: Release = DEFAULT_RELEASE) -> Step:
    """The case's only operator, prepared as a release of TFLM does."""
    return prepare(load(case.build()), release=release)[0]


def measure(
    case: Case, targets: Sequence[Target], *, seconds: float, release: Release = DEFAULT_RELEASE
) -> Measurement:
    """Price a case for every target, and time it here for about so many seconds; 0 does not run it."""
    model = load(case.build())
    steps = prepare(model, release=release)
    (step,) = steps
    inputs = [tensor for tensor in step.node.inputs if tensor is not None]
    outputs = step.node.outputs
    units = step.geometry.macs or sum(tensor.elements for tensor in outputs)
    common = Common(model, steps=steps)
    host = None
    if seconds > 0:
        taken = time_step(step, seconds)
        host = Host(taken, units / taken / 1e9)
    return Measurement(
        case,
        step.name,
        "MAC" if step.geometry.macs else "output",
        units,
        sum(tensor.size_bytes for tensor in (*inputs, *outputs)),
        host,
        tuple(_model(deploy(common, profile, library, release), units) for profile, library in targets),
    )


def _model(at: Deployment, units: int) -> Modelled:
    (cost,) = at.costs
    known = cost.cycles is not None
    return Modelled(
        at.profile.name,
        at.library,
        cost.variant,
        cost.cycles,
        cost.cycles_low,
        cost.cycles_high,
        (cost.cycles or 0) / units if known else None,
        (cost.cycles or 0) * 1e3 / at.profile.clock_hz if known else None,
        cost.provisional,
    )


def _array(tensor: Tensor, generator: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.int8]]:
    return generator.integers(-128, 128, tensor.shape).astype(np.int8)


def time_step(step: Step, seconds: float) -> float:
    """The least time of one run. Runs shorter than the clock's noise are timed many at once."""
    generator = np.random.default_rng(0)
    inputs = [
        None if tensor is None else tensor.data if tensor.data is not None else _array(tensor, generator)
        for tensor in step.node.inputs
    ]
    run = step.bind(inputs, [_array(tensor, generator) for tensor in step.node.outputs])
    run()
    start = perf_counter()
    run()
    once = perf_counter() - start
    times = max(1, int(BATCH_SECONDS / max(once, 1e-9)))
    best = once
    end = perf_counter() + seconds
    samples = 0
    while samples < LEAST_RUNS or perf_counter() < end:
        start = perf_counter()
        for _ in range(times):
            run()
        best = min(best, (perf_counter() - start) / times)
        samples += 1
    return best
