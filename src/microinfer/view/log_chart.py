"""A board's profiler log beside what each kernel library would take, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from ..timing.log_comparison import LogComparison, short_name
from .charts import Bar, Panel, draw_panels

__all__ = ["draw_log"]

DRAWN = 14


def draw_log(comparison: LogComparison) -> str:
    """Bars of the operators that took longest: the log beside each library."""
    scale = 1e3 / comparison.clock_hz
    panels = []
    for row in sorted(comparison.rows, key=lambda row: -row.cycles)[:DRAWN]:
        took = row.cycles * scale
        bars = [Bar("log", took, took, took, f"{took:.3g} ms", "log")]
        for name, span in row.predicted.items():
            ms = span.scaled(scale)
            bars.append(Bar(short_name(name), ms.typical, ms.low, ms.high, f"{ms.typical:.3g} ms", name))
        panels.append(Panel(f"{row.operator} {_places(row.positions)}", tuple(bars)))
    return draw_panels(panels, f"{comparison.model} on {comparison.profile}: log and predictions")


def _places(positions: Sequence[int]) -> str:
    return str(positions[0]) if len(positions) == 1 else f"({len(positions)} together)"
