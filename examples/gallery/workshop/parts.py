"""What a network costs on the parts that an example names: bytes, time, energy, a battery's life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import microinfer
from microinfer.timing.battery_life import cell_life_hours, load_cell
from microinfer.words.printing import brief_interval, quantity

__all__ = ["figure", "life", "measures", "parts_table", "table", "together"]

YEAR_HOURS = 8766.0


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown; the first column is flush left, the others right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


def measures(model: str | bytes | Path, board: str) -> Mapping[str, Any]:
    """The figures of a check by name, without anybody's budgets, and its `verdict` and `library`."""
    found = microinfer.check(model, board, config=False).to_dict()["checks"][0]
    named = {one["name"]: one for one in found["measures"]}
    return {**named, "verdict": found["verdict"], "library": found["profile"]["library"]}


def life(hours: Mapping[str, float] | None) -> str:
    """How long a battery lasts, with its interval: hours, days or years, no more than a cell keeps."""
    if hours is None:
        return "unknown"
    oldest = (load_cell("aa-alkaline").shelf_years or 0) * YEAR_HOURS
    if hours["typical"] > oldest:
        from_low = "" if hours["low"] >= oldest else f", at least {hours['low'] / YEAR_HOURS:.3g}"
        return f"a cell's {oldest / YEAR_HOURS:.0f} years{from_low}"
    unit, name = next(
        (size, name)
        for size, name in ((YEAR_HOURS, "years"), (24.0, "days"), (1.0, "h"))
        if hours["typical"] >= size or size == 1.0
    )
    typical, low, high = (f"{hours[one] / unit:.3g}" for one in ("typical", "low", "high"))
    return f"{typical} {name} ({low}-{high})"


def figure(found: Mapping[str, Any] | None, unit: str) -> str:
    """A measure with its interval, as "512 µs (319-700)"."""
    if found is None or found["value"] is None:
        return "unknown"
    if found["low"] is None or found["high"] is None:
        return quantity(found["value"], unit)
    said: str = brief_interval(found["value"], found["low"], found["high"], unit)
    return said


def parts_table(model: str | Path, boards: Sequence[str], *, rate: str, cell: str, awake: str) -> list[str]:
    """A row a board: verdict, arena, flash, time, energy, and the battery's life at a rate.

    Args:
        rate: of inferences, as `microinfer battery` takes it; `awake`: how the page says it.
    """
    rows = []
    for board in boards:
        found = measures(model, board)
        lives = microinfer.battery(model, board, rate=rate, cell=cell, config=False).to_dict()["cells"]
        rows.append(
            [
                f"{board}, {found['library']}",
                found["verdict"],
                f"{found['arena']['value']:,}",
                f"{found['flash']['value']:,}",
                figure(found.get("latency"), "s"),
                figure(found.get("energy"), "J"),
                life(lives[0]["hours"]),
            ]
        )
    header = ["part and kernels", "runs", "arena, bytes", "flash, bytes", "an inference", "energy"]
    return table([*header, f"{cell}, {awake}"], rows)


def together(
    models: Sequence[tuple[str | Path, float]], board: str, cell: str
) -> tuple[dict[str, float], dict[str, float], list[float]]:
    """Average watts, the cell's hours and each network's share of the watts, where several take turns.

    Args:
        models: each with its inferences a second; asleep is the part but once.
    """
    found = [
        microinfer.battery(model, board, rate=f"{rate:.6f}/s", cell=cell, config=False).to_dict()
        for model, rate in models
    ]
    asleep, *awake = _watts(found[0], "asleep"), *(_watts(one, "inference") for one in found)
    watts = {one: asleep[one] + sum(each[one] for each in awake) for one in asleep}
    first, drawn = found[0]["cells"][0], found[0]["average_w"]
    hours = {
        one: cell_life_hours(
            first["capacity_ah"][one],
            first["drawn_a"][other] * watts[other] / drawn[other],
            first["self_discharge_per_year"],
        )
        for one, other in (("typical", "typical"), ("low", "high"), ("high", "low"))
    }
    return watts, hours, [each["typical"] / watts["typical"] for each in awake]


def _watts(found: Mapping[str, Any], kind: str) -> dict[str, float]:
    draw = next(one["average_w"] for one in found["draws"] if one["kind"] == kind)
    return {one: draw[one] for one in ("typical", "low", "high")}
