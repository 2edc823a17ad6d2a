"""How long a battery lasts when a model runs at a rate and the board sleeps in between."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from math import log
from typing import Any, ClassVar

from ..deploy.deployment import deploy
from ..errors import InputError
from ..model.tables import Model
from ..operators.release import Release
from ..parts.profile import Current, Profile
from ..timing.battery_life import (
    HOURS_A_YEAR,
    BatteryLife,
    Cell,
    battery_life,
    cell_life_hours,
    load_cell,
    rate_for_life,
    rate_for_power,
)
from ..timing.energy import Span
from ..timing.peripherals import Peripheral, expect_time, fastest_rate
from ..words.dataclass import dataclass
from ..words.printing import printable, quantity
from ..words.result import Result, Summary, plain
from .battery_currents import powered
from .battery_draws import PowerDraw, draws_of
from .battery_warnings import warnings_of

__all__ = [
    "MILLIWATT",
    "BatteryReport",
    "UnknownTimeError",
    "choose_cells",
    "make_battery_report",
]

DEFAULT_CELL = "cr2032"
MILLIWATT = 1e-3


@dataclass(frozen=True, slots=True, repr=False)
class BatteryReport(Result):
    """What was found. `rate` in inferences a second, `min_hours` the life that was asked for, if any.

    `lives` is empty where the board cannot run as often as asked. `provisional` names what is not measured.
    """

    schema: ClassVar[str] = "microinfer.battery/1"

    name: str
    part: Profile
    library: str
    release: str
    build: str
    seconds: Span
    rate: float
    cells: tuple[Cell, ...]
    lives: tuple[tuple[Cell, BatteryLife], ...]
    min_hours: float | None
    shortfalls: tuple[str, ...]
    provisional: tuple[str, ...]
    peripherals: tuple[Peripheral, ...] = ()

    @property
    def fastest(self) -> float:
        """The most inferences a second, with their bursts."""
        return fastest_rate(self.seconds.typical, self.peripherals)

    @property
    def draws(self) -> tuple[PowerDraw, ...]:
        """Where the power goes; empty where the board cannot run as often as asked."""
        return draws_of(self.part, self.seconds, self.rate, self.peripherals) if self.lives else ()

    @property
    def active(self) -> Current:
        assert self.part.active is not None
        return self.part.active

    @property
    def sleep(self) -> Current:
        assert self.part.sleep is not None
        return self.part.sleep

    def rate_for_a_year(self, cell: Cell, *, surely: bool = False) -> float | None:
        """The most inferences a second with which a cell lasts a year, None if none would do."""
        return rate_for_life(
            self.part, self.seconds, cell, HOURS_A_YEAR, surely=surely, peripherals=self.peripherals
        )

    def life_at(self, cell: Cell, rate: float) -> BatteryLife:
        """What a cell feeds at another rate of inferences, up to `fastest`."""
        return battery_life(self.part, self.seconds, cell, rate, peripherals=self.peripherals)

    @property
    def bounds(self) -> tuple[float, float]:
        """Watts on average of a board that never runs the model, and of one that runs it all the time."""
        cell = self.cells[0]
        asleep, busiest = (self.life_at(cell, rate).average_w.typical for rate in (0.0, self.fastest))
        return asleep, busiest

    @property
    def way(self) -> float | None:
        """Where between both the board is, in powers of ten: 0 asleep, 1 all the time; None where it cannot
        run as often as asked, or takes as much whatever it does."""
        if not self.lives:
            return None
        asleep, busiest = self.bounds
        if busiest <= asleep:
            return None
        return log(self.lives[0][1].average_w.typical / asleep) / log(busiest / asleep)

    @property
    def good(self) -> bool:
        if self.shortfalls or not self.lives:
            return False
        return not self.short_lived

    @property
    def short_lived(self) -> tuple[Cell, ...]:
        """The cells that surely last as long as asked neither by their charge nor by their age."""
        asked = self.min_hours
        if asked is None:
            return ()
        return tuple(cell for cell, life in self.lives if life.hours.low < asked or not cell.keeps(asked))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Currents that leave out a board, and cells that are asked for more than they can give, or keep."""
        return warnings_of(self.part, self.active, self.lives, self.peripherals)

    def summary(self) -> Summary:
        """A row a cell."""
        rows = [
            (cell.title, f"{life.hours.typical:,.0f} h ({life.hours.low:,.0f}-{life.hours.high:,.0f})")
            for cell, life in self.lives
        ] or [("too slow", f"at most {self.fastest:.3g} inferences a second")]
        rows += [("does not fit", each) for each in self.shortfalls]
        title = f"{self.name} on {self.part.name} with {self.library} kernels, {self.rate:.3g} a second"
        return Summary(title, (*rows, *(("warning", warning) for warning in self.warnings)))

    def to_dict(self) -> dict[str, Any]:
        """The figures of every cell."""
        return {
            "schema": self.schema,
            "model": {"name": self.name},
            "profile": {
                "name": self.part.name,
                "core": self.part.core,
                "library": self.library,
                "release": self.release,
                "build": self.build,
            },
            "rate_per_s": self.rate,
            "inference_ms": plain(self.seconds.scaled(1e3)),
            "max_rate_per_s": self.fastest,
            "fast_enough": bool(self.lives),
            "duty": self.rate * self.seconds.typical if self.lives else None,
            "supply_v": self.part.supply_v,
            "active_a": plain(self.active),
            "sleep_a": plain(self.sleep),
            "average_w": plain(self.lives[0][1].average_w) if self.lives else None,
            "asleep_w": self.bounds[0] if self.lives else None,
            "busiest_w": self.bounds[1] if self.lives else None,
            "way_to_busiest": self.way,
            "draws": [plain(draw) for draw in self.draws],
            "max_rate_per_s_under_1_mw": rate_for_power(self.part, self.seconds, MILLIWATT, self.peripherals),
            "cells": [
                {
                    "name": cell.name,
                    "title": cell.title,
                    "volts": cell.volts,
                    "capacity_ah": plain(cell.capacity_ah),
                    "self_discharge_per_year": cell.self_discharge_per_year,
                    "shelf_years": cell.shelf_years,
                    "boosted": life.boosted if life else None,
                    "drawn_a": plain(life.average_a) if life else None,
                    "hours": plain(life.hours) if life else None,
                    "years": plain(life.years) if life else None,
                    "hours_asleep": self.life_at(cell, 0.0).hours.typical if life else None,
                    "hours_busiest": self.life_at(cell, self.fastest).hours.typical if life else None,
                    "hours_without_self_discharge": (
                        cell_life_hours(cell.capacity_ah.typical, life.average_a.typical) if life else None
                    ),
                    "max_rate_per_s_for_a_year": self.rate_for_a_year(cell),
                    "sure_rate_per_s_for_a_year": self.rate_for_a_year(cell, surely=True),
                }
                for cell, life in self.lives or [(cell, None) for cell in self.cells]
            ],
            "min_life_hours": self.min_hours,
            "fits": not self.shortfalls,
            "shortfalls": list(self.shortfalls),
            "good": self.good,
            "warnings": list(self.warnings),
            "provisional": list(self.provisional),
        }


