"""Reads the time of a whole inference out of what benchmarks print.

"386 ms in all", "Invoke took 386 ms", "Inference time (us): 54000", "Total cycles: 46391400", Edge Impulse's
"DSP: 12 ms., Classification: 54 ms.", MLPerf Tiny's "m-lap-us-N" before and after its inferences and its
runner's "Median throughput is 104.056 inf./sec.", and "KeywordRunNIerations(10) took N ticks (M ms)" of
TFLM's own benchmark. What could be read in two ways is refused, since a time that is ten times off speaks
for the wrong library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import InputError
from .profiler_log import (
    LoggedOperator,
    guess_ticks_per_second,
    has_operators,
    names_operator,
    unsigned_ticks,
)

__all__ = ["parse_total"]

_SPELLED = {
    1e-9: "ns nsec nsecs nanoseconds",
    1e-6: "us µs μs uS µS μS usec usecs µsec μsec microsec microsecs micros microsecond microseconds",
    1e-3: "ms mS msec msecs millisec millisecs millis millisecond milliseconds",
    1.0: "s sec secs second seconds",
}
_UNITS = {word: seconds for seconds, words in _SPELLED.items() for word in words.split()}
_UNIT = "(?:" + "|".join(_UNITS) + ")"
_GAPS = "[ \u00a0\u2009\u202f]"
_FIGURE = (
    rf"(?<![\w.,'])((?<!:)\d{{1,3}}(?:{_GAPS}\d{{3}})+(?:[.,]\d+)?|\.?\d(?:[.,_'’]?\d)*(?:[eE][+-]?\d+)?)"
)
_TIME = re.compile(rf"{_FIGURE}{_GAPS}?({_UNIT})(?!\w|/(?! ?inf))")
_HEADED = re.compile(
    rf"(?:[(\[](?P<in>{_UNIT})[)\]]\s*[:=,]\s*|[\s_](?P<at>{_UNIT})\s*[:=]\s*|_(?P<of>{_UNIT})\s+)"
    rf"{_FIGURE}(?![\w/])"
)
_CYCLES = re.compile(
    rf"(?<![A-Za-z])cycles?(?:[ _]?count)?\)?\s*[:=]\s*{_FIGURE}"
    rf"|{_FIGURE}{_GAPS}cycles?\b(?!\s*(?:per|/)\s*(?!inf))"
    rf"|\bcycles?(?: ?count)?\s+{_FIGURE}\s*$",
    re.I,
)
_RATE = re.compile(rf"{_FIGURE}{_GAPS}?inf(?:er(?:ence)?s?)?\.? ?(?:/|per) ?s(?:ec(?:ond)?)?\b", re.I)
_WORDS = re.compile(
    r"in all|total|invoke|inferenc|classific|latency|elapsed|took|median|average|mean|time", re.I
)
_STRONG = re.compile(r"classific|inferenc|invoke", re.I)
_AVERAGE = re.compile(r"\b(?:avg|average|mean|median)\b|(?:per|/|an|each) ?inf(?:er(?:ence)?)?\b", re.I)
_EXTREME = re.compile(r"\b(?:min|max|minimum|maximum|best|worst|std|stddev|first)\b", re.I)
_BREAK = re.compile(r"[,;|()\[\]]")
_RUNS = r"(?:inferences|iterations|ierations|invocations|invokes|runs|loops)"
_COUNT = re.compile(
    rf"{_RUNS}\((\d+)\)|(?<![\d.,])\b(\d+) (?:{_RUNS}|times)\b(?! (?:as|faster|slower|per s)| ?/)"
    rf"|\b{_RUNS} ?[:=] ?(\d+)(?![\d.,_]*{_GAPS}?{_UNIT}\b)",
    re.I,
)
_BENCHMARK = re.compile(r"(\w*Ite?rations|\w*Ierations)\((\d+)\) took (-?\d+) ticks? \((-?\d+) ms\)")
_TICKS = re.compile(r"took -?\d+ ticks?")
_LAP = re.compile(r"\bm-(?:lap-(us|ms|cycles)|infer-start)-(\d+)")
_WRAP = 1 << 32
_NEGATIVE = re.compile(rf"(?:^|[\s=:(])-\.?\d[\w.,]*{_GAPS}?{_UNIT}(?!\w)")
MOST = 1e15
"""Of any unit; whatever is more is no time that an inference takes."""


def parse_total(
    text: str, clock_hz: int, inferences: int | None = None, ticks_per_second: float | None = None
) -> tuple[float, ...]:
    """Seconds of one inference, in order; empty where the text has none, or is a profiler's.

    Args:
        clock_hz: of the core, for cycles.
        inferences: how many each time covers; default what the text says, else one.
        ticks_per_second: of TFLM's benchmark; default guessed from its milliseconds, else the core's clock.

    Raises:
        InputError: a figure, or what it covers, could be read in two ways.
    """
    if has_operators(text):
        return ()
    lines = text.splitlines()
    if any(found and found[1] for found in map(_LAP.search, lines)):
        return _laps(lines, clock_hz, inferences)
    rates = [(line, _RATE.search(line)) for line in lines]
    windows = any("# Inferences" in line for line in lines)
    for word in ("median", *(["throughput"] if windows else [])):
        if named := [found for line, found in rates if found and word in line.lower()]:
            return tuple(1 / _rate(found[1]) for found in named)
    if benchmark := [found for found in map(_BENCHMARK.search, lines) if found]:
        return _benchmark(benchmark, clock_hz, inferences, ticks_per_second)
    if _TICKS.search(text):
        return ()
    lines, parts = _without_operators(lines)
    told = [line for line in lines if _TIME.search(line) or _HEADED.search(line)]
    worded = [line for line in told if _WORDS.search(line)]
    counted = [] if worded else [line for line in lines if _CYCLES.search(line)]
    chosen = worded or counted or told
    if not worded and not counted and (rated := [found for _, found in rates if found]):
        return tuple(1 / _rate(found[1]) for found in rated)
    if parts and not chosen:
        raise InputError(
            f"the log's {parts[0].strip()!r} is of one operator: keep a time of the whole inference, or "
            "print each as TFLM does, 'CONV_2D took 1442311 ticks (12 ms).'"
        )
    if below := [line for line in chosen if _NEGATIVE.search(line)]:
        raise InputError(f"the log's {below[0].strip()!r} has a time below 0: its clock has gone round")
    took = [(line, *((_cycles(line) / clock_hz, line) if counted else _seconds(line))) for line in chosen]
    return _by_inference(took, text, inferences)


def _without_operators(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines that may be of an inference, and those with a time or cycles of one of its operators."""
    whole = [line for line in lines if not names_operator(line)]
    forms = _TIME, _HEADED, _CYCLES
    parts = [line for line in lines if names_operator(line) and any(form.search(line) for form in forms)]
    return whole, parts


