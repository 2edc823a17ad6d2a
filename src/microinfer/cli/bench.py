"""`microinfer bench`: kernels over a grid of shapes, on this computer and on parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .arguments import LIBRARIES, json_option, release_option
from .bench_view import (
    bench_notes,
    csv_text,
    instruction_table,
    is_shown,
    knee_table,
    narrow_result,
    range_rows,
    result_content,
    sweep_tables,
)
from .completion import complete_libraries, complete_profiles
from .console import ProgressBar, compiling, emit, printable, show, width
from .outputs import expect_outputs, force_option, output_option, write_file, written

if TYPE_CHECKING:
    from ..bench import Measurement, Target
    from ..operators.release import Release

__all__ = ["command"]

SECONDS, QUICK_SECONDS = 0.02, 0.005
ROOM_FOR_THE_REST, ROOM_FOR_A_COLUMN = 28, 15


@click.command("bench")
@click.option(
    "-p",
    "--profile",
    "profiles",
    metavar="PROFILE",
    shell_complete=complete_profiles,
    multiple=True,
    help="Part or board to model; may be given again. Default: every part.",
)
@click.option(
    "--library",
    "libraries",
    metavar="LIBRARY",
    shell_complete=complete_libraries,
    multiple=True,
    help=f"Kernel library to model: {LIBRARIES}; may be given again. Default: all; the table shows each "
    "part's own.",
)
@release_option
@click.option(
    "--kernel",
    "kernels",
    metavar="KERNEL",
    multiple=True,
    help="A family of kernels, such as 'conv 3x3' or 'softmax', or a part of its name; may be given again.",
)
@click.option("--quick", is_flag=True, help="A quarter of the shapes, and less time for each.")
@click.option("--modelled-only", is_flag=True, help="Run nothing here: only what the parts would take.")
@output_option("--csv", "csv_file", words="Write CSV, too.")
@output_option("--svg", "svg_file", words="Draw a roofline chart, too.")
@force_option
@json_option
def command(
    profiles: tuple[str, ...],
    libraries: tuple[str, ...],
    release: str | None,
    kernels: tuple[str, ...],
    quick: bool,
    modelled_only: bool,
    csv_file: Path | None,
    svg_file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Time every kernel over a grid of shapes on this computer, one thread, and model it on parts.

    Says which shapes a part likes: cycles for each multiply-accumulate (for each output where nothing
    is multiplied), and sizes where more work takes less time.
    """
    from ..bench import grid, instruction_sets, knees, targets
    from ..bench.host import copy_bandwidth, describe_computer
    from ..operators.release import find_release
    from ..parts.profile import load_profile, profile_names
    from ..view.roofline import draw_roofline

    silent = expect_outputs(csv_file, svg_file, force=force, as_json=as_json)
    named = [load_profile(name) for name in profiles or profile_names()]
    chosen = targets([one for one in named if profiles or one.kind == "part"], libraries)
    cases = grid(quick=quick, kernels=_families(kernels))
    seconds = 0.0 if modelled_only else QUICK_SECONDS if quick else SECONDS
    emulated = find_release(release)
    results = list(_measure(cases, chosen, seconds, emulated))
    found = knees(results)
    sets = () if modelled_only else instruction_sets(results, seconds)
    if csv_file is not None:
        write_file(csv_file, csv_text(results), force=force)
    if svg_file is not None:
        bandwidth = None if modelled_only else copy_bandwidth()
        shown = [target for target in chosen if _shown(target, libraries)]
        kept = [chosen.index(target) for target in shown]
        narrowed = [narrow_result(result, kept) for result in results]
        write_file(svg_file, draw_roofline(narrowed, shown, bandwidth), force=force)
    computer = None if modelled_only else describe_computer()
    if as_json:
        content = {
            "computer": None if computer is None else asdict(computer),
            "release": emulated.title,
            "targets": [{"profile": profile.name, "library": library} for profile, library in chosen],
            "instruction_sets": [asdict(one) for one in sets],
            "results": [result_content(result) for result in results],
            "knees": [asdict(knee) for knee in found],
        }
        emit("microinfer.bench/1", content)
        return
    if silent:
        return
    wanted = [column for column, target in enumerate(chosen) if _shown(target, libraries)]
    columns = wanted[: max(1, (width() - ROOM_FOR_THE_REST) // ROOM_FOR_A_COLUMN)]
    show(
        *([] if computer is None else [printable(computer.describe())]),
        "cycles for each multiply-accumulate, or for each output where there are none",
        "",
        *sweep_tables(results, chosen, columns),
        range_rows(results, chosen, columns),
        "",
        *instruction_table(sets),
        *knee_table([knee for knee in found if is_shown(knee, chosen, columns)]),
        *bench_notes(results, chosen, columns, len(wanted) - len(columns)),
        *written(csv_file, svg_file),
    )


def _families(wanted: Sequence[str]) -> tuple[str, ...]:
    from ..bench.grid import KERNELS

    found = tuple(
        kernel
        for kernel in KERNELS
        if not wanted or any(_plain(one) in _plain(kernel) for one in wanted if one.strip())
    )
    if unknown := [one for one in wanted if not any(_plain(one) in _plain(kernel) for kernel in KERNELS)]:
        raise InputError(f"no kernel {unknown[0]!r}; there are {', '.join(KERNELS)}")
    return found


def _plain(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ").removesuffix(" 2d").strip()


def _measure(
    cases: Sequence[Any], chosen: Sequence[Target], seconds: float, release: Release
) -> Iterator[Measurement]:
    from ..bench import measure

    bar = ProgressBar(len(cases))
    try:
        with compiling(len({case.kernel for case in cases})) if seconds else nullcontext():
            for case in cases:
                bar.step(f"{case.kernel} {case.name}")
                yield measure(case, chosen, seconds=seconds, release=release)
    finally:
        bar.close()


def _shown(target: Target, libraries: Sequence[str]) -> bool:
    """Whether a target has a column: those asked for, else each part under its own library."""
    profile, library = target
    return bool(libraries) or library == profile.library
