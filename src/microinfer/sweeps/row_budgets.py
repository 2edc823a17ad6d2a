"""What a row may take, and whether it keeps to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from ..errors import InputError
from ..timing.battery_life import average_draw
from ..timing.energy import Span
from ..words.dataclass import dataclass
from ..words.quantities import parse, parse_amount, parse_bytes, parse_rate
from ..words.spelling import nearest_note
from .sweep_row import SweepRow

__all__ = ["Answer", "Budgets", "power_of", "read_budgets"]

Answer: TypeAlias = Literal["yes", "perhaps", "cannot-tell", "no", "error"]
"""One rule for every budget: the whole interval is within ("yes"), some of it ("perhaps"), nothing ("no"), or
there is no figure ("cannot-tell")."""
ORDER: tuple[Answer, ...] = ("yes", "perhaps", "cannot-tell", "no", "error")


@dataclass(frozen=True, slots=True)
class Budgets:
    """Seconds, joules, watts on average at a rate of inferences a second, bytes, the least share of right
    answers; None where there is none."""

    latency_s: float | None = None
    energy_j: float | None = None
    power_w: float | None = None
    rate_per_s: float | None = None
    arena_bytes: int | None = None
    ram_bytes: int | None = None
    flash_bytes: int | None = None
    accuracy: float | None = None

    def judge(self, row: SweepRow) -> Answer:
        """Whether the part holds the model, and all is within."""
        if row.verdict == "error":
            return "error"
        found: list[Answer] = [row.verdict]
        found += [
            _within(self.latency_s, row.latency_low_s, row.latency_high_s),
            _within(self.energy_j, row.energy_low_j, row.energy_high_j),
            *self._powered(row),
            _within(self.arena_bytes, row.arena_bytes, row.arena_bytes),
            _within(self.ram_bytes, row.ram_bytes, row.ram_bytes),
            _within(self.flash_bytes, row.flash_bytes, row.flash_high_bytes or row.flash_bytes),
        ]
        if self.accuracy is not None:
            score = row.score if row.metric == "accuracy" else None
            found.append("cannot-tell" if score is None else "yes" if score >= self.accuracy else "no")
        # A certain No is one, whatever else is not known.
        return max(found, key=ORDER.index)

    def _powered(self, row: SweepRow) -> Iterator[Answer]:
        """Whether it runs as often as is asked for, and what it takes then."""
        if self.rate_per_s is None:
            return
        yield _within(1 / self.rate_per_s, row.latency_low_s, row.latency_high_s)
        if self.power_w is not None:
            power = power_of(row, self.rate_per_s)
            yield _within(self.power_w, *((None, None) if power is None else (power.low, power.high)))


def power_of(row: SweepRow, rate: float) -> Span | None:
    """Watts on average at a rate of inferences a second, as `battery` has them; None where the time or the
    currents are not known."""
    names = ("active_{}w", "sleep_{}w", "latency_{}s")
    spans = [[getattr(row, name.format(end)) for end in ("", "low_", "high_")] for name in names]
    if any(each is None for span in spans for each in span):
        return None
    active, rest, seconds = (Span(*span) for span in spans)
    return average_draw(active, rest, seconds, rate)


def _within(most: float | None, low: float | None, high: float | None) -> Answer:
    if most is None:
        return "yes"
    if low is None or high is None:
        return "cannot-tell" if low is None or low <= most else "no"
    return "yes" if high <= most else "perhaps" if low <= most else "no"


def read_budgets(table: Any, place: str) -> Budgets:
    """As people write them: latency = "50ms", energy = "2mJ", power = "1mW" at rate = "10/min",
    arena = "64k", accuracy = 0.9.

    Raises:
        InputError: a budget is unknown, or cannot be read.
    """
    names = ("latency", "energy", "power", "rate", "arena", "ram", "flash", "accuracy")
    if not isinstance(table, Mapping):
        raise InputError(f"{place}: found {table!r}, expected a table")
    made: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{place}.{key}"
        if key in ("latency", "energy"):
            made[{"latency": "latency_s", "energy": "energy_j"}[key]] = parse(
                value, {"latency": "s", "energy": "J"}[key], where
            )
        elif key == "power":
            made["power_w"] = parse_amount(value, "W", "1mW", where)
        elif key == "rate":
            made["rate_per_s"] = _rate(value, where)
        elif key in ("arena", "ram", "flash"):
            made[f"{key}_bytes"] = parse_bytes(value, where)
        elif key == "accuracy":
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
                raise InputError(f"{where}: {value!r}: expected a share from 0 to 1")
            made[key] = float(value)
        else:
            near = nearest_note(key, names)
            raise InputError(f"{where}: unknown{near}, expected one of {', '.join(names)}")
    if "power_w" in made and "rate_per_s" not in made:
        raise InputError(f"{place}.power: hangs on how often it runs; add a rate, such as rate = '1/s'")
    return Budgets(**made)


def _rate(value: Any, where: str) -> float:
    try:
        return parse_rate(str(value))
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
