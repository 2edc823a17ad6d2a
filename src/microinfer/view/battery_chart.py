"""How long cells last at every rate, drawn."""

from __future__ import annotations

from ..libraries.build import build_words
from ..reports.battery_report import BatteryReport
from ..words.printing import quantity
from .charts import Bar, Line, Panel, draw_lines, draw_panels
from .svg import stacked

__all__ = ["DECADES", "MOMENTS", "draw_battery", "rate_text"]

MOMENTS = ((1 / 86400, "1/day"), (1 / 3600, "1/h"), (1 / 60, "1/min"), (1.0, "1/s"))
DECADES = tuple((10.0**n, f"{10**n}/s") for n in range(1, 7))
SPANS = (
    *((1.0, "1 h"), (24.0, "1 day"), (168.0, "1 week"), (730.5, "1 month")),
    *((8766.0, "1 year"), (87660.0, "10 years"), (876600.0, "100 years")),
)


def rate_text(rate: float) -> str:
    """In the unit that makes it at least one: "6.00 a minute"."""
    for seconds, name in ((1, "a second"), (60, "a minute"), (3600, "an hour"), (86400, "a day")):
        if rate * seconds >= 0.9995 or name == "a day":
            return f"{float(f'{rate * seconds:.3g}'):,g} {name}"
    raise AssertionError


def draw_battery(report: BatteryReport) -> str:
    """As SVG: life against rate, a line a cell; below it what draws how much of the power, a bar each."""
    fastest = report.fastest
    first, steps = min(1 / 86400, fastest / 1e3), 120
    rates = [first * (fastest / first) ** (i / steps) for i in range(steps)] + [fastest * (1 - 1e-9)]
    lines = []
    for cell in report.cells:
        spans = [(rate, report.life_at(cell, rate).hours) for rate in rates]
        points = tuple((rate, hours.typical, hours.low, hours.high) for rate, hours in spans)
        lines.append(Line(cell.title, points))
    marks = [] if report.min_hours is None else [(report.min_hours, "wanted")]
    title = (
        f"{report.name} on {report.part.name}, {report.library} at {build_words(report.build)}: battery life"
    )
    lives = draw_lines(
        lines,
        title,
        "inferences",
        "lasts",
        marks,
        x_ticks=(*MOMENTS, *DECADES),
        y_ticks=SPANS,
        here=(report.rate, rate_text(report.rate)) if report.lives else None,
    )
    if not report.draws:
        return lives
    bars = [
        Bar(
            draw.title,
            *(draw.average_w.typical, draw.average_w.low, draw.average_w.high),
            f"{quantity(draw.average_w.typical, 'W')}, {100 * draw.share:.3g} %",
            draw.kind,
        )
        for draw in report.draws
    ]
    power = draw_panels([Panel("", tuple(bars))], f"power on average, at {rate_text(report.rate)}")
    return stacked([lives, power], title)
