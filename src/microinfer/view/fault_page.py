"""A campaign of flips as a page that stands alone: its tables and its picture."""

from __future__ import annotations

from ..errors import InputError
from ..injection import FaultReport
from ..words.printing import counted, printable
from .fault_chart import draw_faults
from .fault_figures import FaultTable, head_of, tables_of
from .svg import shown

__all__ = ["render_faults"]

STYLE = """
:root { color-scheme: light dark }
body { font: 14px/1.45 Helvetica, Arial, sans-serif; margin: 1.5rem auto; max-width: 62rem; padding: 0 1rem }
svg { max-width: 100%; height: auto } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem }
.wide { overflow-x: auto } table { border-collapse: collapse }
td, th { padding: .2rem .7rem; text-align: right; font-variant-numeric: tabular-nums }
td.name, th.name { text-align: left } tr:nth-child(even) td { background: #8881 }
.warning { border-left: 3px solid #c8553d; padding-left: .7rem }
"""


def render_faults(report: FaultReport, build: str) -> str:
    """One HTML document, without a script and without anything from elsewhere; `build` is the level of the
    part's program."""
    title = shown(f"{report.model} on {report.profile}: a bit flips")
    tried = f"{counted(report.trials, 'flip')}, seed {report.seed}"
    if not report.complete:
        tried += f", of {report.wanted:,} that were asked for"
    head = [f"<p>{shown(line)}.</p>" for line in (*head_of(report, build), tried)]
    warnings = [f"<p class='warning'>{shown(printable(one))}</p>" for one in report.warnings]
    try:
        picture = draw_faults(report)
    except InputError:
        picture = ""
    return "\n".join(
        [
            "<!doctype html>",
            f"<html lang='en'><head><meta charset='utf-8'><title>{title}</title>",
            "<meta name='viewport' content='width=device-width, initial-scale=1'>",
            f"<style>{STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            *head,
            *warnings,
            *map(_table, tables_of(report)),
            picture,
            "</body></html>",
            "",
        ]
    )


def _table(one: FaultTable) -> str:
    kinds = [" class='name'" if name in one.words else "" for name in one.head]
    columns = zip(kinds, one.head, strict=True)
    head = "".join(f"<th scope='col'{kind}>{shown(name)}</th>" for kind, name in columns)
    rows = (
        "".join(f"<td{kind}>{shown(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        for row in one.rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    notes = "".join(f"<p>{shown(note)}</p>" for note in one.notes)
    return f"<h2>{shown(one.title)}</h2><div class='wide'><table><tr>{head}</tr>{body}</table></div>{notes}"
