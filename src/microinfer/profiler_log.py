"""Reads what TFLM's MicroProfiler prints on a board.

`Log()` prints a line an operator, "CONV_2D took 1442311 ticks (12 ms).", `LogCsv()` prints
"0,CONV_2D,1442311" under a heading, `LogTicksPerTagCsv()` sums by operator, "CONV_2D, 1442311". Other
lines, and what a terminal puts in front, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from .errors import InputError

__all__ = ["LoggedOperator", "guess_ticks_per_second", "match_log", "parse_log"]

_LOG = re.compile(r"([A-Z][A-Z0-9_]*) took (\d+) ticks? \((\d+) ms\)")
_CSV = re.compile(r"(?:^|[^\w,])(\d+),([A-Z][A-Z0-9_]*),(\d+)\s*$")
_TAG = re.compile(r"(?:^|\s)([A-Z][A-Z0-9_]*), (\d+)\s*$")


@dataclass(frozen=True, slots=True)
class LoggedOperator:
    """One operator of a log; `milliseconds` is None where the log does not say."""

    operator: str
    ticks: int
    milliseconds: int | None = None
    whole_tag: bool = False


def parse_log(text: str) -> tuple[LoggedOperator, ...]:
    """The operators of a log, in order.

    Raises:
        InputError: none was found.
    """
    found: list[LoggedOperator] = []
    for line in text.splitlines():
        if logged := _LOG.search(line):
            found.append(LoggedOperator(logged[1], int(logged[2]), int(logged[3])))
        elif logged := _CSV.search(line):
            found.append(LoggedOperator(logged[2], int(logged[3])))
        elif logged := _TAG.search(line):
            found.append(LoggedOperator(logged[1], int(logged[2]), whole_tag=True))
    if not found:
        raise InputError(
            "the log has no line of a MicroProfiler, such as 'CONV_2D took 1442311 ticks (12 ms).' or "
            "'0,CONV_2D,1442311'"
        )
    singles = tuple(item for item in found if not item.whole_tag)
    return singles or tuple(found)


def match_log(
    logged: Sequence[LoggedOperator], operators: Sequence[str], ticks_per_second: float, clock_hz: int
) -> tuple[float | None, ...]:
    """Cycles by operator of the model, as logged; None where a log has only sums by operator.

    A log of several runs is averaged.

    Raises:
        InputError: the log is of another model.
    """
    scale = clock_hz / ticks_per_second
    if logged[0].whole_tag:
        sums = {item.operator: item.ticks for item in logged}
        if set(sums) != set(operators):
            raise InputError(
                f"the log has {', '.join(sorted(sums))}, the model has {', '.join(sorted(set(operators)))}"
            )
        return tuple(sums[name] * scale if operators.count(name) == 1 else None for name in operators)
    names = [item.operator for item in logged]
    runs, rest = divmod(len(names), len(operators)) if operators else (0, 1)
    if rest or not runs or names != list(operators) * runs:
        at = next(
            (i for i, pair in enumerate(zip(names, operators, strict=False)) if pair[0] != pair[1]), None
        )
        where = "" if at is None else f"; operator {at} is {names[at]} there and {operators[at]} in the model"
        raise InputError(
            f"the log is of another model: it has {len(names)} operators, the model {len(operators)}{where}"
        )
    return tuple(
        scale * sum(item.ticks for item in logged[i :: len(operators)]) / runs for i in range(len(operators))
    )


def guess_ticks_per_second(logged: Sequence[LoggedOperator], clock_hz: int) -> float:
    """How fast the log's ticks go, from the milliseconds beside them; else as the core's clock."""
    told = [(item.ticks, item.milliseconds) for item in logged if item.milliseconds is not None]
    ticks, ms = sum(ticks for ticks, _ in told), sum(ms for _, ms in told)
    if not ms:
        return float(clock_hz)
    slowest, fastest = 1e3 * ticks / (ms + len(told)), 1e3 * ticks / ms  # milliseconds are cut, not rounded
    for known in (float(clock_hz), 1e6, 1e3, 32768.0):
        if 0.99 * slowest <= known <= 1.01 * fastest:
            return known
    return sqrt(slowest * fastest)
