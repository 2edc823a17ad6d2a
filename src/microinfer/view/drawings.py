"""The drawing that a notebook shows below a result's table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, TypeAlias

from ..checks.check_report import CheckReport
from ..comparison.several import ModelsComparison
from ..comparison.side_by_side import Comparison
from ..difference import Difference
from ..difference.model_change import ModelChange
from ..errors import InputError
from ..exports.formats import ExportReport
from ..injection.report import FaultReport
from ..learning.learning_report import LearningReport
from ..learning.training_memory import TrainingMemory
from ..reports.battery_report import BatteryReport
from ..reports.plan_report import PlanReport
from ..reports.run_report import RunReport
from ..reports.shared_plan import SharedPlan
from ..searches.search_report import SearchReport
from ..sweeps.summary import SweepReport
from ..timing.log_comparison import LogComparison
from ..validation.results import Validation
from ..words.result import Result
from .arena_picture import draw_svg
from .battery_chart import draw_battery
from .charts import Bar, Panel, draw_panels
from .comparison_chart import draw_comparison, draw_models
from .fault_chart import draw_faults
from .html.report_page import Page
from .html.several_models import SeveralModels
from .log_chart import draw_log

__all__ = ["drawing"]

MOST = 24
"""Bars of a panel; of more operators the dearest are drawn, in their order."""
DB, CYCLES = "dB", "cycles"
Drawer: TypeAlias = Callable[[Any], str]


def drawing(result: Result) -> str:
    """HTML of the drawing, "" where there is nothing to draw."""
    drawer = DRAWERS.get(type(result))
    if drawer is None:
        return ""
    try:
        return drawer(result)
    except InputError:
        return ""


def _roomy(svg: str) -> str:
    """A picture that is no wider than what it stands in, nor than it is drawn."""
    return f'<div style="max-width:760px">{svg}</div>' if svg else ""


def _sliding(svg: str) -> str:
    """A picture with letters that have to be read: what does not fit is reached by sliding."""
    return f'<div style="max-width:100%;overflow-x:auto">{svg}</div>' if svg else ""


def _bar(label: str, value: float, unit: str, group: str = "") -> Bar:
    words = f"{value:,.1f} {unit}" if isinstance(value, float) else f"{value:,} {unit}"
    return Bar(label, value, value, value, words.strip(), group)


def _dearest(items: Sequence[Any], cost: Callable[[Any], float]) -> list[Any]:
    chosen = sorted(range(len(items)), key=lambda place: (-cost(items[place]), place))[:MOST]
    return [items[place] for place in sorted(chosen)]


def _plan(result: PlanReport) -> str:
    title = f"{result.model.name} on {result.part.name}"
    return _sliding(draw_svg(result.plan, result.operators, title)) if result.plan.head_bytes else ""


def _run(result: RunReport) -> str:
    known = [one for one in result.operators if one.cycles is not None]
    bars = []
    for one in _dearest(known, lambda one: float(one.cycles)):
        label = f"{one.index} {one.operator}"
        low, high = one.cycles_low or one.cycles, one.cycles_high or one.cycles
        bars.append(Bar(label, one.cycles, low, high, f"{one.cycles:,} cycles", one.operator))
    memory = result.memory
    arena = [
        _bar("head", memory.head_bytes, "bytes", "head"),
        _bar("tail", memory.tail_bytes, "bytes", "tail"),
    ]
    panels = [Panel("cycles by operator", tuple(bars)), Panel("arena", tuple(arena))]
    return _roomy(draw_panels(panels, f"{result.model.name} on {result.profile.name}"))


def _validation(result: Validation) -> str:
    own, gathered = [], []
    for layer in result.layers:
        label = f"{layer.index} {layer.operator}"
        if layer.own_sqnr_db is not None and layer.own_sqnr_db > 0:
            own.append(_bar(label, layer.own_sqnr_db, DB, "lost here" if layer.stands_out else ""))
        if layer.sqnr_db is not None and layer.sqnr_db > 0:
            gathered.append(_bar(label, layer.sqnr_db, DB))
    tried = []
    for row in () if result.advice is None else result.advice.attempts:
        if row.output_sqnr_db is not None and row.output_sqnr_db > 0:
            best = result.advice is not None and row.name == result.advice.best
            tried.append(_bar(row.name, row.output_sqnr_db, DB, "best" if best else ""))
    panels = [
        Panel("signal to noise of each layer's own", tuple(own)),
        Panel("signal to noise so far", tuple(gathered)),
        Panel("signal to noise at the output, as tried", tuple(tried)),
    ]
    return _roomy(draw_panels(panels, f"{result.model}: where precision is lost"))


def _change(result: ModelChange) -> str:
    bars = []
    changed = [one for one in result.changed if None not in (one.cycles_before, one.cycles_after)]
    for one in _dearest(changed, lambda one: float(max(one.cycles_before, one.cycles_after))):
        place = one.before if one.after is None else one.after
        bars.append(_bar(f"{place} {one.operator}, before", one.cycles_before, CYCLES, "before"))
        bars.append(_bar("after", one.cycles_after, CYCLES, "after"))
    panels = [Panel("cycles of what changed", tuple(bars))]
    for figure in result.figures:
        if figure.before is not None and figure.after is not None and figure.unit == "bytes":
            pair = (("before", figure.before), ("after", figure.after))
            panels.append(
                Panel(
                    figure.name, tuple(_bar(name, round(span.typical), "bytes", name) for name, span in pair)
                )
            )
    return _roomy(draw_panels(panels, f"{result.before} -> {result.after}"))


def _check(result: CheckReport) -> str:
    bars = []
    for each in result.measures:
        figures = [each.value if figure is None else figure for figure in (each.value, each.low, each.high)]
        if not each.limit or None in figures:
            continue
        share, low, high = (100.0 * float(figure or 0) / each.limit for figure in figures)
        whose = "budget" if each.budget else "part"
        words = f"{share:.1f} % of the {whose}'s" + (", provisional" * ("provisional" in each.counted))
        bars.append(Bar(each.name, share, low, high, words, each.outcome))
    return _roomy(
        draw_panels([Panel("", tuple(bars))], f"{result.model} on {result.profile}: {result.verdict}")
    )


def _difference(result: Difference) -> str:
    bars = [
        _bar(each.title, 100.0 * each.output_share, "% of the outputs", each.runtime)
        for each in result.runtimes
        if not each.refused
    ]
    return _roomy(draw_panels([Panel("", tuple(bars))], f"{result.model}: outputs that differ from TFLM's"))


def _shared(result: SharedPlan) -> str:
    bars = [_bar(one.name, one.alone_bytes, "bytes", "alone") for one in result.models]
    bars.append(_bar("all in one arena", result.arena.min_arena_bytes, "bytes", "shared"))
    return _roomy(draw_panels([Panel("smallest arena", tuple(bars))], f"{len(result.models)} models"))


def _sweep(result: SweepReport) -> str:
    timed, held = [], []
    for one in result.best[:MOST]:
        row = one.row
        label = f"{one.model}, {row.part}"
        if row.latency_s is not None:
            low, high = row.latency_low_s or row.latency_s, row.latency_high_s or row.latency_s
            ms, ends = 1e3 * row.latency_s, (1e3 * low, 1e3 * high)
            timed.append(Bar(label, ms, *ends, f"{ms:.3g} ms", one.answer))
        if row.arena_bytes is not None:
            held.append(_bar(label, row.arena_bytes, "bytes", one.answer))
    panels = [Panel("one inference, milliseconds", tuple(timed)), Panel("arena", tuple(held))]
    return _roomy(draw_panels(panels, f"the best by {result.by}"))


def _search(result: SearchReport) -> str:
    """The front: how good each is, and what it takes of time and bytes."""
    shown = result.front[:MOST]
    good = [
        Bar(one.title, one.score, one.score, one.score, f"{one.score:.4g}")
        for one in shown
        if one.score is not None and one.score > 0
    ]
    timed = [_bar(one.title, 1e3 * one.latency_s, "ms") for one in shown if one.latency_s is not None]
    held = [_bar(one.title, one.arena_bytes, "bytes") for one in shown if one.arena_bytes is not None]
    panels = [
        Panel(result.score, tuple(good)),
        Panel("one inference, milliseconds", tuple(timed)),
        Panel("arena", tuple(held)),
    ]
    return _roomy(draw_panels(panels, "of these no other is better in everything"))


def _learning(result: LearningReport) -> str:
    """How much is told rightly, of the stream and of what was known, and what a sample takes."""
    told = [("stream, frozen", result.stream.frozen), ("stream, learning", result.stream.learning)]
    if result.kept is not None:
        told += [("known before", result.kept.before), ("known, then", result.kept.after)]
    spans = [("network", result.network), ("predict", result.predict), ("learn", result.learn)]
    takes = [
        Bar(name, span.typical, span.low, span.high, f"{span.typical:,.0f} {CYCLES}")
        for name, span in spans
        if span is not None
    ]
    panels = [
        Panel("told rightly", tuple(_bar(name, 100.0 * share, "%") for name, share in told)),
        Panel("a sample, cycles", tuple(takes)),
    ]
    return _roomy(draw_panels(panels, f"{result.model} learning on {result.profile}"))


def _training(result: TrainingMemory) -> str:
    """What each way of training keeps in RAM, from the least to the most."""
    bars = []
    for way in result.ways:
        low, high = way.weights_bytes + way.kept_low, way.weights_bytes + way.kept_high
        words = f"{low:,} bytes" if low == high else f"{low:,} to {high:,} bytes"
        bars.append(Bar(way.name, (low + high) / 2, low, high, words))
    return _roomy(draw_panels([Panel("weights and activations", tuple(bars))], f"training {result.model}"))


def _export(result: ExportReport) -> str:
    bars = [
        _bar(name.removesuffix("_bytes").replace("_", " "), value, "bytes")
        for name, value in result.content.items()
        if name.endswith("_bytes") and isinstance(value, int) and value > 0
    ]
    return _roomy(draw_panels([Panel("", tuple(bars))], f"{result.form} for {result.profile}"))


def _page(result: Page | SeveralModels) -> str:
    """The page itself, in a frame that runs its script and reaches nothing outside."""
    return (
        f'<iframe srcdoc="{escape(result.html)}" sandbox="allow-scripts" loading="lazy" '
        'style="width:100%;height:640px;border:1px solid #ccc"></iframe>'
    )


DRAWERS: dict[type[Result], Drawer] = {
    BatteryReport: lambda result: _roomy(draw_battery(result)),
    CheckReport: _check,
    Comparison: lambda result: _roomy(draw_comparison(result)),
    Difference: _difference,
    ExportReport: _export,
    FaultReport: lambda result: _roomy(draw_faults(result)),
    LearningReport: _learning,
    LogComparison: lambda result: _roomy(draw_log(result)),
    ModelChange: _change,
    ModelsComparison: lambda result: _roomy(draw_models(result)),
    Page: _page,
    PlanReport: _plan,
    RunReport: _run,
    SearchReport: _search,
    SeveralModels: _page,
    SharedPlan: _shared,
    SweepReport: _sweep,
    TrainingMemory: _training,
    Validation: _validation,
}
"""Every kind of result, and who draws it."""
