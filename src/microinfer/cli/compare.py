"""`microinfer compare`: parts, boards and libraries side by side; a new model beside an old one; a board's
log beside the predictions."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import InputError
from ..libraries.library import kernel_libraries, kernel_library
from .arguments import DEFAULT_PROFILE, LIBRARIES, build_option, json_option, open_model, release_option
from .change import change, change_options
from .compare_each import compare_models_on
from .comparison_view import show_log, show_parts, show_total
from .completion import complete_libraries, complete_models, complete_profiles
from .console import printable
from .exit_codes import CANNOT_TELL, DOES_NOT_FIT
from .model_names import model_names
from .outputs import expect_outputs, force_option, output_option, write_file, written

if TYPE_CHECKING:
    from ..model.tables import Model
    from ..parts.profile import Profile

__all__ = ["command", "log_options", "read_log"]


F = TypeVar("F", bound=Callable[..., Any])


def log_options(function: F) -> F:
    """What `compare` and `calibrate` need to know of a log."""
    function = click.option(
        "--inferences",
        type=click.IntRange(1),
        metavar="N",
        help="How many inferences the log covers, where it has only sums. Default: what it says, else 1.",
    )(function)
    return click.option(
        "--ticks-per-second",
        type=click.FloatRange(0, min_open=True),
        metavar="N",
        help="How fast the log's ticks go. Default: from its milliseconds, else the core's clock.",
    )(function)


@click.command("compare")
@click.argument(
    "models", metavar="MODEL [NEW | MODEL...]", nargs=-1, required=True, shell_complete=complete_models
)
@click.option(
    "-p",
    "--profile",
    "profiles",
    metavar="PROFILE",
    shell_complete=complete_profiles,
    multiple=True,
    help="Part or board, a name or a .toml file; several times. Default: every board, the fastest "
    f"first; of several models {DEFAULT_PROFILE}.",
)
@click.option(
    "--library",
    "libraries",
    metavar="LIBRARY",
    shell_complete=complete_libraries,
    multiple=True,
    help=f"Kernel library: {LIBRARIES}; or 'all'; several times. Default: each part's own; all of them "
    "for one part. With --log: the one that should be linked.",
)
@release_option
@build_option
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What TFLM's MicroProfiler printed on the board, or one time such as '386 ms in all' (- reads it "
    "from stdin): which library is linked, and at which build?",
)
@log_options
@click.option("--each", is_flag=True, help="Two models are not an old and a new one: each on each part.")
@change_options
@output_option("--svg", words="Draw it as SVG, too.")
@force_option
@json_option
def command(
    models: tuple[str, ...],
    profiles: tuple[str, ...],
    libraries: tuple[str, ...],
    release: str | None,
    build: str | None,
    log: Path | None,
    ticks_per_second: float | None,
    inferences: int | None,
    each: bool,
    format_name: str,
    svg: Path | None,
    force: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Set parts, boards and kernel libraries side by side for MODEL: time, energy, memory, fits or not.

    MODEL is a .tflite file, a pattern such as 'models/**/*.tflite', or a name from 'microinfer zoo'. With a
    second one, show what NEW changes on a part: bytes, time, energy, operators, and with --data the answers.
    With three or more, or --each, a row a model and part; the exit code is that of the worst model. With
    --log, hold a board's profiler log against each library at each build instead: is CMSIS-NN on at all?
    Exit codes: 0 good, 1 it fits none of them (NEW does not fit), or the log does not speak for the library
    that should be linked, or for asserts, 2 a file cannot be read, 3 cannot tell.
    """
    from ..parts.profile import load_profile

    names = model_names(models)
    several = each or len(names) > 2
    of_one = (log, ticks_per_second, inferences, svg)
    if (several or len(names) == 2) and any(value is not None for value in of_one):
        raise click.UsageError("--log, --ticks-per-second, --inferences and --svg take one model")
    if len(names) == 2 and not several:
        if len(libraries) > 1 or "all" in libraries:
            raise click.UsageError("a new model is set beside an old one with one library")
        return change(
            (names[0], names[1]),
            profiles,
            (*libraries, None)[0],
            release,
            build,
            given,
            format_name,
            as_json,
        )
    if any(value not in (None, False) for value in given.values()) or format_name != "text":
        raise click.UsageError("--data and --format are for a new model beside an old one: name both")

    known = tuple(value.name for value in kernel_libraries())
    if "all" in libraries:
        chosen = known
    else:
        try:
            chosen = tuple(kernel_library(name).name for name in libraries)
        except InputError as error:
            raise click.UsageError(f"{error}, or 'all'") from None
    silent = expect_outputs(svg, force=force, as_json=as_json)
    if several:
        parts = [load_profile(name).built(build) for name in profiles or (DEFAULT_PROFILE,)]
        return compare_models_on(names, parts, chosen, release, as_json)
    loaded = open_model(names[0])
    if log is not None:
        if len(profiles) > 1 or len(libraries) > 1 or "all" in libraries:
            raise click.UsageError("a log is of one board, and of one library")
        board = load_profile(profiles[0] if profiles else DEFAULT_PROFILE).built(build)
        return _log(
            loaded, board, chosen, release, log, ticks_per_second, inferences, svg, force, as_json, silent
        )
    if ticks_per_second is not None or inferences is not None:
        raise click.UsageError("--ticks-per-second and --inferences say something of a --log")
    chosen_parts = [load_profile(name) for name in profiles] if profiles else _boards()
    parts = [part.built(build) for part in chosen_parts]
    if len(parts) == 1 and not libraries:
        chosen = parts[0].libraries
    by_time = not profiles
    return _parts(loaded, parts, chosen, release, svg, force, as_json, silent, by_time)


