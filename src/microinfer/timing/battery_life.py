"""How long a cell lasts: charge, sleep current, duty cycle and self-discharge.

Between inferences a board sleeps. Its current is what a cell gives as long as the cell's voltage is
above the board's supply: a linear regulator passes current on. A cell below it needs a boost converter,
which passes on power, of which `BOOST_EFFICIENCY` arrives. A cell loses a fixed share of what it
still holds every year: dQ/dt = -I - kQ, so it lasts ln(1 + k C / I) / k.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from math import exp, log, log1p
from typing import Any

from ..errors import InputError, ProfileError
from ..parts.profile import Current, Profile
from ..words.data_folder import data_file
from ..words.dataclass import dataclass, replace
from ..words.quantities import parse_amount
from .energy import Span
from .peripherals import Peripheral, expect_time, fastest_rate

__all__ = [
    "BatteryLife",
    "Cell",
    "average_draw",
    "battery_life",
    "cell_life_hours",
    "cell_names",
    "load_cell",
    "rate_for_life",
    "rate_for_power",
]

BOOST_EFFICIENCY = 0.85
HOURS_A_YEAR = 8766.0
_OPTIONAL = ("steady_a", "pulse_a", "shelf_years")
_SERIES = re.compile(r"([2-9]) ?x ?(.+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """A battery: capacity in ampere-hours, nominal voltage, share of its charge lost a year.

    `steady_a` and `pulse_a` are the currents beyond which it gives less than its charge, or its voltage
    breaks down, `shelf_years` the age beyond which nobody answers for it, however little is drawn: it leaks
    or dries out; None where nobody says.
    """

    name: str
    title: str
    volts: float
    capacity_ah: Span
    self_discharge_per_year: float
    steady_a: float | None = None
    pulse_a: float | None = None
    shelf_years: float | None = None

    def keeps(self, hours: float) -> bool:
        """Whether it is answered for so long."""
        return self.shelf_years is None or hours <= self.shelf_years * HOURS_A_YEAR


@dataclass(frozen=True, slots=True)
class BatteryLife:
    """What a cell feeds: hours it lasts, current drawn from it on average, power of the board on average.

    `duty` is the share of time in which the core is busy; `fastest` the most inferences a second.
    """

    hours: Span
    average_a: Span
    average_w: Span
    duty: float
    fastest: float
    boosted: bool
    provisional: bool

    @property
    def years(self) -> Span:
        return self.hours.scaled(1 / HOURS_A_YEAR)


def cell_names() -> tuple[str, ...]:
    """The cells that are known, in alphabetical order."""
    return tuple(sorted(path.stem for path in data_file("cells").glob("*.toml")))


def load_cell(name: str) -> Cell:
    """A cell by its name, upper or lower case, or by its capacity and voltage: "2000mAh@3.0V".

    Several in series are written "2xAA": the same charge at twice the voltage.

    Raises:
        InputError: no such cell.
        ProfileError: its file is damaged.
    """
    plain = " ".join(name.lower().split())
    if series := _SERIES.fullmatch(plain):
        one = load_cell(series[2])
        return replace(one, name=plain, title=f"{series[1]} x {one.title}", volts=int(series[1]) * one.volts)
    if "mah" in plain:
        return _own_cell(name, plain.replace(" ", ""))
    plain = plain.replace(" ", "-")
    alike = [known for known in cell_names() if plain in known.split("-")]
    plain = alike[0] if len(alike) == 1 else plain
    if plain not in cell_names():
        raise InputError(
            f"no cell {name!r}; there are {', '.join(cell_names())}, two in series are 2xAA, and one of your "
            "own is written as 2000mAh@3.0V"
        )
    path = data_file("cells") / f"{plain}.toml"
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        capacity = table["capacity_mah"]
        span = Span(float(capacity["typical"]), float(capacity["low"]), float(capacity["high"]))
        lost = float(table["self_discharge_per_year"])
        limits = [None if key not in table else float(table[key]) for key in _OPTIONAL]
        return Cell(plain, str(table["title"]), float(table["volts"]), span.scaled(1e-3), lost, *limits)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProfileError(f"{path}: {type(error).__name__} {error}") from error


def _own_cell(name: str, plain: str) -> Cell:
    capacity, _, volts = plain.partition("@")
    try:
        charge = parse_amount(capacity, "Ah", "2000mAh")
        voltage = parse_amount(f"{volts.removesuffix('v') or 3.0}V", "V", "3.0V")
    except InputError:
        charge, voltage = 0.0, 0.0
    if not 0 < charge < 1e6 or not 0 < voltage < 1e3:
        raise InputError(f"cell {name!r}: expected a capacity and a voltage, such as 2000mAh@3.0V")
    return Cell(name, f"{charge * 1e3:g} mAh at {voltage:g} V", voltage, Span(charge, charge, charge), 0.0)


def cell_life_hours(capacity_ah: float, current_a: float, self_discharge_per_year: float = 0.0) -> float:
    """Hours until a cell is empty: C / I, less what it loses by itself.

    >>> round(cell_life_hours(2.0, 0.1764), 1)
    11.3
    """
    if current_a <= 0:
        current_a = 1e-12
    if not self_discharge_per_year:
        return capacity_ah / current_a
    lost = -log(max(1e-9, 1 - self_discharge_per_year)) / HOURS_A_YEAR
    return log1p(lost * capacity_ah / current_a) / lost


def battery_life(
    profile: Profile,
    seconds: Span,
    cell: Cell,
    rate: float,
    sleep: Current | None = None,
    peripherals: Sequence[Peripheral] = (),
) -> BatteryLife:
    """How long a cell lasts at a rate of inferences.

    Args:
        seconds: of one inference.
        rate: inferences a second.
        sleep: the board's current between inferences; default the profile's own.
        peripherals: radios and sensors that draw beside the board.

    Raises:
        InputError: the board's currents are not known, or it cannot run, or a radio send, that often.
    """
    active, rest = _currents(profile, sleep)
    fastest = 1 / seconds.typical
    if rate > fastest:
        raise InputError(
            f"{profile.name} takes {seconds.typical * 1e3:.3g} ms for an inference, at most {fastest:.3g} a "
            f"second; asked for {rate:.3g}"
        )
    expect_time(peripherals, rate)
    volts = profile.supply_v or cell.volts
    beside = sum(one.average(volts, rate) for one in peripherals)
    alone = average_draw(active, rest, seconds, rate)
    average = Span(alone.typical + beside, alone.low + beside, alone.high + beside)
    boosted = cell.volts < volts
    drawn = average.scaled(volts / (cell.volts * BOOST_EFFICIENCY)) if boosted else average
    lost, capacity = cell.self_discharge_per_year, cell.capacity_ah
    hours = Span(
        cell_life_hours(capacity.typical, drawn.typical, lost),
        cell_life_hours(capacity.low, drawn.high, lost),
        cell_life_hours(capacity.high, drawn.low, lost),
    )
    assumed = any(key.split(".")[0] == "power" for key in profile.provisional)
    return BatteryLife(
        hours=hours,
        average_a=drawn,
        average_w=average.scaled(volts),
        duty=rate * seconds.typical,
        fastest=fastest_rate(seconds.typical, peripherals),
        boosted=boosted,
        provisional=assumed,
    )


def _currents(profile: Profile, sleep: Current | None) -> tuple[Current, Current]:
    rest = sleep or profile.sleep
    missing = [what for what, known in (("active_a", profile.active), ("sleep_a", rest)) if known is None]
    if profile.active is None or rest is None:
        raise InputError(
            f"profile {profile.name}: its current is not known; give power.{' and power.'.join(missing)} in "
            "a profile of your own that extends it"
        )
    return profile.active, rest


def average_draw(active: Current | Span, rest: Current | Span, seconds: Span, rate: float) -> Span:
    """What is drawn on average at a rate of inferences a second, in the unit of `active` and `rest`."""

    def mean(busy: float, idle: float, each: float) -> float:
        duty = min(1.0, rate * each)
        return busy * duty + idle * (1 - duty)

    return Span(
        mean(active.typical, rest.typical, seconds.typical),
        mean(active.low, rest.low, seconds.low),
        mean(active.high, rest.high, seconds.high),
    )


def rate_for_life(
    profile: Profile,
    seconds: Span,
    cell: Cell,
    hours: float,
    *,
    surely: bool = False,
    peripherals: Sequence[Peripheral] = (),
) -> float | None:
    """The most inferences a second with which a cell's charge lasts so long; None if none would do.

    Typically so, or `surely`: with the low end of the charge and the high ends of currents and time.
    """
    active, rest = _currents(profile, None)
    lost = cell.self_discharge_per_year
    k = -log(max(1e-9, 1 - lost)) / HOURS_A_YEAR if lost else 0.0
    capacity = cell.capacity_ah.low if surely else cell.capacity_ah.typical
    drawn = capacity * k / (exp(k * hours) - 1) if k else capacity / hours
    volts = profile.supply_v or cell.volts
    budget = drawn * cell.volts * BOOST_EFFICIENCY / volts if cell.volts < volts else drawn
    if surely:
        return _rate(active.high, rest.high, seconds.high, budget, volts, peripherals)
    return _rate(active.typical, rest.typical, seconds.typical, budget, volts, peripherals)


def rate_for_power(
    profile: Profile, seconds: Span, watts: float, peripherals: Sequence[Peripheral] = ()
) -> float | None:
    """The most inferences a second at which board and peripherals stay under so many watts; None if they
    cannot."""
    active, rest = _currents(profile, None)
    volts = profile.supply_v or 3.0
    return _rate(active.typical, rest.typical, seconds.typical, watts / volts, volts, peripherals)


def _rate(
    active_a: float,
    rest_a: float,
    seconds: float,
    budget_a: float,
    volts: float,
    peripherals: Sequence[Peripheral],
) -> float | None:
    left = budget_a - rest_a - sum(one.steady(volts) for one in peripherals)
    if left <= 0:
        return None
    each = (active_a - rest_a) * seconds + sum(one.charge(volts) for one in peripherals)
    return min(fastest_rate(seconds, peripherals), left / max(each, 1e-12 * seconds))