def _by_inference(
    took: Sequence[tuple[str, float, str]], text: str, inferences: int | None
) -> tuple[float, ...]:
    """Each line's seconds, divided by how many inferences they cover; with its own words of the line."""
    if len(took) > 1 and inferences == len(took):
        raise InputError(
            f"--inferences {inferences}: the log has as many times; leave it out if each is of one "
            "inference, else keep one of the lines"
        )
    found = []
    for line, seconds, label in took:
        if _AVERAGE.search(label):
            if inferences not in (None, 1):
                raise InputError(f"--inferences {inferences}: {line.strip()!r} is of one inference already")
            found.append(seconds)
            continue
        here = _counts(label) or _counts(line)
        if len(here) > 1 or (here - _counts(label) and _AVERAGE.search(line)):
            raise InputError(f"the log's {line.strip()!r}: of how many inferences? Keep one number of them")
        away = _counts(text) - {1, len(took)} if not here else set()
        if away and inferences is None:
            n = max(away)
            raise InputError(
                f"the log speaks of {n} inferences elsewhere: say --inferences {n} if {line.strip()!r} is of "
                "all, --inferences 1 if it is of one"
            )
        found.append(seconds / _agreed(here, inferences))
    return tuple(found)


def _counts(text: str) -> set[int]:
    return {n for found in _COUNT.finditer(text) if (n := int(found[1] or found[2] or found[3]))}


def _agreed(told: set[int], inferences: int | None) -> int:
    for n in told:
        if inferences not in (None, n):
            raise InputError(f"--inferences {inferences}: the log says {n}; leave it out, or mend it")
        return n
    return inferences or 1


def _seconds(line: str) -> tuple[float, str]:
    """The time of the inference in a line that may have others, and the words that are its own."""
    times = list(_TIME.finditer(line))
    if not times:
        headed = list(_HEADED.finditer(line))
        if len(headed) > 1:
            raise InputError(f"the log's {line.strip()!r} has several times: keep that of the inference")
        unit = headed[0]["in"] or headed[0]["at"] or headed[0]["of"]
        return _number(headed[0][4], unit) * _UNITS[unit], line
    one, label = (times[0], line) if len(times) == 1 else _of_inference(line, times)
    return _number(one[1], one[2]) * _UNITS[one[2]], label


