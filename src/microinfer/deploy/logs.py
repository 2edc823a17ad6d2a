"""A board's profiler log beside what a deployment's operators take."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

from ..libraries.build import LEVELS
from ..libraries.library import kernel_library
from ..model.tables import Model
from ..operators.release import Release
from ..parts.profile import Profile
from ..timing.board_calibration import Calibration, learn, learn_several, measured_log, measured_total
from ..timing.energy import Span
from ..timing.log_comparison import LogComparison, judge_log
from ..timing.profiler_log import LoggedOperator
from ..timing.total_log import TotalComparison, judge_total
from ..words.dataclass import dataclass
from .common import Common
from .deployment import deploy

__all__ = ["Logged", "calibrate", "calibrate_several", "compare_log", "compare_total"]

ALIKE = 0.1
"""Builds with checks that differ by less from one without are not told apart."""


def calibrate(
    model: Model | Common,
    profile: Profile,
    logged: Sequence[LoggedOperator],
    library: str | None = None,
    ticks_per_second: float | None = None,
    inferences: int | None = None,
    *,
    release: str | Release | None = None,
) -> Calibration:
    """Learn a board from the log of one model.

    Raises:
        InputError: the log is of another model, or nothing in it has a price.
        UnsupportedError: an operator cannot run.
    """
    at = deploy(model, profile, library, release)
    names = [step.name for step in at.expect_runnable()]
    return learn(at.model.name, profile, at.library, names, at.costs, logged, ticks_per_second, inferences)


@dataclass(frozen=True, slots=True)
class Logged:
    """What a board said of one model, called `name`: seconds of inferences, or a profiler's operators."""

    name: str
    model: Model | Common
    seconds: tuple[float, ...] = ()
    operators: tuple[LoggedOperator, ...] = ()


def calibrate_several(
    given: Sequence[Logged],
    profile: Profile,
    library: str | None = None,
    ticks_per_second: float | None = None,
    inferences: int | None = None,
    *,
    release: str | Release | None = None,
) -> Calibration:
    """Learn a board from totals and logs of several models.

    Raises:
        InputError: they are too few, contradict one another, or are of other models.
        UnsupportedError: an operator cannot run.
    """
    measurements = []
    for one in given:
        at = deploy(one.model, profile, library, release)
        names = [step.name for step in at.expect_runnable()]
        for took in [mean(one.seconds)] if one.seconds else ():
            measurements.append(measured_total(one.name, profile, names, at.costs, took))
        if one.operators:
            measurements += measured_log(
                one.name, profile, names, at.costs, one.operators, ticks_per_second, inferences
            )
    logs = any(one.operators for one in given)
    return learn_several(profile, profile.choose_library(library), measurements, logs=logs)


def compare_log(
    model: Model | Common,
    profile: Profile,
    logged: Sequence[LoggedOperator],
    libraries: Sequence[str] = (),
    ticks_per_second: float | None = None,
    inferences: int | None = None,
    *,
    release: str | Release | None = None,
) -> LogComparison:
    """Hold a board's profiler log against each kernel library, operator by operator.

    Args:
        libraries: default the two of TFLM: it answers whether CMSIS-NN is on. The first one's graph is held
            against the log.
        ticks_per_second: of the log; default guessed from its milliseconds, else the core's clock.
        inferences: how many the log covers, where it has only sums by operator.
        release: of TFLM; default that of the truth files.

    Raises:
        InputError: the log is of another model, or no library is priced on this core.
        UnsupportedError: an operator cannot run.
    """
    wanted = (
        tuple(libraries)
        or tuple(name for name in profile.libraries if kernel_library(name).counted)
        or profile.libraries
    )
    at = deploy(model, profile, wanted[0], release)
    shared = Common(at.model, steps=at.expect_runnable())
    costs = {name: deploy(shared, profile, name, at.release).costs for name in wanted}
    names = [step.name for step in at.steps]
    return judge_log(at.model.name, profile, names, costs, logged, ticks_per_second, inferences)


def compare_total(
    model: Model | Common,
    profile: Profile,
    seconds: Sequence[float],
    *,
    release: str | Release | None = None,
) -> TotalComparison:
    """Hold the time of whole inferences against each library of the part, at each level of optimisation.

    Raises:
        InputError: nothing is known of the model's time on this part.
    """
    common = model if isinstance(model, Common) else Common(model)
    said: list[tuple[str, str, Span]] = []
    for library in profile.libraries:
        told: dict[str, float] = {}
        for build in dict.fromkeys((str(profile.build), *LEVELS, *(f"{level},asserts" for level in LEVELS))):
            found = deploy(common, profile.built(build), library, release).seconds
            if found is None or found.typical <= 0:
                continue
            level = build.partition(",")[0]
            if level in told and abs(found.typical / told[level] - 1) < ALIKE:
                continue
            told.setdefault(level, found.typical)
            said.append((library, build, found))
    return judge_total(common.model.name, profile.name, seconds, said)
