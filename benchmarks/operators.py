"""Every operator in every type, at three sizes: microinfer beside tflite-micro and LiteRT, the worst first.

    python benchmarks/operators.py [name ...] [--seconds 0.02] [--json]

One invoke of a model of one operator through the public interpreters, on one thread, on the same input; the
three take turns, and the median of each one's minima counts. "-" stands where a runtime refuses the model.
What is short of what is wanted is summed up by kind, with the reason: a copy of as many bytes as the operator
reads and writes takes its turn, too, and a filling of what it writes: the longer of both, with the time of a
call that does nothing, is the floor.
operators.txt has the output for all operators, on a shared computer: a single row may be too slow.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache, partial
from statistics import median
from time import perf_counter_ns
from typing import Any

import numpy as np

import models
from microinfer import Interpreter
from microinfer.bench.host import describe_computer
from microinfer.errors import MicroinferError
from microinfer.run.patterns import pattern
from operator_cases import cases, model

ROUNDS = 5
DIVIDES = ("DIV", "FLOOR_DIV", "FLOOR_MOD")
ROOTS = ("RSQRT", "SQRT", "LOG")
LARGE = 4096
"""From so many elements on: five times tflite-micro, half of LiteRT's speed."""
FLOOR = 1.5
"""Times the floor that nothing is gained below."""
IN_ORDER = "each sum waits for the one before: TFLM's order of additions"
LIBRARY = "the C library's own steps, for its last bit; LiteRT's function has other bits"
DIVISION = "a division or a root, or both, of every element, each rounded as on a device"
WHY = {
    IN_ORDER: ("SUM", "MEAN", "CUMSUM"),
    LIBRARY: ("EXP", "LOG", "SIN", "COS", "TANH", "LOGISTIC", "ELU", "SOFTMAX", "LOG_SOFTMAX", "FLOOR_MOD"),
    DIVISION: ("SQRT", "RSQRT", "L2_NORMALIZATION", "HARD_SWISH", "DIV", "DIV int32"),
}
"""Operators, of float32 where no type is named, that are not at the floor and not quicker, by the reason,
where it is known."""
models.TFLM_ARENA_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """Nanoseconds an invoke; None where a runtime refuses the model. `equal`: to tflite-micro's bits;
    `floor`: what a call and a copy of as many bytes take, or a filling of those that are written."""

    name: str
    dtype: str
    size: int
    ours: float
    tflm: float | None
    litert: float | None
    equal: bool
    floor: float

    @property
    def worst(self) -> float:
        """The least of what is reached of what is wanted: 1 is enough."""
        wanted = 5 if self.size >= LARGE else 1
        found = [self.tflm / self.ours / wanted] if self.tflm else []
        if self.litert and self.size >= LARGE:
            found.append(2 * self.litert / self.ours)
        return min(found, default=float("inf"))


