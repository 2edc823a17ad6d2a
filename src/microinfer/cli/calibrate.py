"""`microinfer calibrate`: a profile of the user's own board, from its profiler log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from ..libraries.library import kernel_library
from ..words.printing import counted
from .arguments import (
    build_option,
    json_option,
    library_option,
    model_argument,
    open_model,
    part_of,
    profile_option,
    release_option,
)
from .compare import log_options, read_log
from .console import emit, printable, quantity, show, table
from .outputs import expect_outputs, force_option, output_option, write_file

if TYPE_CHECKING:
    from ..timing.board_calibration import Calibration
    from ..timing.log_comparison import LogComparison

__all__ = ["command"]


@click.command("calibrate")
@model_argument
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="What TFLM's MicroProfiler printed on the board (- reads it from stdin).",
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
    model: str,
    log: Path,
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
    """Learn a board from the log of MODEL, and write a profile that predicts its other models better.

    MODEL is a .tflite file or a name from 'microinfer zoo'. The profile extends the stock one that -p
    names; without --library it learns the kernels that the log speaks for.
    """
    from ..deploy.common import Common
    from ..deploy.logs import calibrate, compare_log
    from ..parts.profile import load_profile
    from ..timing.profiler_log import parse_log

    silent = expect_outputs(output, force=force, as_json=as_json)
    if not silent:
        _check_name(output)
    loaded = open_model(model)
    part = part_of(profile, build)
    if output.resolve() == Path(part.path):
        raise InputError(f"-o {output}: is the profile that it would extend; choose another name")
    logged = parse_log(read_log(log))
    common = Common(loaded)
    seen = compare_log(common, part, logged, (), ticks_per_second, inferences, release=release)
    chosen = part.choose_library(seen.linked if library is None else library)
    made = calibrate(common, part, logged, chosen, ticks_per_second, inferences, release=release)
    write_file(output, made.to_toml(title, output.parent), force=force)
    if silent:
        return 0
    written = load_profile(output)
    if as_json:
        emit("microinfer.calibrate/1", {**_content(made, output), "warnings": _doubts(seen, chosen)})
    else:
        _show(made, printable(loaded.name) or "model", output, written.title, _doubts(seen, chosen))
    return 0


def _doubts(seen: LogComparison, chosen: str) -> list[str]:
    """Why the log may not be what the user thinks."""
    if seen.strange is not None:
        return [seen.strange]
    if seen.linked not in (None, chosen):
        return [f"the log speaks for {seen.linked}, and this profile was learned for {chosen}"]
    return [seen.sentence] if seen.others else []


def _check_name(path: Path) -> None:
    if path.suffix != ".toml" or not re.fullmatch(r"[\w.-]+", path.name):
        raise InputError(f"-o {path}: expected the name of a .toml file, such as mine.toml")


def _content(made: Calibration, output: Path) -> dict[str, Any]:
    return {
        "model": {"name": made.model},
        "profile": {"name": made.profile.name, "library": made.library},
        "file": str(output),
        "factors": made.factors,
        "ratio": made.ratio,
        "spread": made.spread,
        "operators": [
            {"operator": p.operator, "measured_cycles": p.measured, "predicted_cycles": p.predicted}
            for p in made.points
        ],
        "unpriced": list(made.unpriced),
    }


def _show(made: Calibration, name: str, output: Path, title: str, doubts: list[str]) -> None:
    from rich.text import Text

    kinds = table("operator", "log", made.profile.name, "factor", right=("log", made.profile.name, "factor"))
    clock = made.profile.clock_hz
    for kind in sorted({point.operator for point in made.points}):
        points = [point for point in made.points if point.operator == kind]
        measured, predicted = sum(p.measured for p in points), sum(p.predicted for p in points)
        kinds.add_row(
            printable(kind),
            quantity(measured / clock, "s"),
            quantity(predicted / clock, "s"),
            f"{measured / predicted:.3f}",
        )
    notes = [
        f"The whole of {name} took {made.ratio:.2f} times as long as {made.profile.name} says of the "
        f"{kernel_library(made.library).short} kernels; other operators get this factor.",
        f"Intervals are {made.spread:.1%} wide to either side, from how far the operators are apart.",
    ]
    if made.unpriced:
        notes.append(f"Without a price, and left out: {', '.join(made.unpriced)}")
    file = printable(str(output))
    show(
        Text(
            f"{printable(title)}, learned from {counted(len(made.points), 'figure')} of a log", style="bold"
        ),
        "",
        kinds,
        "",
        *notes,
        *(Text.assemble(("warning  ", "yellow"), printable(doubt)) for doubt in doubts),
        "",
        f"written: {file}, which -p takes by its path",
    )