def _boards() -> list[Profile]:
    from ..parts.profile import load_profile, profile_names

    return [part for part in map(load_profile, profile_names()) if part.kind == "board"]


def _parts(
    model: Model,
    parts: Sequence[Profile],
    libraries: Sequence[str],
    release: str | None,
    svg: Path | None,
    force: bool,
    as_json: bool,
    silent: bool,
    by_time: bool,
) -> int:
    from ..comparison.side_by_side import compare
    from ..view.comparison_chart import draw_comparison

    found = dataclasses.replace(
        compare(model, parts, libraries, release=release), model=printable(model.name) or "model"
    )
    if svg is not None:
        write_file(svg, draw_comparison(found), force=force)
    if as_json:
        _emit(found.to_dict())
    elif not silent:
        show_parts(found, by_time=by_time)
        click.echo("".join(f"\n{line}\n" for line in written(svg)), nl=False)
    verdicts = {row.verdict for row in found.rows}
    return 0 if verdicts & {"yes", "perhaps"} else CANNOT_TELL if "cannot-tell" in verdicts else DOES_NOT_FIT


def _emit(content: dict[str, Any]) -> None:
    from .console import emit

    emit(content.pop("schema"), content)


def read_log(path: Path) -> str:
    """A log's text, however the terminal program stored it; `-` is stdin.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"--log {path}: {error.strerror or error}") from error
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    return raw.decode("utf-8-sig", errors="replace")


def _log(
    model: Model,
    board: Profile,
    libraries: Sequence[str],
    release: str | None,
    log: Path,
    ticks_per_second: float | None,
    inferences: int | None,
    svg: Path | None,
    force: bool,
    as_json: bool,
    silent: bool,
) -> int:
    from ..deploy.logs import compare_log, compare_total
    from ..timing.profiler_log import parse_log
    from ..timing.total_text import parse_total
    from ..view.log_chart import draw_log

    expected = kernel_library(board.choose_library(libraries[0] if libraries else None)).tables
    text = read_log(log)
    if whole := parse_total(text, board.clock_hz, inferences, ticks_per_second):
        total = compare_total(model, board, whole, release=release)
        total = dataclasses.replace(total, model=printable(model.name) or "model")
        if as_json:
            _emit(total.to_dict())
        elif not silent:
            show_total(total)
        return 0 if any(row.inside for row in total.rows) else 1
    logged = parse_log(text)
    found = compare_log(
        model, board, logged, ticks_per_second=ticks_per_second, inferences=inferences, release=release
    )
    found = dataclasses.replace(found, model=printable(model.name) or "model")
    if svg is not None:
        write_file(svg, draw_log(found), force=force)
    as_wanted = found.linked is None or kernel_library(found.linked).tables == expected
    if found.asserts and not board.build.asserts:
        as_wanted = False
    good = found.strange is None and not found.others and as_wanted
    if as_json:
        _emit({**found.to_dict(), "expected": expected, "good": good})
    elif not silent:
        show_log(found, expected)
        click.echo("".join(f"\n{line}\n" for line in written(svg)), nl=False)
    return 0 if good else 1
