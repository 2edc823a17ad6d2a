"""`microinfer calibrate`: a profile of the user's own board, from its profiler log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from .arguments import (
    Timed,
    build_option,
    json_option,
    library_option,
    part_of,
    profile_option,
    release_option,
)
from .calibration_view import calibration_content, said_then, show_calibration
from .compare import log_options
from .completion import complete_models
from .console import emit
from .measurements import read_measurements
from .outputs import expect_outputs, force_option, output_option, write_file

if TYPE_CHECKING:
    from ..timing.log_comparison import LogComparison

__all__ = ["command"]

FAR = 1.8
"""How many times longer or shorter than predicted speaks for another library or build."""
LEAST_FACTOR = 1e-4
"""How many times as long as predicted an operator may take at the least; less is a clock of other ticks."""


@click.command("calibrate")
@click.argument("model", metavar="[MODEL]", required=False, shell_complete=complete_models)
@click.option(
    "--log",
    "logs",
    metavar="[MODEL=]FILE",
    multiple=True,
    help="What TFLM's MicroProfiler printed on the board for MODEL, or a time such as '386 ms in all' (- "
    "reads it from stdin); several times for several models.",
)
@click.option(
    "--total",
    "totals",
    type=Timed(),
    metavar="MODEL=TIME",
    multiple=True,
    help="What one inference of a model took, such as kws.tflite=386ms; several times.",
)
@profile_option
@library_option
@release_option
@build_option
@output_option("-o", "--output", required=True, words="The profile, a .toml.")
@click.option("--title", metavar="TEXT", default="", help="What to call the board.")
@force_option
@log_options
@json_option
def command(
    model: str | None,
    logs: tuple[str, ...],
    totals: tuple[tuple[str, float], ...],
    profile: str | None,
    library: str | None,
    release: str | None,
    build: str | None,
    output: Path,
    title: str,
    force: bool,
    ticks_per_second: float | None,
    inferences: int | None,
    as_json: bool,
) -> int:
    """Learn a board from the log of MODEL, or from times of several, and write a profile that predicts others
    better.

    MODEL is a .tflite file or a name from 'microinfer zoo'. The profile extends the stock one that -p
    names; without --library it learns the kernels that the log speaks for. One log of operators is enough;
    times of whole inferences are wanted of three models, or of one beside a log of another.
    """
    from ..deploy.logs import calibrate, calibrate_several, compare_log
    from ..parts.profile import load_profile

    if not logs and not totals:
        raise click.UsageError("Missing option '--log' or '--total'")
    silent = expect_outputs(output, force=force, as_json=as_json)
    if not silent:
        _check_name(output)
    part = part_of(profile, build)
    given = read_measurements(model, logs, totals, part.clock_hz, ticks_per_second, inferences)
    if output.resolve() == Path(part.path):
        raise InputError(f"-o {output}: is the profile that it would extend; choose another name")
    doubts: list[str] = []
    chosen = None
    for one in given:
        if one.operators:
            seen = compare_log(
                one.model, part, one.operators, (), ticks_per_second, inferences, release=release
            )
            chosen = chosen or part.choose_library(seen.linked if library is None else library)
            doubts += _doubts(seen, chosen, str(part.build))
    chosen = chosen or part.choose_library(library)
    if len(given) == 1 and not given[0].seconds:
        made = calibrate(
            given[0].model,
            part,
            given[0].operators,
            chosen,
            ticks_per_second,
            inferences,
            release=release,
        )
    else:
        made = calibrate_several(given, part, chosen, ticks_per_second, inferences, release=release)
        if not 1 / FAR < made.ratio < FAR:
            doubts.append(
                f"the board took {made.ratio:.2g} times as long as {part.name} says of {chosen}; another "
                "library or build? 'microinfer compare --log' tells which fits"
            )
    for operator, factor in made.factors.items():
        if factor < LEAST_FACTOR:
            raise InputError(
                f"{operator} took {factor:.2g} times as long as {part.name} says of {chosen}: no clock is as "
                "quick; --ticks-per-second says what a tick of the log is"
            )
    write_file(output, made.to_toml(title, output.parent), force=force)
    if silent:
        return 0
    written = load_profile(output)
    ends = said_then(given, written, chosen, release)
    if as_json:
        emit("microinfer.calibrate/1", {**calibration_content(made, output, ends), "warnings": doubts})
    else:
        show_calibration(made, output, written.title, doubts, ends)
    return 0


def _doubts(seen: LogComparison, chosen: str, build: str) -> list[str]:
    """Why the log may not be what the user thinks."""
    if seen.strange is not None:
        return [seen.strange]
    if seen.linked not in (None, chosen):
        return [f"the log speaks for {seen.linked}, and this profile was learned for {chosen}"]
    likely = seen.likely.get(chosen, ())
    if seen.linked is not None and likely and build not in likely:
        told = " or ".join(f"-{one}" for one in likely)
        return [f"the log speaks for {told}, and this profile was learned for -{build}; --build says which"]
    return [seen.sentence] if seen.others else []


def _check_name(path: Path) -> None:
    if path.suffix != ".toml" or not re.fullmatch(r"[\w.-]+", path.name):
        raise InputError(f"-o {path}: expected the name of a .toml file, such as mine.toml")
