"""`microinfer battery`: how long a cell lasts, and at which rate it lasts long enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .arguments import (
    DEFAULT_PROFILE,
    Amount,
    json_option,
    library_option,
    model_argument,
    open_model,
    profile_option,
)
from .outputs import expect_outputs, force_option, output_option, write_file, written
from .terminal import emit, printable, quantity

if TYPE_CHECKING:
    from ..parts.profile import Current, Profile
    from ..timing.battery import BatteryLife, Cell
    from ..timing.energy import Span

__all__ = ["Answer", "command"]

DEFAULT_CELL, DEFAULT_RATE = "cr2032", "1/s"
MILLIWATT = 1e-3
MOMENTS = ((1 / 86400, "1/day"), (1 / 3600, "1/h"), (1 / 60, "1/min"), (1.0, "1/s"))
DECADES = tuple((10.0**n, f"{10**n}/s") for n in range(1, 7))
SPANS = (
    *((1.0, "1 h"), (24.0, "1 day"), (168.0, "1 week"), (730.5, "1 month")),
    *((8766.0, "1 year"), (87660.0, "10 years"), (876600.0, "100 years")),
)


@click.command("battery")
@model_argument
@profile_option
@library_option
@click.option(
    "--rate",
    metavar="RATE",
    default=DEFAULT_RATE,
    help="How often the model runs: 1/s, 10/min, 1/h, 'every 5s'. Default 1/s.",
)
@click.option(
    "--cell",
    "cells",
    metavar="CELL",
    multiple=True,
    help="A battery such as CR2032, AA, 2xAA, 'zinc-air 312' or 2000mAh@3.7V; several times, to compare. "
    "Default CR2032.",
)
@click.option("--capacity", type=Amount("Ah", "225mAh"), metavar="AH", help="A battery of your own: charge.")
@click.option("--voltage", type=Amount("V", "3.7V"), metavar="V", help="A battery of your own: voltage.")
@click.option(
    "--self-discharge",
    type=click.FloatRange(0, 99),
    metavar="PERCENT",
    help="What the battery loses by itself in a year. Default: the cell's.",
)
@click.option(
    "--active",
    type=Amount("A", "12mA"),
    metavar="A",
    help="Current while the model runs. Default: the board's.",
)
@click.option(
    "--sleep", type=Amount("A", "5uA"), metavar="A", help="Current in between. Default: the board's."
)
@click.option("--supply", type=Amount("V", "3.3V"), metavar="V", help="The board's supply. Default: its own.")
@click.option("--min-life", metavar="TIME", help="Exit with 1 if a cell may last less, such as 30d or 1y.")
@output_option("--svg", words="Draw life against rate as SVG, too.")
@force_option
@json_option
def command(
    model: str,
    profile: str | None,
    library: str | None,
    rate: str,
    cells: tuple[str, ...],
    capacity: float | None,
    voltage: float | None,
    self_discharge: float | None,
    active: float | None,
    sleep: float | None,
    supply: float | None,
    min_life: str | None,
    svg: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Say how long a battery lasts when MODEL runs at a rate and the board sleeps in between.

    MODEL is a .tflite file or a name from 'microinfer zoo'. Exit codes: 0 good, 1 the model does not fit,
    takes too long for the rate, or a cell may not last for --min-life.
    """
    from ..deploy.verdict import judge_memory
    from ..libraries.library import as_run
    from ..memory.plan import plan_memory
    from ..operators.prepare import prepare
    from ..parts.profile import load_profile
    from ..timing.battery import battery_life, parse_rate
    from ..timing.energy import inference_time, rests_on_assumption
    from ..timing.prices import estimate

    silent = expect_outputs(svg, force=force, as_json=as_json)
    times = parse_rate(rate)
    wanted = None if min_life is None else _hours(min_life)
    chosen = _cells(cells, capacity, voltage, self_discharge)
    loaded = open_model(model)
    part = _powered(load_profile(DEFAULT_PROFILE if profile is None else profile), active, sleep, supply)
    kernels = part.choose_library(library)
    loaded = as_run(loaded, kernels)
    steps = prepare(loaded)
    costs = estimate(steps, part, kernels)
    seconds = inference_time(costs, part)
    if seconds is None:
        unknown = next(cost.note for cost in costs if cost.cycles is None)
        raise InputError(f"how long {loaded.name} takes on {part.name} is not known: {unknown}")
    if not seconds.typical:
        raise InputError(f"{loaded.name} has no operators: there is nothing to run")
    plan = plan_memory(loaded, steps, kernels, part.target)
    memory = judge_memory(loaded, plan, part, plan.min_arena_bytes, steps)
    fast_enough = times <= 1 / seconds.typical
    lives = [(cell, battery_life(part, seconds, cell, times)) for cell in chosen] if fast_enough else []
    answer = Answer(
        name=printable(loaded.name) or "model",
        part=part,
        library=kernels,
        seconds=seconds,
        rate=times,
        cells=chosen,
        lives=tuple(lives),
        min_hours=wanted,
        shortfalls=memory.shortfalls,
        provisional=rests_on_assumption(costs, part),
    )
    if svg is not None:
        write_file(svg, answer.to_svg(), force=force)
    if as_json:
        emit("microinfer.battery/1", answer.to_dict())
    elif not silent:
        from .battery_view import show_answer

        show_answer(answer, default_profile=profile is None)
        if svg is not None:
            click.echo("\n" + "\n".join(written(svg)))
    return 0 if answer.good else 1


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `lives` is empty where the board cannot run as often as asked."""

    name: str
    part: Profile
    library: str
    seconds: Span
    rate: float
    cells: tuple[Cell, ...]
    lives: tuple[tuple[Cell, BatteryLife], ...]
    min_hours: float | None
    shortfalls: tuple[str, ...]
    provisional: bool

    @property
    def active(self) -> Current:
        assert self.part.active is not None
        return self.part.active

    @property
    def sleep(self) -> Current:
        assert self.part.sleep is not None
        return self.part.sleep

    @property
    def good(self) -> bool:
        if self.shortfalls or not self.lives:
            return False
        return self.min_hours is None or all(life.hours.low >= self.min_hours for _, life in self.lives)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Cells that are asked for more than they can give."""
        made = []
        for cell, life in self.lives:
            pulse = self.active.typical * life.average_a.typical * (self.part.supply_v or 0.0)
            pulse /= life.average_w.typical
            if cell.steady_a is not None and life.average_a.typical > cell.steady_a:
                most = quantity(cell.steady_a, "A")
                made.append(f"{cell.title}: cannot give more than {most} for long; it lasts less than said")
            elif cell.pulse_a is not None and pulse > cell.pulse_a:
                most = quantity(cell.pulse_a, "A")
                made.append(
                    f"{cell.title}: {quantity(pulse, 'A')} awake is more than the {most} that it gives in "
                    "pulses; a capacitor beside it carries the rest"
                )
        return tuple(made)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What is not measured, in words."""
        made = ["cycles"] if self.provisional else []
        return (*made, *(key for key in self.part.provisional if key.split(".")[0] in {"power", "timing"}))

    def to_dict(self) -> dict[str, Any]:
        from ..timing.battery import HOURS_A_YEAR, cell_life_hours, rate_for_life, rate_for_power

        return {
            "model": {"name": self.name},
            "profile": {"name": self.part.name, "core": self.part.core, "library": self.library},
            "rate_per_s": self.rate,
            "inference_ms": dataclasses.asdict(self.seconds.scaled(1e3)),
            "max_rate_per_s": 1 / self.seconds.typical,
            "fast_enough": bool(self.lives),
            "duty": self.rate * self.seconds.typical if self.lives else None,
            "supply_v": self.part.supply_v,
            "active_a": dataclasses.asdict(self.active),
            "sleep_a": dataclasses.asdict(self.sleep),
            "average_w": dataclasses.asdict(self.lives[0][1].average_w) if self.lives else None,
            "max_rate_per_s_under_1_mw": rate_for_power(self.part, self.seconds, MILLIWATT),
            "cells": [
                {
                    "name": cell.name,
                    "title": cell.title,
                    "volts": cell.volts,
                    "capacity_ah": dataclasses.asdict(cell.capacity_ah),
                    "self_discharge_per_year": cell.self_discharge_per_year,
                    "boosted": life.boosted if life else None,
                    "drawn_a": dataclasses.asdict(life.average_a) if life else None,
                    "hours": dataclasses.asdict(life.hours) if life else None,
                    "years": dataclasses.asdict(life.years) if life else None,
                    "hours_without_self_discharge": (
                        cell_life_hours(cell.capacity_ah.typical, life.average_a.typical) if life else None
                    ),
                    "max_rate_per_s_for_a_year": rate_for_life(self.part, self.seconds, cell, HOURS_A_YEAR),
                    "sure_rate_per_s_for_a_year": rate_for_life(
                        self.part, self.seconds, cell, HOURS_A_YEAR, surely=True
                    ),
                }
                for cell, life in self.lives or [(cell, None) for cell in self.cells]
            ],
            "min_life_hours": self.min_hours,
            "fits": not self.shortfalls,
            "shortfalls": list(self.shortfalls),
            "good": self.good,
            "warnings": list(self.warnings),
            "provisional": list(self.assumptions),
        }

    def to_svg(self) -> str:
        """Life against rate: a line a cell."""
        from ..timing.battery import battery_life
        from ..view.charts import Line, draw_lines
        from .battery_view import rate_text

        fastest = 1 / self.seconds.typical
        first, steps = min(1 / 86400, fastest / 1e3), 120
        rates = [first * (fastest / first) ** (i / steps) for i in range(steps)] + [fastest * (1 - 1e-9)]
        lines = []
        for cell in self.cells:
            spans = [(rate, battery_life(self.part, self.seconds, cell, rate).hours) for rate in rates]
            points = tuple((rate, hours.typical, hours.low, hours.high) for rate, hours in spans)
            lines.append(Line(cell.title, points))
        marks = [] if self.min_hours is None else [(self.min_hours, "wanted")]
        return draw_lines(
            lines,
            f"{self.name} on {self.part.name}, {self.library}: battery life",
            "inferences",
            "lasts",
            marks,
            x_ticks=(*MOMENTS, *DECADES),
            y_ticks=SPANS,
            here=(self.rate, rate_text(self.rate)) if self.lives else None,
        )


def _cells(
    names: Sequence[str], capacity: float | None, voltage: float | None, self_discharge: float | None
) -> tuple[Cell, ...]:
    """The cells asked for, the user's own last.

    Raises:
        InputError: no such cell, or half of one.
    """
    from ..timing.battery import Cell, load_cell
    from ..timing.energy import Span

    own = []
    if (capacity is None) != (voltage is None):
        raise InputError("a battery of your own needs both, such as --capacity 225mAh --voltage 3V")
    if capacity is not None and voltage is not None:
        title = f"{quantity(capacity, 'Ah')} at {voltage:g} V"
        own.append(Cell("own", title, voltage, Span(capacity, capacity, capacity), 0.0))
    found = [*(load_cell(name) for name in names or ([] if own else [DEFAULT_CELL])), *own]
    if self_discharge is not None:
        found = [dataclasses.replace(cell, self_discharge_per_year=self_discharge / 100) for cell in found]
    return tuple(found)


def _powered(part: Profile, active: float | None, sleep: float | None, supply: float | None) -> Profile:
    """The profile with the user's own currents.

    Raises:
        InputError: a current is not known and was not given.
    """
    from ..parts.profile import Current

    if active is not None:
        part = dataclasses.replace(part, active=Current(active, active, active))
    if sleep is not None:
        part = dataclasses.replace(part, sleep=Current(sleep, sleep, sleep))
    if supply is not None:
        part = dataclasses.replace(part, supply_v=supply)
    missing = [
        option
        for option, known in (("--active", part.active), ("--sleep", part.sleep), ("--supply", part.supply_v))
        if known is None
    ]
    if missing:
        raise InputError(
            f"profile {part.name}: its currents are not all known; give {', '.join(missing)}, such as "
            f"--active 12mA --sleep 5uA --supply 3.3V, or a board that has them: {', '.join(_known())}"
        )
    return part


def _known() -> list[str]:
    from ..parts.profile import load_profile, profile_names

    found = [load_profile(name) for name in profile_names()]
    return [part.name for part in found if part.active and part.sleep and part.supply_v]


def _hours(text: str) -> float:
    """Hours from 36h, 30d, 6w or 2y."""
    units = {"h": 1.0, "d": 24.0, "w": 168.0, "y": 8766.0}
    try:
        hours = float(text[:-1]) * units[text[-1:].lower()]
    except (KeyError, ValueError):
        hours = 0.0
    if not 0 < hours < 1e9:
        raise InputError(f"--min-life {text!r}: expected a time, such as 36h, 30d, 6w or 2y")
    return hours
