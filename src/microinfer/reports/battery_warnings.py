"""What is to be known of a battery's life: whose currents are missing, what a cell cannot give, or keep."""

from __future__ import annotations

from collections.abc import Sequence

from ..parts.profile import Current, Profile
from ..timing.battery_life import HOURS_A_YEAR, BatteryLife, Cell
from ..timing.peripherals import Peripheral
from ..words.printing import duration, quantity

__all__ = ["warnings_of"]


def warnings_of(
    part: Profile,
    active: Current,
    lives: Sequence[tuple[Cell, BatteryLife]],
    peripherals: Sequence[Peripheral],
) -> tuple[str, ...]:
    """Currents that leave out a board, and cells that are asked for more than they can give, or keep."""
    made = [alone] if (alone := _alone(part)) else []
    doing = "awake" if not peripherals else "of processor, radio and sensor at once"
    for cell, life in lives:
        volts = part.supply_v or 0.0
        at_once = active.typical + sum(one.current(volts) for one in peripherals)
        pulse = at_once * life.average_a.typical * volts / life.average_w.typical
        if cell.steady_a is not None and life.average_a.typical > cell.steady_a:
            most = quantity(cell.steady_a, "A")
            made.append(f"{cell.title}: cannot give more than {most} for long; it lasts less than said")
        made += _beyond_its_age(cell, life)
        if cell.pulse_a is not None and pulse > cell.pulse_a:
            most = quantity(cell.pulse_a, "A")
            made.append(
                f"{cell.title}: {quantity(pulse, 'A')} {doing} is more than the {most} that it gives in "
                "pulses; a capacitor beside it carries the rest"
            )
    return tuple(made)


def _beyond_its_age(cell: Cell, life: BatteryLife) -> list[str]:
    """Of a cell whose charge lasts longer than the cell, or whose rates for a year no such cell meets."""
    if cell.shelf_years is None or cell.keeps(max(life.hours.typical, HOURS_A_YEAR)):
        return []
    kept = cell.keeps(life.hours.typical)
    lasts = "a year is" if kept else f"{duration(life.hours.typical)} are"
    oldest = duration(cell.shelf_years * HOURS_A_YEAR)
    return [
        f"{cell.title}: {lasts} its charge's alone; beyond {oldest} nobody answers for it: it leaks or dries "
        "out"
    ]


def _alone(part: Profile) -> str:
    """What is not in the currents of a board whose processor alone was measured; "" where all is."""
    given = not {"power.active_a.typical", "power.sleep_a.typical"} & {*part.sources}
    if part.kind != "board" or part.current_of != "processor" or given:
        return ""
    return (
        f"{part.name}: the currents are the processor's alone; regulator, lights and USB of the board "
        "take more, asleep above all: measure yours and give --active and --sleep"
    )
