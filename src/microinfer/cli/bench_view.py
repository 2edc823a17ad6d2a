"""What `microinfer bench` shows and writes: tables of rates and cycles, ranges, sizes to prefer, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..words.builds import builds_note
from .console import table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..bench import InstructionSet, Knee, Measurement, Target


def narrow_result(result: Measurement, columns: Sequence[int]) -> Measurement:
    return replace(result, modelled=tuple(result.modelled[column] for column in columns))


def is_shown(knee: Knee, chosen: Sequence[Target], columns: Sequence[int]) -> bool:
    return any((chosen[c][0].name, chosen[c][1]) == (knee.profile, knee.library) for c in columns)


def sweep_tables(
    results: Sequence[Measurement], chosen: Sequence[Target], columns: Sequence[int]
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


def _title(result: Measurement) -> str:
    return f"{result.case.kernel}, {result.case.sweep.replace('*', 'n')}"


def _row(result: Measurement, columns: Sequence[int], here: bool) -> list[str]:
    cells = [result.modelled[column].cycles_per_unit for column in columns]
    return [
        str(result.case.size),
        f"{result.units:,}",
        *([f"{result.host.giga_per_second:.3g}" if result.host else ""] if here else []),
        *("unknown" if cell is None else f"{cell:,.2f}" for cell in cells),
    ]


def range_rows(
    results: Sequence[Measurement], chosen: Sequence[Target], columns: Sequence[int]
) -> RenderableType:
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


def instruction_table(sets: Sequence[InstructionSet]) -> list[RenderableType]:
    """What each set of instructions makes here of the shape of a family that runs fastest, and at most."""
    if not sets:
        return []
    heads = [f"{one.name},\nGMAC/s" for one in sets]
    made = table("here, one thread", "fastest shape", *heads, right=tuple(heads))
    for place, rate in enumerate(sets[0].rates):
        cells = [f"{one.rates[place].giga_macs_per_second:.3g}" for one in sets]
        made.add_row(rate.kernel, rate.shape, *cells)
    made.add_row(
        "peak, measured", "nothing but products", *("" if s.peak is None else f"{s.peak:.3g}" for s in sets)
    )
    return [made, ""]


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 999.5 else f"{value / 1e3:.3g}k"


def bench_notes(
    results: Sequence[Measurement], chosen: Sequence[Target], columns: Sequence[int], left_out: int
) -> list[str]:
    assumed = [
        f"{chosen[column][0].name} {chosen[column][1]}"
        for column in columns
        if any(result.modelled[column].provisional for result in results)
    ]
    built = builds_note((chosen[c][0].name, chosen[c][0].build.words) for c in columns)
    return [
        *([built] if built else []),
        *([f"provisional, for want of a measurement: {', '.join(assumed)}"] if assumed else []),
        *([f"{left_out} more would not fit here: -p chooses, --json and --csv have all"] if left_out else []),
    ]


def knee_table(found: Sequence[Knee]) -> list[RenderableType]:
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


def result_content(result: Measurement) -> dict[str, Any]:
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


def csv_text(results: Sequence[Measurement]) -> str:
    """A line a shape and target, whose columns are the JSON's."""
    lines = []
    for result in results:
        content = result_content(result)
        host = content.pop("host") or {"seconds": "", "giga_per_second": ""}
        common = {key: value for key, value in content.items() if key != "modelled"}
        common |= {f"host_{key}": value for key, value in host.items()}
        lines += [common | modelled for modelled in content["modelled"]]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()