def make_battery_report(
    model: Model,
    part: Profile,
    library: str | None,
    rate: float,
    cells: Sequence[Cell],
    *,
    release: str | Release | None = None,
    active: float | None = None,
    sleep: float | None = None,
    supply: float | None = None,
    min_hours: float | None = None,
    peripherals: Sequence[Peripheral] = (),
) -> BatteryReport:
    """Hold cells against a model that runs `rate` times a second.

    Args:
        release: of TFLM; default that of the truth files.
        active, sleep, supply: amperes and volts in place of the profile's.
        min_hours: the life that is asked for.
        peripherals: radios and sensors that draw beside the board.

    Raises:
        InputError: a current is not known and not given, or the time of an inference is not known, or a
            radio or sensor would be on for more than all the time.
    """
    part = powered(part, active, sleep, supply)
    at = deploy(model, part, library, release)
    at.expect_runnable()
    seconds = at.seconds
    if seconds is None:
        raise UnknownTimeError(f"how long {model.name} takes on {part.name} is not known: {at.why_no_time}")
    if not seconds.typical:
        raise InputError(f"{model.name} has no operators: there is nothing to run")
    memory = at.memory_in(at.plan.min_arena_bytes)
    lives = []
    if rate <= 1 / seconds.typical:
        expect_time(peripherals, rate)
        lives = [(cell, battery_life(part, seconds, cell, rate, peripherals=peripherals)) for cell in cells]
    return BatteryReport(
        name=printable(model.name) or "model",
        part=part,
        library=at.library,
        release=at.release.title,
        build=str(part.build),
        seconds=seconds,
        rate=rate,
        cells=tuple(cells),
        lives=tuple(lives),
        min_hours=min_hours,
        shortfalls=memory.shortfalls,
        provisional=(
            *(["cycles"] if at.provisional else []),
            *(key for key in part.provisional if key.split(".")[0] in {"power", "timing"}),
        ),
        peripherals=tuple(peripherals),
    )


def choose_cells(
    names: Sequence[str], capacity: float | None, voltage: float | None, self_discharge: float | None
) -> tuple[Cell, ...]:
    """The cells asked for, the user's own last.

    Raises:
        InputError: no such cell, or half of one.
    """
    own = []
    if (capacity is None) != (voltage is None):
        raise InputError("a battery of your own needs both, such as --capacity 225mAh --voltage 3V")
    if capacity is not None and voltage is not None:
        title = f"{quantity(capacity, 'Ah')} at {voltage:g} V"
        own.append(Cell("own", title, voltage, Span(capacity, capacity, capacity), 0.0))
    found = [*(load_cell(name) for name in names or ([] if own else [DEFAULT_CELL])), *own]
    if self_discharge is not None:
        found = [dataclasses.replace(cell, self_discharge_per_year=self_discharge / 100) for cell in found]
    return tuple(found)


class UnknownTimeError(InputError):
    """How long an inference takes is not known: how long a battery lasts cannot be told."""
