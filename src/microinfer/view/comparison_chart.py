"""Parts and kernel libraries side by side, as bars."""

from __future__ import annotations

from ..comparison.several import ModelsComparison
from ..comparison.side_by_side import Comparison, ComparisonRow
from ..libraries.library import kernel_library
from ..timing.energy import Span
from .charts import Bar, Panel, draw_panels

__all__ = ["draw_comparison", "draw_models"]


def draw_comparison(comparison: Comparison) -> str:
    """A bar a row: milliseconds, and below them microjoules. An asterisk stands for provisional.

    Raises:
        InputError: no row has a time.
    """
    ms = [_bar(row, row.ms, "ms", row.provisional) for row in comparison.rows if row.ms is not None]
    uj = [
        _bar(row, row.microjoules, "µJ", row.provisional_energy)
        for row in comparison.rows
        if row.microjoules is not None
    ]
    panels = [Panel("milliseconds", tuple(ms)), Panel("microjoules", tuple(uj))]
    note = " (* provisional)" if any("*" in bar.text for bar in (*ms, *uj)) else ""
    return draw_panels(panels, f"{comparison.model}: one inference{note}")


def draw_models(comparison: ModelsComparison) -> str:
    """A panel a model, with a bar in milliseconds for each part and library.

    Raises:
        InputError: no row has a time.
    """
    panels = [
        Panel(
            f"{model.name}, milliseconds",
            tuple(_bar(row, row.ms, "ms", row.provisional) for row in model.rows if row.ms is not None),
        )
        for model in comparison.models
    ]
    note = " (* provisional)" if any("*" in bar.text for panel in panels for bar in panel.bars) else ""
    return draw_panels(panels, f"{len(comparison.models)} models: one inference{note}")


_DOUBTS = {"yes": "", "perhaps": ", perhaps fits", "cannot-tell": ", may not fit", "no": ", does not fit"}


def _bar(row: ComparisonRow, span: Span, unit: str, provisional: bool) -> Bar:
    figure = f"{span.typical:,.0f}" if span.typical >= 100 else f"{span.typical:.3g}"
    text = f"{figure} {unit}{'*' if provisional else ''}{_DOUBTS[row.verdict]}"
    label = f"{row.profile}, {kernel_library(row.library).short}"
    return Bar(label, span.typical, span.low, span.high, text, row.library)
