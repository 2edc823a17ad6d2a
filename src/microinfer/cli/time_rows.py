"""What a run says of time and energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .console import interval, quantity

if TYPE_CHECKING:
    from rich.table import Table

    from ..reports.run_report import RunReport

__all__ = ["time_rows"]


def time_rows(report: RunReport, facts: Table) -> None:
    """Rows of a run's table: of any inference, of this one where it differs, of the first one."""
    time, energy, seen, told = report.time, report.energy, report.time_with_input, ""
    if seen is not None and seen.ms is not None:
        middle, low, high = ((ms or 0.0) / 1e3 for ms in (seen.ms, seen.ms_low, seen.ms_high))
        what = "the first inference with this input" if report.with_input_is_first else "with this input"
        told = f"{what}: {interval(middle, low, high, 's')}, {seen.cycles:,} cycles"
    note = f", {time.doubt}" if time.doubt else ""
    note += ": wait states of this board's memory are not counted yet" if time.ideal_memory else ""
    if time.ms is None or time.ms_low is None or time.ms_high is None:
        facts.add_row("Time", f"hangs on the data; {told}" if told else "not known, see the warning")
        return
    clock = f"{report.profile.clock_hz / 1e6:g} MHz"
    facts.add_row(
        "Time",
        f"{interval(time.ms / 1e3, time.ms_low / 1e3, time.ms_high / 1e3, 's')}, "
        f"{time.cycles:,} cycles at {clock}{note}",
    )
    if time.invocation_cycles:
        facts.add_row(
            "", f"{time.invocation_cycles:,} of these cycles are Invoke's own, beside the operators'"
        )
    if seen is not None and seen.cycles != time.cycles:
        facts.add_row("", told)
    first = report.time_first
    if first is not None and first.ms is not None and first.ms_low is not None and first.ms_high is not None:
        ends = interval(first.ms / 1e3, first.ms_low / 1e3, first.ms_high / 1e3, "s")
        facts.add_row("", f"the first inference, with what runs once: {ends}, {first.cycles:,} cycles")
    if energy is not None:
        joules = (energy.microjoules * 1e-6, energy.microjoules_low * 1e-6, energy.microjoules_high * 1e-6)
        note = ", provisional" if energy.provisional else ""
        facts.add_row(
            "Energy",
            f"{interval(*joules, 'J')} at {energy.supply_v:g} V and {quantity(energy.active_a, 'A')}{note}",
        )
