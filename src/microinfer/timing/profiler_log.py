"""Reads what TFLM's MicroProfiler prints on a board.

`Log()` prints a line an operator, "CONV_2D took 1442311 ticks (12 ms).", `LogCsv()` prints
"0,CONV_2D,1442311" under a heading, `LogTicksPerTagCsv()` sums by operator, "CONV_2D, 1442311". Other
lines, and what a terminal puts in front, are passed over. Ticks are what the board's GetCurrentTimeTicks
counts: cycles, in the port for Cortex-M. That port does not say how many a second has, so its
milliseconds mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import sqrt

from ..errors import InputError
from ..model.codes import BUILTIN_OPERATORS
from ..words.dataclass import dataclass
from ..words.printing import counted

__all__ = [
    "LoggedOperator",
    "Measured",
    "guess_ticks_per_second",
    "has_operators",
    "match_log",
    "names_operator",
    "parse_log",
    "unsigned_ticks",
]

_NAME = r"([A-Za-z_]\w*)"
_LOG = re.compile(_NAME + r" took (-?\d+) ticks? \((-?\d+) ms\)")
_CSV = re.compile(r"(?:^|[^\w,])\d+," + _NAME + r",(-?\d+)\s*$")
_TAG = re.compile(r"(?:^|\s)" + _NAME + r", (-?\d+)\s*$")
_WORD = re.compile(r"\b[A-Z][A-Z0-9_]+\b")
_OPERATORS = frozenset(BUILTIN_OPERATORS.values())
USUAL_TICKS = (1e6, 1e3, 32768.0)


@dataclass(frozen=True, slots=True)
class LoggedOperator:
    """One operator of a log; `milliseconds` is None where the log does not say."""

    operator: str
    ticks: int
    milliseconds: int | None = None
    whole_tag: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """Cycles of one operator of the model, or of all of one kind where the log has only their sum."""

    operator: str
    positions: tuple[int, ...]
    cycles: float


def parse_log(text: str) -> tuple[LoggedOperator, ...]:
    """The operators of a log, in order.

    Raises:
        InputError: none was found, or the board counted no ticks.
    """
    found: list[LoggedOperator] = []
    for line in text.splitlines():
        if logged := _LOG.search(line):
            found.append(LoggedOperator(logged[1], unsigned_ticks(logged[2]), int(logged[3])))
        elif logged := _CSV.search(line):
            found.append(LoggedOperator(logged[1], unsigned_ticks(logged[2])))
        elif logged := _TAG.search(line):
            found.append(LoggedOperator(logged[1], unsigned_ticks(logged[2]), whole_tag=True))
    if not any(item.operator in _OPERATORS for item in found):
        raise InputError(
            "the log has no line of a MicroProfiler, such as 'CONV_2D took 1442311 ticks (12 ms).', "
            "'0,CONV_2D,1442311' or 'CONV_2D, 1442311'"
        )
    singles = tuple(item for item in found if not item.whole_tag)
    found = list(singles or found)
    if not any(item.ticks for item in found):
        raise InputError(
            "every operator of the log took 0 ticks: the board has no clock for TFLM; its "
            "GetCurrentTimeTicks() must count, on Cortex-M DWT->CYCCNT"
        )
    return tuple(found)


def has_operators(text: str) -> bool:
    """Whether a profiler's line of an operator is in it, with ticks or without any."""
    found = (form.search(line) for line in text.splitlines() for form in (_LOG, _CSV, _TAG))
    return any(logged is not None and logged[1] in _OPERATORS for logged in found)


def names_operator(line: str) -> bool:
    """Whether a word of a line, whatever stands behind it, is an operator's name as TFLM has it."""
    return any(word in _OPERATORS for word in _WORD.findall(line))


def unsigned_ticks(digits: str) -> int:
    """Ticks are 32 bits wide, and some ports print them as if they had a sign."""
    ticks = int(digits)
    return ticks + (1 << 32) if ticks < 0 else ticks


def match_log(
    logged: Sequence[LoggedOperator],
    operators: Sequence[str],
    ticks_per_second: float,
    clock_hz: int,
    inferences: int | None = None,
) -> tuple[Measured, ...]:
    """Cycles of one inference, by operator of the model or by kind, as the log has them.

    Tags of the user's own are passed over. A log of several inferences is averaged.

    Args:
        inferences: how many the log covers. Default: one where the log has only sums, else as many
            as its length says.

    Raises:
        InputError: the log is of another model.
    """
    scale = clock_hz / ticks_per_second
    known = _OPERATORS | set(operators)
    logged = [item for item in logged if item.operator in known]
    if logged[0].whole_tag:
        return _match_sums(logged, operators, scale / (inferences or 1))
    names = [item.operator for item in logged]
    runs, rest = divmod(len(names), len(operators)) if operators else (0, 1)
    if rest or not runs or names != list(operators) * runs:
        at = next(
            (i for i, pair in enumerate(zip(names, operators, strict=False)) if pair[0] != pair[1]), None
        )
        where = "" if at is None else f"; operator {at} is {names[at]} there and {operators[at]} in the model"
        raise InputError(
            f"the log is of another model: it has {counted(len(names), 'operator')}, the model "
            f"{len(operators)}{where}"
        )
    if inferences not in (None, runs):
        raise InputError(f"the log has {runs} inferences of this model, not {inferences}")
    return tuple(
        Measured(name, (i,), scale * sum(item.ticks for item in logged[i :: len(operators)]) / runs)
        for i, name in enumerate(operators)
    )


def _match_sums(
    logged: Sequence[LoggedOperator], operators: Sequence[str], scale: float
) -> tuple[Measured, ...]:
    sums = {item.operator: item.ticks for item in logged}
    if set(sums) != set(operators):
        raise InputError(
            f"the log is of another model: it has {', '.join(sorted(sums))}, the model "
            f"{', '.join(sorted(set(operators)))}"
        )
    return tuple(
        Measured(name, tuple(i for i, other in enumerate(operators) if other == name), sums[name] * scale)
        for name in dict.fromkeys(operators)
    )


def guess_ticks_per_second(logged: Sequence[LoggedOperator], clock_hz: int) -> float:
    """How fast the log's ticks go, from the milliseconds beside them; else as the core's clock.

    A port that does not know prints a thousand times the ticks as milliseconds, which says nothing.
    """
    told = [(item.ticks, item.milliseconds) for item in logged if item.milliseconds is not None]
    if any(ms < 0 or ms > ticks for ticks, ms in told):
        return float(clock_hz)
    ticks, ms = sum(ticks for ticks, _ in told), sum(ms for _, ms in told)
    if not ms:
        return float(clock_hz)
    slowest, fastest = 1e3 * ticks / (ms + len(told)), 1e3 * ticks / ms  # milliseconds are cut, not rounded
    for known in (float(clock_hz), *USUAL_TICKS):
        if 0.99 * slowest <= known <= 1.01 * fastest:
            return known
    return sqrt(slowest * fastest)
