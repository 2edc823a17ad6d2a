"""`microinfer bench`: kernels over a grid of shapes, on this computer and on parts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .arguments import json_option, release_option
from .outputs import expect_outputs, force_option, output_option, write_file, written
from .terminal import Bar, compiling, emit, printable, show, table, width

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..bench import Knee, Result, Target
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
    multiple=True,
    help="Part or board to model; may be given again. Default: every part.",
)
@click.option(
    "--library",
    "libraries",
    metavar="LIBRARY",
    multiple=True,
    help="Kernel library to model; may be given again. Default: all; the table shows each part's own.",
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
    from ..bench import grid, knees, targets
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
    if csv_file is not None:
        write_file(csv_file, _csv(results), force=force)
    if svg_file is not None:
        bandwidth = None if modelled_only else copy_bandwidth()
        shown = [target for target in chosen if _shown(target, libraries)]
        kept = [chosen.index(target) for target in shown]
        narrowed = [_narrow(result, kept) for result in results]
        write_file(svg_file, draw_roofline(narrowed, shown, bandwidth), force=force)
    computer = None if modelled_only else describe_computer()
    if as_json:
        content = {
            "computer": None if computer is None else asdict(computer),
            "release": emulated.title,
            "targets": [{"profile": profile.name, "library": library} for profile, library in chosen],
            "results": [_content(result) for result in results],
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
        *_tables(results, chosen, columns),
        _ranges(results, chosen, columns),
        "",
        *_knees([knee for knee in found if _is_in(knee, chosen, columns)]),
        *_notes(results, chosen, columns, len(wanted) - len(columns)),
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
) -> Iterator[Result]:
    from ..bench import measure

    bar = Bar(len(cases))
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


def _narrow(result: Result, columns: Sequence[int]) -> Result:
    return replace(result, modelled=tuple(result.modelled[column] for column in columns))


def _is_in(knee: Knee, chosen: Sequence[Target], columns: Sequence[int]) -> bool:
    return any((chosen[c][0].name, chosen[c][1]) == (knee.profile, knee.library) for c in columns)


def _tables(
    results: Sequence[Result], chosen: Sequence[Target], columns: Sequence[int]
) -> list[RenderableType]:
    """A table a sweep, under a line that says what it is, all with the same columns; a row a size."""
    from rich.text import Text

    here = any(result.host is not None for result in results)
    heads = ["n", "work", *(["here, G/s"] if here else [])]
    heads += [f"{chosen[column][0].name}\n{chosen[column][1]}" for column in columns]
    rows = [_row(result, columns, here) for result in results]
    widths = [
        max(len(text) for text in (*head.split("\n"), *(row[i] for row in rows)))
        for i, head in enumerate(heads)
    ]
    shown: list[RenderableType] = []
    for title, sweep in groupby(range(len(results)), lambda i: _title(results[i])):
        made = table(*heads, right=tuple(heads))
        made.show_header = not shown
        for column, least in zip(made.columns, widths, strict=True):
            column.min_width = least
        for position in sweep:
            made.add_row(*rows[position])
        shown += [Text(title, style="bold"), made, ""]
    return shown


def _title(result: Result) -> str:
    return f"{result.case.kernel}, {result.case.sweep.replace('*', 'n')}"


def _row(result: Result, columns: Sequence[int], here: bool) -> list[str]:
    cells = [result.modelled[column].cycles_per_unit for column in columns]
    return [
        str(result.case.size),
        f"{result.units:,}",
        *([f"{result.host.giga_per_second:.3g}" if result.host else ""] if here else []),
        *("unknown" if cell is None else f"{cell:,.2f}" for cell in cells),
    ]


def _ranges(results: Sequence[Result], chosen: Sequence[Target], columns: Sequence[int]) -> RenderableType:
    """Family by family, the best and the worst that each target makes of it."""
    heads = [f"{chosen[column][0].name}\n{chosen[column][1]}" for column in columns]
    here = any(result.host is not None for result in results)
    made = table("best-worst", *(["here, G/s"] if here else []), *heads, right=("here, G/s", *heads))
    for kernel, group in groupby(results, lambda result: result.case.kernel):
        family = list(group)
        cells = [
            [found for result in family if (found := result.modelled[column].cycles_per_unit) is not None]
            for column in columns
        ]
        rates = [result.host.giga_per_second for result in family if result.host is not None]
        made.add_row(
            kernel,
            *([f"{_short(max(rates))}-{_short(min(rates))}" if rates else ""] if here else []),
            *(f"{_short(min(cell))}-{_short(max(cell))}" if cell else "unknown" for cell in cells),
        )
    return made


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 999.5 else f"{value / 1e3:.3g}k"


def _notes(
    results: Sequence[Result], chosen: Sequence[Target], columns: Sequence[int], left_out: int
) -> list[str]:
    assumed = [
        f"{chosen[column][0].name} {chosen[column][1]}"
        for column in columns
        if any(result.modelled[column].provisional for result in results)
    ]
    return [
        *([f"provisional, for want of a measurement: {', '.join(assumed)}"] if assumed else []),
        *([f"{left_out} more would not fit here: -p chooses, --json and --csv have all"] if left_out else []),
    ]


def _knees(found: Sequence[Knee]) -> list[RenderableType]:
    """From which size to which, and what that saves: a line a sweep and the targets that agree on it."""
    if not found:
        return []
    lines: dict[tuple[str, str], list[str]] = {}
    for (kernel, sweep, profile, library), group in groupby(
        found, lambda knee: (knee.kernel, knee.sweep, knee.profile, knee.library)
    ):
        steps = ", ".join(f"{knee.instead_of} to {knee.size}: {knee.saving:.0%}" for knee in group)
        lines.setdefault((f"{kernel}, {sweep.replace('*', 'n')}", steps), []).append(f"{profile} {library}")
    heads = "more work in less time", "from n to a larger n, and time saved", "on"
    made = table(*heads, wrap=heads[1:])
    for (title, steps), on in lines.items():
        made.add_row(title, steps, ", ".join(on))
    return [made, ""]


def _content(result: Result) -> dict[str, Any]:
    case = result.case
    return {
        "kernel": case.kernel,
        "operator": result.operator,
        "shape": case.name,
        "sweep": case.sweep,
        "varies": case.varies,
        "size": case.size,
        "unit": result.unit,
        "units": result.units,
        "bytes": result.bytes,
        "host": None if result.host is None else asdict(result.host),
        "modelled": [asdict(modelled) for modelled in result.modelled],
    }


def _csv(results: Sequence[Result]) -> str:
    """A line a shape and target, whose columns are the JSON's."""
    lines = []
    for result in results:
        content = _content(result)
        host = content.pop("host") or {"seconds": "", "giga_per_second": ""}
        common = {key: value for key, value in content.items() if key != "modelled"}
        common |= {f"host_{key}": value for key, value in host.items()}
        lines += [common | modelled for modelled in content["modelled"]]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()
