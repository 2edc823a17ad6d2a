"""A board's profiler log beside what a deployment's operators take."""

from __future__ import annotations

from collections.abc import Sequence

from ..libraries.build import LEVELS
from ..libraries.library import kernel_library
from ..model.tables import Model
from ..operators.release import Release
from ..parts.profile import Profile
from ..timing.board_calibration import Calibration, learn
from ..timing.log_comparison import LogComparison, judge_log
from ..timing.profiler_log import LoggedOperator
from ..timing.total_log import TotalComparison, judge_total
from .common import Common
from .deployment import deploy

__all__ = ["calibrate", "compare_log", "compare_total"]


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
    kinds = [*LEVELS, f"{profile.build.level},asserts"]
    said = []
    run = [name for name in profile.libraries if kernel_library(name).interprets]
    for library in run or profile.libraries:
        for build in dict.fromkeys((str(profile.build), *kinds)):
            found = deploy(common, profile.built(build), library, release).seconds
            if found is not None and found.typical > 0:
                said.append((library, build, found))
    return judge_total(common.model.name, profile.name, seconds, said)
