"""What `microinfer battery` shows in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from ..reports.battery_report import MILLIWATT
from ..timing.battery_life import BOOST_EFFICIENCY, rate_for_power
from ..view.battery_chart import DECADES, MOMENTS, rate_text
from ..words.printing import duration
from .arguments import about, kernels
from .console import interval, printable, quantity, show, table

if TYPE_CHECKING:
    from ..reports.battery_report import BatteryReport

__all__ = ["show_answer"]

BAR = 40
"""Characters of a bar that stands for all the power."""


def show_answer(answer: BatteryReport, *, default_profile: bool) -> None:
    part = answer.part
    head = Text(answer.name, style="bold")
    head.append(
        f" on {part.name} with {kernels(answer.library, answer.release, answer.build)}", style="not bold"
    )
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    _facts(answer, facts)
    below: list[Any] = []
    if answer.lives:
        below += ["", _draws(answer), "", _lives(answer), *_converters(answer), "", _other_rates(answer)]
    if answer.warnings:
        below += ["", *(Text.assemble(("warning  ", "yellow"), printable(w)) for w in answer.warnings)]
    if answer.min_hours is not None and answer.lives:
        below += ["", _promise(answer)]
    if answer.provisional:
        below += ["", f"provisional, assumed for want of a measurement: {', '.join(answer.provisional)}"]
    show(head, about(part.title, part.clock_hz, default=default_profile), "", facts, *below)


def _promise(answer: BatteryReport) -> str:
    """Whether every cell lasts as long as asked, in words."""
    assert answer.min_hours is not None
    short = [cell.title for cell in answer.short_lived]
    asked = duration(answer.min_hours)
    if not short:
        return f"Lasts {asked} at least: yes"
    return f"Lasts {asked} at least: not surely with {printable(', '.join(short))}"


def _facts(answer: BatteryReport, facts: Table) -> None:
    part, seconds = answer.part, answer.seconds
    if answer.shortfalls:
        facts.add_row(Text("Does not fit", style="bold red"), "; ".join(answer.shortfalls))
    took = interval(seconds.typical, seconds.low, seconds.high, "s")
    if not answer.lives:
        facts.add_row(
            Text("Too slow", style="bold red"),
            f"an inference takes {took}, at most {rate_text(1 / seconds.typical)}; "
            f"asked for {rate_text(answer.rate)}",
        )
        return
    life = answer.lives[0][1]
    facts.add_row("Runs", f"{rate_text(answer.rate)}, {took} each: awake {100 * life.duty:.3g} % of the time")
    facts.add_row(
        "Power",
        f"{interval(life.average_w.typical, life.average_w.low, life.average_w.high, 'W')} on average; "
        f"{quantity(answer.active.typical, 'A')} awake, {quantity(answer.sleep.typical, 'A')} asleep, "
        f"at {part.supply_v:g} V",
    )
    if answer.way is not None:
        asleep, busiest = (quantity(one, "W") for one in answer.bounds)
        facts.add_row(
            "Between",
            f"{asleep} asleep and {busiest} running all the time: {100 * answer.way:.0f} % of the way, in "
            "powers of ten",
        )
    under = rate_for_power(part, seconds, MILLIWATT, answer.peripherals)
    facts.add_row(
        "Under 1 mW",
        f"at up to {rate_text(under)}" if under is not None else f"never: {_needs(answer)} more asleep",
    )


def _needs(answer: BatteryReport) -> str:
    return "board, radio and sensor need" if answer.peripherals else "the board needs"


def _draws(answer: BatteryReport) -> Table:
    """Where the power goes, a bar each."""
    made = table("draws", "on average", "share", "", right=("on average", "share"), wrap=("draws",))
    for draw in answer.draws:
        whole = round(draw.share * BAR)
        made.add_row(
            printable(draw.title),
            quantity(draw.average_w.typical, "W"),
            f"{100 * draw.share:.3g} %",
            Text("#" * whole, style="cyan"),
        )
    return made


def _lives(answer: BatteryReport) -> Table:
    figures = ("draws", "lasts", "at least", "at most")
    made = table(
        *("battery", "loss a year", *figures, "a year at", "surely at"),
        right=("loss a year", *figures),
        wrap=("battery", "a year at", "surely at"),
    )
    for cell, life in answer.lives:
        rate, sure = answer.rate_for_a_year(cell), answer.rate_for_a_year(cell, surely=True)
        made.add_row(
            printable(cell.title),
            f"{100 * cell.self_discharge_per_year:.3g} %",
            quantity(life.average_a.typical, "A"),
            *(duration(each) for each in (life.hours.typical, life.hours.low, life.hours.high)),
            *("no rate" if each is None else rate_text(each) for each in (rate, sure)),
        )
    return made


def _converters(answer: BatteryReport) -> list[str]:
    low = [printable(cell.title) for cell, life in answer.lives if life.boosted]
    if not low:
        return []
    return [
        f"{' and '.join(low)}: below the {answer.part.supply_v:g} V of the board, through a converter of "
        f"{BOOST_EFFICIENCY:.0%}"
    ]


def _other_rates(answer: BatteryReport) -> Table:
    """How long asleep, at rates from one a day on, and as often as it goes."""
    fastest = answer.fastest
    made = table("at", *(printable(cell.title) for cell in answer.cells))
    rates = [
        (0.0, "never"),
        *(moment for moment in (*MOMENTS, *DECADES) if moment[0] < fastest),
        (fastest, "all the time"),
    ]
    for rate, label in rates:
        lives = [answer.life_at(cell, rate).hours for cell in answer.cells]
        made.add_row(label, *(duration(life.typical) for life in lives))
    return made
