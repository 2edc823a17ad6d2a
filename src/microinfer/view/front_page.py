"""The picture of a search as a page that stands alone: a dot under the mouse says what it is."""

from __future__ import annotations

from ..searches import SearchReport
from ..searches.search_report import say_latency
from ..words.printing import counted
from .front_chart import draw_front, told
from .svg import shown

__all__ = ["render_front"]

STYLE = """
body { font: 14px/1.45 Helvetica, Arial, sans-serif; margin: 1.5rem auto; max-width: 70rem; color: #222 }
svg { width: 100%; height: auto }
table { border-collapse: collapse } td, th { padding: .2rem .7rem; text-align: right }
td:first-child, th:first-child { text-align: left } tr:nth-child(even) td { background: #f4f6f7 }
#told { min-height: 2.9em; color: #444 } .dot { cursor: pointer }
.dot.here { fill: #c8553d; fill-opacity: 1; stroke: #222 } tr.here td { background: #fbe3dc }
@media (prefers-color-scheme: dark) { body { background: #fff } }
"""
SCRIPT = """
const said = document.getElementById('told'), first = said.textContent;
const all = number => document.querySelectorAll(`[data-trial='${number}']`);
for (const one of document.querySelectorAll('[data-trial]')) {
  const show = on => {
    all(one.dataset.trial).forEach(each => each.classList.toggle('here', on));
    const title = document.querySelector(`.dot[data-trial='${one.dataset.trial}'] title`);
    said.textContent = on && title ? title.textContent : first;
  };
  one.addEventListener('mouseenter', () => show(true));
  one.addEventListener('mouseleave', () => show(false));
}
"""
HEAD = ("configuration", "score", "one inference", "arena", "flash", "energy", "power")


def render_front(report: SearchReport) -> str:
    """One HTML document.

    Raises:
        InputError: nothing has a score.
    """
    first = "" if report.best is None else f"The best: {told(report.best)}"
    rows = []
    for one in report.front:
        joules = "" if one.energy_j is None else f"{one.energy_j * 1e6:,.4g} µJ"
        watts = "" if one.power_w is None else f"{one.power_w * 1e3:,.4g} mW"
        sizes = ["unknown" if size is None else f"{size:,}" for size in (one.arena_bytes, one.flash_bytes)]
        cells = [one.title, f"{one.score:.5g}", say_latency(one), *sizes, joules, watts]
        inside = "".join(f"<td>{shown(cell)}</td>" for cell in cells)
        rows.append(f"<tr data-trial='{one.number}'>{inside}</tr>")
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    said = f"{counted(report.proposed, 'configuration')} measured, {report.scored:,} scored by {report.score}"
    title = shown(f"{report.score} on {'; '.join(report.parts)}")
    return "\n".join(
        [
            "<!doctype html>",
            f"<html lang='en'><head><meta charset='utf-8'><title>{title}</title>",
            f"<style>{STYLE}</style></head><body>",
            f"<h1>{title}</h1><p>{shown(said)}; seed {report.seed}, {report.method}.</p>",
            draw_front(report),
            f"<p id='told'>{shown(first)}</p>",
            f"<table><tr>{head}</tr>{''.join(rows)}</table>",
            f"<script>{SCRIPT}</script></body></html>",
            "",
        ]
    )
