"""The page: its data from an interpreter that has run, and the template around them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...deploy.unrun import Unrun
from ...errors import InputError
from ...parts.profile import Profile, load_profile, profile_names
from ...reports.run_figures import make_report
from ...words.version import __version__
from .figures import COLOURS, colours_by_kind, printable
from .flash_and_findings import findings_section, flash_bars
from .graph_rows import HEIGHT, LEFT, draw_graph
from .memory_map import MOST, map_memory
from .other_parts import parts_section
from .sections import figure_cards, kind_rows, operator_rows, output_row, rate_rows
from .used_ranges import BINS, observe_ranges

if TYPE_CHECKING:
    from ...run.interpreter import Interpreter

__all__ = ["render", "render_several"]


def render(
    interpreter: Interpreter | Unrun,
    *,
    input_source: str | None = None,
    untrained: bool = False,
    others: Iterable[Profile] | None = None,
    whole: bool = True,
    place: int = 0,
) -> str:
    """The report as one HTML document.

    Args:
        interpreter: invoked with `record=True`, or a model that cannot run here, or does not end.
        input_source: where the inputs came from, in words.
        untrained: the weights are random.
        others: parts to set beside this one, each taken when it is its turn; default all stock profiles.
        whole: else what stands in the body alone, for a page that has the style and the script already.
        place: among several models on one page, from 1 on; its body alone.

    Raises:
        InputError: the interpreter has not run, or was not told to record.
    """
    ran, deployment = interpreter.recorded_inputs, interpreter.deployment
    if ran is None and not isinstance(interpreter, Unrun):
        raise InputError("the page shows a run: call invoke(record=True) first")
    report = make_report(interpreter, input_source=input_source, untrained=untrained)
    cycles = [operator.cycles for operator in report.operators]
    colours = colours_by_kind((operator.operator, operator.cycles or 0) for operator in report.operators)
    beside = map(load_profile, profile_names()) if others is None else others
    memory = map_memory(deployment.plan, interpreter.steps, cycles, colours, report.memory.arena_bytes)
    ranges, more_ranges = (
        ((), 0) if isinstance(interpreter, Unrun) or ran is None else observe_ranges(interpreter, ran, MOST)
    )
    script, style = _asset("page.js"), _asset("page.css")
    context = {
        "version": __version__,
        "whole": whole and not place,
        "nth": f"-{place}" if place else "",
        "report": report,
        "name": printable(report.model.name) or "model",
        "script": script,
        "style": style,
        "policy": _policy(script),
        "cards": figure_cards(report),
        "operators": operator_rows(report, colours),
        "more": max(0, len(report.operators) - MOST),
        "kinds": kind_rows(report, colours),
        "map": memory,
        "map_data": json.dumps({"even": memory.edges_even, "time": memory.edges_time}),
        "graph": draw_graph(deployment.model.subgraphs[0], deployment.first_steps[:MOST], colours),
        "row_height": HEIGHT,
        "lane_left": LEFT,
        "ranges": ranges,
        "more_ranges": more_ranges,
        "bins": BINS,
        "comparison": parts_section(deployment, beside),
        "flash": flash_bars(deployment),
        "findings": findings_section(deployment) if whole else None,
        "rates": rate_rows(report, deployment.profile),
        "outputs": [output_row(tensor) for tensor in report.outputs],
        "inputs": report.inputs,
        "sources": [(printable(key), printable(text)) for key, text in deployment.profile.sources.items()],
        "clock": f"{report.profile.clock_hz / 1e6:g} MHz",
        "colours": COLOURS,
    }
    text: str = _template("page.html.j2").render(context)
    return text


def render_several(title: str, library: str, rows: Sequence[Mapping[str, str]], bodies: Sequence[str]) -> str:
    """Several reports as one HTML document, a table with a row each before them.

    Args:
        rows: of each its name, verdict, arena, flash, time and energy, in words.
        bodies: what `render` made of each with its `place`.
    """
    script = _asset("page.js")
    text: str = _template("pages.html.j2").render(
        version=__version__,
        title=title,
        library=library,
        rows=rows,
        bodies=bodies,
        script=script,
        style=_asset("page.css"),
        policy=_policy(script),
    )
    return text


def _policy(script: str) -> str:
    """Nothing may be fetched, and no script may run but the page's own."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"


def _visible(value: Any) -> Any:
    """Text of the model without control characters; the page's own script and style as they are."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text("utf-8")


@cache
def _template(name: str) -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("microinfer.view.html"),
        autoescape=True,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    ).get_template(name)