def _copy(size: int) -> Callable[[], None]:
    """A copy that reads and writes so many bytes in all."""
    source, target = memoryview(bytearray(size // 2)), memoryview(bytearray(size // 2))

    def copy() -> None:
        target[:] = source

    return copy


def _fill(size: int) -> Callable[[], object]:
    """A filling of so many bytes."""
    target = (ctypes.c_char * max(1, size))()
    return partial(ctypes.memset, target, 0, size)


@cache
def _nothing() -> tuple[float, float, float]:
    """What a call of an interpreter that has nothing to do takes, a copy and a filling of no bytes."""
    interpreter = Interpreter(model("RESHAPE", "int8", 16), preserve_all_tensors=True)
    interpreter.invoke()
    call, copy, fill = _times([interpreter.invoke, _copy(0), _fill(0)], 0.02)
    return call, copy, fill


def _times(invokes: list[Callable[[], Any]], seconds: float) -> list[float]:
    budget = int(1e9 * seconds / ROUNDS)
    minima: list[list[int]] = [[] for _ in invokes]
    for _ in range(ROUNDS):
        for invoke, found in zip(invokes, minima, strict=True):
            least, end = 1 << 62, perf_counter_ns() + budget
            while True:
                start = perf_counter_ns()
                invoke()
                stop = perf_counter_ns()
                least = min(least, stop - start)
                if stop > end:
                    break
            found.append(least)
    return [median(found) for found in minima]


def measure(name: str, dtype: str, size: int, seconds: float) -> Row | None:
    """One row; None where the operator does not take the type in this way."""
    try:
        file = model(name, dtype, size)
        ours = Interpreter(file, preserve_all_tensors=True)
    except MicroinferError:
        return None
    details = ours.get_input_details()
    values = [pattern(1, tuple(d["shape"]), np.dtype(d["dtype"]).name) for d in details]
    if name in DIVIDES:
        values[1] = values[1] | 1 if values[1].dtype.kind == "i" else values[1] + 2
    if name in ROOTS:
        values = [np.abs(value // 2) + value.dtype.type(1) for value in values]
    for detail, value in zip(details, values, strict=True):
        ours.set_tensor(detail["index"], value)
    try:
        ours.invoke()
    except MicroinferError:
        return None
    invokes, equal = {"ours": ours.invoke}, True
    try:
        tflm = models._make_tflite_micro(file)
        for index, value in enumerate(values):
            tflm.set_input(value, index)
        tflm.invoke()
        invokes["tflm"] = tflm.invoke
        equal = all(
            np.array_equal(
                tflm.get_output(i), ours.get_tensor(d["index"]), equal_nan=d["dtype"] == np.float32
            )
            for i, d in enumerate(ours.get_output_details())
        )
    except (RuntimeError, ValueError, TypeError):
        pass
    try:
        litert = models._make_litert(file)
        for detail, value in zip(litert.get_input_details(), values, strict=True):
            litert.set_tensor(detail["index"], value)
        litert.invoke()
        invokes["litert"] = litert.invoke
    except (RuntimeError, ValueError):
        pass
    read, written = (
        sum(int(np.prod(one["shape"])) * np.dtype(one["dtype"]).itemsize for one in tensors)
        for tensors in (details, ours.get_output_details())
    )
    invokes["copy"], invokes["fill"] = _copy(read + written), _fill(written)
    found = dict(zip(invokes, _times(list(invokes.values()), seconds), strict=True))
    call, copy, fill = _nothing()
    floor = call + max(0.0, found["copy"] - copy, found["fill"] - fill)
    return Row(name, dtype, size, found["ours"], found.get("tflm"), found.get("litert"), equal, floor)


def reason(row: Row) -> str:
    """Why a row is short of what is wanted."""
    if row.ours <= FLOOR * row.floor:
        return "nothing but a call and its bytes' way through memory"
    name = row.name.split()[0]
    known = {f"{name} {row.dtype}", *([name] if row.dtype == "float32" else [])}
    return next((why for why, names in WHY.items() if known & {*names}), "")


def kinds(rows: Iterable[Row]) -> Iterator[str]:
    """What is short of what is wanted: by operator and reason, how many cases and the worst of them."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.worst < 1:
            found.setdefault((reason(row), row.name.split()[0]), []).append(row)
    for why in dict.fromkeys(sorted(why for why, _ in found)):
        some = {name: of for (reason, name), of in found.items() if reason == why}
        count = sum(map(len, some.values()))
        yield f"{count} cases: {why or 'no reason but that nobody has made it quicker'}"
        for name, of in sorted(some.items(), key=lambda item: min(row.worst for row in item[1])):
            types = ", ".join(sorted({row.dtype for row in of}))
            worst, floors = min(row.worst for row in of), min(row.ours / row.floor for row in of)
            yield f"    {name:28} {len(of):3}, {worst:3.0%} reached at least, {floors:.1f} floors; {types}"


def line(row: Row) -> str:
    """One line of the table."""

    def ratio(other: float | None) -> str:
        return f"{other / row.ours:.2f}" if other else "-"

    note = "" if row.equal else "  bits differ"
    return (
        f"{row.name:30} {row.dtype:8} {row.size or 'own':>6} {row.ours / 1e3:9.2f} {ratio(row.tflm):>9} "
        f"{ratio(row.litert):>9}{note}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="those whose name begins so; default all")
    parser.add_argument("--seconds", type=float, default=0.02, help="for each runtime")
    parser.add_argument("--json", action="store_true", help="nanoseconds of each")
    arguments = parser.parse_args()
    wanted = tuple(arguments.names) or ("",)
    found = []
    for case in cases():
        if case[0].startswith(wanted) and (row := measure(*case, arguments.seconds)) is not None:
            print(line(row), file=sys.stderr, flush=True)
            found.append(row)
    if arguments.json:
        print(json.dumps([asdict(row) for row in found], indent=1))
        return
    found.sort(key=lambda row: row.worst)
    print(f"{describe_computer().describe()}\n")
    slower = sum(row.tflm is not None and row.tflm < row.ours for row in found)
    short = sum(row.worst < 1 for row in found)
    print(f"{len(found)} cases; slower than tflite-micro: {slower}; short of what is wanted: {short}\n")
    print("\n".join([*kinds(found), ""]))
    print(f"{'operator':30} {'type':8} {'size':>6} {'ours, µs':>9} {'tflm/ours':>9} {'LiteRT/ours':>9}")
    for row in found:
        print(line(row))


if __name__ == "__main__":
    main()
