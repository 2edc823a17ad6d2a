"""Every operator in every type, at three sizes: microinfer beside tflite-micro and LiteRT, the worst first.

    python benchmarks/operators.py [name ...] [--seconds 0.02] [--json]

One invoke of a model of one operator through the public interpreters, on one thread, on the same input; the
three take turns, and the median of each one's minima counts. "-" stands where a runtime refuses the model.
operators.txt has the output for all operators: one run with little time for each, on a loaded computer, so
that a single row may be several times too slow.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
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
models.TFLM_ARENA_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """Nanoseconds an invoke; None where a runtime refuses the model. `equal`: to tflite-micro's bits."""

    name: str
    dtype: str
    size: int
    ours: float
    tflm: float | None
    litert: float | None
    equal: bool

    @property
    def worst(self) -> float:
        """The least of what is reached of what is wanted: 1 is enough."""
        wanted = 5 if self.size >= LARGE else 1
        found = [self.tflm / self.ours / wanted] if self.tflm else []
        if self.litert and self.size >= LARGE:
            found.append(2 * self.litert / self.ours)
        return min(found, default=float("inf"))


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
    found = dict(zip(invokes, _times(list(invokes.values()), seconds), strict=True))
    return Row(name, dtype, size, found["ours"], found.get("tflm"), found.get("litert"), equal)


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
    print(f"{'operator':30} {'type':8} {'size':>6} {'ours, µs':>9} {'tflm/ours':>9} {'LiteRT/ours':>9}")
    for row in found:
        print(line(row))


if __name__ == "__main__":
    main()
