"""A board's profiler log beside what a deployment's operators take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean

from ..errors import InputError
from ..libraries.build import LEVELS
from ..libraries.library import kernel_library
from ..model.tables import Model
from ..operators.release import Release
from ..parts.profile import Profile
from ..timing.board_calibration import Calibration, learn, learn_several, measured_log, measured_total
from ..timing.log_comparison import LogComparison, judge_log
from ..timing.profiler_log import LoggedOperator
from ..timing.total_log import TotalComparison, judge_total
from ..words.dataclass import dataclass
from .common import Common
from .deployment import Deployment, deploy

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
    """Hold a board's profiler log against each kernel library at each build, operator by operator.

    Args:
        libraries: default all of the part that TFLM runs, whose profiler it is; else those that it has. The
            first one's graph is held against the log.
        ticks_per_second: of the log; default guessed from its milliseconds, else the core's clock.
        inferences: how many the log covers, where it has only sums by operator.
        release: of TFLM; default that of the truth files.

    Raises:
        InputError: the log is of another model, or no library is priced on this core.
        UnsupportedError: an operator cannot run.
    """
    interpreted = tuple(name for name in profile.libraries if kernel_library(name).interprets)
    wanted = tuple(libraries) or interpreted or profile.libraries
    at = deploy(model, profile, wanted[0], release)
    shared = Common(at.model, steps=at.expect_runnable())
    costs = {
        (library, build): priced.costs
        for library, build, priced in _builds(shared, profile, wanted, at.release)
        if any(cost.cycles is not None for cost in priced.costs)
    }
    if not costs:
        raise InputError(f"nothing in the log can be held against {', '.join(wanted)} on {profile.core}")
    names = [step.name for step in at.steps]
    return judge_log(at.model.name, profile, names, costs, logged, ticks_per_second, inferences)


def _builds(
    common: Common, profile: Profile, libraries: Sequence[str], release: str | Release | None
) -> Iterator[tuple[str, str, Deployment]]:
    """Each library at each level, the part's own build first; builds with checks where that tells."""
    levels = dict.fromkeys((str(profile.build), *LEVELS, *(f"{level},asserts" for level in LEVELS)))
    for library in libraries:
        told: dict[str, float] = {}
        for build in levels:
            whole = build if "," in build else f"{build},release"
            found = deploy(common, profile.built(whole), library, release)
            known = sum(cost.cycles or 0 for cost in found.costs)
            level = build.partition(",")[0]
            if level in told and abs(known - told[level]) < ALIKE * told[level]:
                continue
            told.setdefault(level, known)
            yield library, build, found


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
    said = [
        (library, build, found.seconds)
        for library, build, found in _builds(common, profile, profile.libraries, release)
        if found.seconds is not None and found.seconds.typical > 0
    ]
    return judge_total(common.model.name, profile.name, seconds, said)