def _of_inference(line: str, times: Sequence[re.Match[str]]) -> tuple[re.Match[str], str]:
    ends = [0, *(found.end() for found in times)]
    starts = [*(found.start() for found in times), len(line)]
    between = [_BREAK.split(line[end:start]) for end, start in zip(ends, starts, strict=True)]
    labels = []
    for i in range(len(times)):
        before, after = between[i][-1], between[i + 1][0] if len(between[i + 1]) > 1 else ""
        labels.append(before if before.strip(" .:=") else after)
    named = [i for i, label in enumerate(labels) if _STRONG.search(label) and not _EXTREME.search(label)]
    if len(named) != 1:
        named = [i for i in named or range(len(times)) if _AVERAGE.search(labels[i])]
    if len(named) == 1:
        return times[named[0]], labels[named[0]]
    values = [_number(found[1], found[2]) * _UNITS[found[2]] for found in times]
    if max(values) <= 1.01 * min(values):
        return times[0], line
    raise InputError(f"the log's {line.strip()!r} has several times: keep that of the inference")


def _cycles(line: str) -> float:
    found = list(_CYCLES.finditer(line))
    if len(found) > 1:
        raise InputError(f"the log's {line.strip()!r} has several cycles: keep those of the inference")
    return _number(found[0][1] or found[0][2] or found[0][3], "cycles", whole=True)


def _rate(figure: str) -> float:
    if (found := _number(figure, "inferences a second")) * MOST >= 1:
        return found
    raise InputError(f"the log's {figure} inferences a second: none that took a time")


def _number(figure: str, unit: str, *, whole: bool = False) -> float:
    """A figure with a decimal point; groups of thousands only where they can be nothing else."""
    plain = r"(?:\d+(?:_\d+)*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
    grouped = r"[1-9]\d{0,2}(?:(?:,\d{3}){2,}(?:\.\d+)?|,\d{3}\.\d+)"
    if re.fullmatch(plain, figure) or re.fullmatch(grouped, figure):
        if (value := float(re.sub("[,_]", "", figure))) <= MOST:
            return value
        raise InputError(f"the log's {figure} {unit} is no time that an inference takes")
    if whole and re.fullmatch(r"[1-9]\d{0,2},\d{3}", figure):
        return float(figure.replace(",", ""))
    digits = re.sub(r"[^\d.,]", "", figure)
    point = re.fullmatch(r"(\d+),(\d+)", digits)
    write = f"{point[1]}.{point[2]}" if point else "it with a decimal point and without groups, such as 386.6"
    if point and len(point[2]) == 3:
        write += f" or {point[1]}{point[2]}"
    raise InputError(f"the log's {figure} {unit} could be read in two ways: write {write}")


def _benchmark(
    found: Sequence[re.Match[str]], clock_hz: int, inferences: int | None, ticks_per_second: float | None
) -> tuple[float, ...]:
    """TFLM's benchmarks sum the ticks of as many inferences as stand in brackets."""
    logged = [LoggedOperator(one[1], unsigned_ticks(one[3]), int(one[4])) for one in found]
    rate = ticks_per_second or guess_ticks_per_second(logged, clock_hz)
    return tuple(
        item.ticks / rate / _agreed({int(one[2]) or 1}, inferences)
        for one, item in zip(found, logged, strict=True)
    )


def _laps(lines: Sequence[str], clock_hz: int, inferences: int | None) -> tuple[float, ...]:
    """MLPerf Tiny's firmware prints its clock, in microseconds, before and after its inferences; ports of it
    print milliseconds, or cycles.

    m-infer-start-N goes before both; a line of the clock before that is of the start.
    """
    scale = {"us": 1e-6, "ms": 1e-3, "cycles": 1 / clock_hz}
    took, started, told, unit = [], None, set[int](), "us"
    for line in lines:
        if (found := _LAP.search(line)) is None:
            continue
        figure, unit = int(found[2]), found[1] or unit
        if "m-infer-start" in found[0]:
            started, told = None, {figure or 1}
        elif started is None:
            started = figure
        else:
            if not told and inferences is None:
                raise InputError(
                    f"the log's m-lap-{unit} has no m-infer-start-N: say how many inferences lie between, "
                    "such as --inferences 10"
                )
            took.append((figure - started) % _WRAP * scale[unit] / _agreed(told, inferences))
            started, told = None, set()
    if started is not None:
        raise InputError(
            f"the log's m-lap-{unit}-{started} is a clock's: keep the line before the inferences and that "
            "behind"
        )
    return tuple(took)
