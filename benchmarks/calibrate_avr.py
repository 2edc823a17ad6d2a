"""Measures bare-c's kernels on a simulated ATmega328P and fits what each of their loops takes.

    nice python benchmarks/calibrate_avr.py            measure what is missing, print the error table
    nice python benchmarks/calibrate_avr.py --write    and write the price lists and sizes to profiles/
    python benchmarks/calibrate_avr.py --stored        from the stored points alone, without a compiler

Every point is a model of one operator, exported, compiled by avr-gcc with -O2 and -Os and run on simavr,
which counts cycles exactly. Points go to a file of lines, so that a run that was interrupted goes on where
it was; they count only for the model, the machine code of its kernels and the compiler that they were made
with. How often each loop ran is counted anew each time.

Prices are a non-negative least-squares fit of relative errors. Held-out errors come of fits to 70 % of the
points, drawn ten times; extrapolated ones are those of the largest 30 %, predicted from the others.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

sys.path.insert(0, str(Path(__file__).parent))
import microinfer.kernels
from avr_shapes import KERNELS, model
from microinfer import Interpreter
from microinfer.exports.bare_c import BODIES, lower, write
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core
from microinfer.run.record import observe
from simavr import Toolchain, missing

ROOT = Path(__file__).parents[1]
PROFILES = ROOT / "profiles"
SIZES = PROFILES / "memory" / "bare-c.avr.toml"
DATA = Path(__file__).parent / "data" / "avr_points.jsonl.gz"
SOURCES = Path(microinfer.kernels.__path__[0])
LEVELS = {"-O2": "avr", "-Os": "avr-os"}
AVR = load_core("avr")
RETURN_BYTES, MARK_BYTES = 2, 4
DATA_SPREAD = 0.015
"""Branches on signs and clamps are a few cycles apart; the points' random data take both about as often."""
ZEROS = 0.05
"""Of the floats; software divides them quicker."""
NEGLIGIBLE = 1e-9
"""Of the cycles: what is left of a price of nought by rounding."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """One operator measured. `symbols`: the program's functions and their bytes; `rest`: the other bytes of
    .text that are not the model's constants."""

    kernel: str
    number: int
    level: str
    made_with: str
    events: Mapping[str, float]
    cycles: int
    stack: int
    symbols: Mapping[str, int]
    rest: int


def digests(tools: Sequence[Toolchain], kernel: str, number: int) -> dict[str, str]:
    """By level: of the model, the compiler, and the compiled files that its kernels are in."""
    data = model(kernel, number)
    interpreter = Interpreter(data, "atmega328p")
    calls = [
        call for item in lower(interpreter.model, interpreter.steps, interpreter.plan) for call in item.calls
    ]
    names = {Path(name).stem for name in (*BODIES, *(call.source for call in calls))}
    made = {}
    for tool in tools:
        found = hashlib.sha256(tool.compiler.encode() + data)
        for path in tool.objects:
            if path.stem in names:
                found.update(_contents(path))
        made[tool.optimise] = found.hexdigest()[:16]
    return made


@cache
def _contents(path: Path) -> bytes:
    return path.read_bytes()


def counted(kernel: str, number: int) -> Mapping[str, float]:
    """Events of a point; its model is run only where they depend on the data."""
    interpreter = Interpreter(model(kernel, number), "atmega328p", preserve_all_tensors=True)
    (step,) = interpreter.steps
    events = kernel_library("bare-c").count(kernel, step.geometry, AVR)
    if events is None:
        run(interpreter, number)
        arrays = [
            [interpreter.get_tensor(t.index) if t else None for t in side]
            for side in (step.node.inputs, step.node.outputs)
        ]
        events = kernel_library("bare-c").count(kernel, step.geometry, AVR, observe(step, *arrays))
    assert events is not None
    return {name: float(times) for name, times in events.items()}


def run(interpreter: Interpreter, seed: int) -> list[NDArray[Any]]:
    """Random inputs, of which there are outputs now."""
    rng = np.random.default_rng(seed)
    inputs = []
    for detail in interpreter.get_input_details():
        shape, kind = tuple(detail["shape"]), np.dtype(detail["dtype"])
        if kind.kind == "f":
            inputs.append((rng.standard_normal(shape) * 3).astype(kind))
            inputs[-1][rng.random(shape) < ZEROS] = 0
        else:
            limits = np.iinfo(kind)
            inputs.append(rng.integers(limits.min, limits.max, shape, kind, endpoint=True))
        interpreter.set_tensor(detail["index"], inputs[-1])
    interpreter.invoke()
    return inputs


def measure(
    tools: Sequence[Toolchain], kernel: str, number: int, made_with: Mapping[str, str], folder: Path
) -> list[Point]:
    """One point at each level. Inputs are random."""
    exporter = Interpreter(model(kernel, number), "atmega328p")
    inputs = run(exporter, number)
    for detail, value in zip(exporter.get_input_details(), inputs, strict=True):
        exporter.set_tensor(detail["index"], value)
    made = write(exporter, folder, force=True)
    points = []
    events = counted(kernel, number)
    for tool in tools:
        firmware = tool.build(folder)
        ran = firmware.run(b"".join(value.tobytes() for value in inputs))
        symbols = dict(firmware.symbols)
        # Constants of the model are symbols of its own; a mark takes four bytes.
        constants = [name for name in symbols if f"{kernel.lower()}_0" in name]
        own = [name for name in symbols if name.startswith("model_")]
        calls = symbols["model_invoke"] - RETURN_BYTES - MARK_BYTES * 2
        rest = firmware.text + firmware.data - made.constant_bytes
        rest -= sum(size for name, size in symbols.items() if name not in constants)
        kept = {name: size for name, size in symbols.items() if name not in constants and name not in own}
        points.append(
            Point(
                kernel,
                number,
                tool.optimise,
                made_with[tool.optimise],
                events,
                ran.operators[0][0],
                ran.stack_bytes,
                {**kept, "model_invoke": calls},
                rest,
            )
        )
    return points


def read(path: Path) -> list[Point]:
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [Point(**{"events": {}, **json.loads(line)}) for line in file]


def append(path: Path, points: Sequence[Point], mode: str = "at") -> None:
    """Each time a whole gzip member, so that a run that is interrupted leaves a readable file."""
    with gzip.open(path, mode, encoding="utf-8") as file:
        stored = [{key: value for key, value in asdict(point).items() if key != "events"} for point in points]
        file.writelines(json.dumps(point) + "\n" for point in stored)


def gather(options: argparse.Namespace) -> tuple[list[Point], str]:
    """All points, those measured now included; and the compiler."""
    with tempfile.TemporaryDirectory() as folder:
        tools = [Toolchain(Path(folder) / level, SOURCES, level) for level in LEVELS]
        compiler = tools[0].compiler
        stored = read(options.data)
        wanted = {
            (kernel, number): digests(tools, kernel, number)
            for kernel in KERNELS
            if any(only in kernel for only in options.only or [""])
            for number in range(options.points)
        }
        points = [
            replace(point, events=counted(point.kernel, point.number))
            for point in stored
            if (point.kernel, point.number) not in wanted
            or wanted[point.kernel, point.number][point.level] == point.made_with
        ]
        known = {(point.kernel, point.number) for point in points}
        missing_points = [pair for pair in wanted if pair not in known]
        options.data.parent.mkdir(parents=True, exist_ok=True)
        if len(points) < len(stored):
            append(options.data, points, "wt")
        for done, (kernel, number) in enumerate(missing_points, 1):
            made = measure(tools, kernel, number, wanted[kernel, number], Path(folder) / "project")
            points += made
            append(options.data, made)
            progress(done, len(missing_points), kernel)
        if missing_points:
            append(options.data, points, "wt")
    return points, compiler


def stored(path: Path) -> tuple[list[Point], str]:
    """The points of the file as they are, and the compiler that the sizes in profiles/ name."""
    points = [replace(point, events=counted(point.kernel, point.number)) for point in read(path)]
    return points, tomllib.loads(SIZES.read_text("utf-8"))["compiler"]


def progress(done: int, of: int, what: str) -> None:
    if sys.stderr.isatty() or done == of or done % 50 == 0:
        bar = "#" * (30 * done // of)
        end = "\n" if done == of or not sys.stderr.isatty() else ""
        print(f"\r[{bar:30}] {done}/{of} {what:24}", end=end, file=sys.stderr, flush=True)


def solve(counts: Floats, cycles: Floats) -> Floats:
    """Non-negative prices with the least relative errors. Columns are scaled to one, so that a rare event
    counts no less than a frequent one. Of events that always occur in the same proportion the first bears
    the whole price: any other split would fit as well, and rounding would choose it."""
    rows = counts / cycles[:, None]
    norm = np.linalg.norm(rows, axis=0)
    norm[norm == 0] = 1.0
    rows /= norm
    told_apart = np.triu(rows.T @ rows > 1 - 1e-12, 1).sum(axis=0) == 0
    prices = np.zeros(counts.shape[1])
    prices[told_apart] = nnls(rows[:, told_apart], np.ones(len(cycles)), maxiter=50000)[0]
    prices[prices < NEGLIGIBLE] = 0.0
    return prices / norm


@dataclass(frozen=True, slots=True)
class Fit:
    """Prices by event; errors are predicted / measured - 1."""

    prices: Mapping[str, float]
    inside: Floats
    held: Floats
    beyond: Floats


def fit(points: Sequence[Point]) -> Fit:
    events = sorted({event for point in points for event, times in point.events.items() if times})
    counts = np.array([[point.events.get(event, 0.0) for event in events] for point in points])
    cycles = np.array([point.cycles for point in points], float)
    prices = solve(counts, cycles)
    rng = np.random.default_rng(0)
    held = []
    for _ in range(10):
        out = np.zeros(len(points), bool)
        out[rng.permutation(len(points))[: int(0.3 * len(points))]] = True
        held.append(counts[out] @ solve(counts[~out], cycles[~out]) / cycles[out] - 1)
    order = np.argsort(cycles)
    small, large = order[: int(0.7 * len(order))], order[int(0.7 * len(order)) :]
    beyond = counts[large] @ solve(counts[small], cycles[small]) / cycles[large] - 1
    inside = counts @ prices / cycles - 1
    return Fit(dict(zip(events, prices.tolist(), strict=True)), inside, np.concatenate(held), beyond)


def summary(errors: Floats) -> str:
    good = 100 * abs(errors)
    return f"{np.median(good):6.2f} {np.quantile(good, 0.95):6.2f} {good.max():6.2f}"


SAME_AS = {
    "EXPAND_DIMS": "RESHAPE",
    "ABS": "LOGISTIC",
    "ELU": "LOGISTIC",
    "HARD_SWISH": "LOGISTIC",
    "LEAKY_RELU": "LOGISTIC",
    "PACK": "CONCATENATION",
    "PADV2": "PAD",
    "SQUEEZE": "RESHAPE",
    "SUM": "MEAN",
    "TANH": "LOGISTIC",
    "UNPACK": "SPLIT",
}
"""Operators that run another's kernel."""


def prices_toml(core: str, compiler: str, flags: str, fits: Mapping[str, tuple[int, Fit]]) -> str:
    lines = [
        "# Written by benchmarks/calibrate_avr.py; do not edit.",
        'library = "bare-c"',
        f'core = "{core}"',
        f'measured = "ATmega328P on simavr, {compiler}, {flags}"',
        "provisional = false",
    ]
    whole = dict(fits) | {name: fits[of] for name, of in SAME_AS.items() if of in fits}
    for operator, (points, found) in sorted(whole.items()):
        held, beyond = abs(found.held), abs(found.beyond)
        ratio = 1 / (1 + found.held)
        lines += [
            "",
            f'[operator.{operator}."bare_c"]',
            f"points = {points}",
            f"in_sample = {np.quantile(abs(found.inside), 0.95):.5f}",
            f"median = {np.median(held):.5f}",
            f"p95 = {np.quantile(held, 0.95):.5f}",
            f"worst = {held.max():.5f}",
            f"extrapolated = {beyond.max():.5f}",
            f"low = {ratio.min() - DATA_SPREAD:.5f}",
            f"high = {ratio.max() + DATA_SPREAD:.5f}",
            "instructions_per_cycle = 0.7",
            f'[operator.{operator}."bare_c".cycles]',
        ]
        lines += [f"{event} = {price:.6g}" for event, price in found.prices.items()]
    return "\n".join(lines) + "\n"


def firmware_toml(compiler: str, points: Sequence[Point]) -> str:
    """Code by function and stack by operator, at both levels."""
    lines = [
        "# Written by benchmarks/calibrate_avr.py; do not edit.",
        "# Code: bytes of each function, of the call of a kernel, and of all else that a program needs",
        "# (vectors, start-up, a main). Stack: the mark of a model of one such operator.",
        f'compiler = "{compiler}"',
        'source = "avr-nm of linked programs; painted SRAM on simavr"',
    ]
    for level, core in LEVELS.items():
        mine = [point for point in points if point.level == level]
        shared = set.intersection(*(set(point.symbols) for point in mine))
        reached: dict[str, dict[str, int]] = defaultdict(dict)
        for point in mine:
            for kernel in entry_functions(point):
                reached[kernel].update(
                    {n: s for n, s in point.symbols.items() if n not in shared and n not in reached[kernel]}
                )
        # A function is reached by a kernel only if every program with that kernel holds it.
        for kernel in reached:
            have = [set(point.symbols) for point in mine if kernel in entry_functions(point)]
            reached[kernel] = {n: s for n, s in reached[kernel].items() if all(n in other for other in have)}
        program = [sum(p.symbols[n] for n in shared if n != "model_invoke") + p.rest for p in mine]
        lines += ["", f"[{core}]", f'flags = "{level}"', f"program = {round(float(np.median(program)))}"]
        lines += ["", f"[{core}.call]"]
        calls: dict[str, list[float]] = defaultdict(list)
        for point in mine:
            functions = entry_functions(point)
            calls[functions[0]].append(
                point.symbols["model_invoke"] / point.events.get("call", 1) if len(functions) == 1 else 0
            )
        lines += [f"{kernel} = {np.median(sizes):g}" for kernel, sizes in sorted(calls.items())]
        lines += ["", f"[{core}.stack]"]
        stacks: dict[str, int] = defaultdict(int)
        for point in mine:
            for kernel in entry_functions(point):
                stacks[kernel] = max(stacks[kernel], point.stack)
        lines += [f"{kernel} = {size}" for kernel, size in sorted(stacks.items())]
        for kernel, found in sorted(reached.items()):
            lines += ["", f"[{core}.code.{kernel}]"]
            lines += [f'"{name}" = {size}' for name, size in sorted(found.items())]
    return "\n".join(lines) + "\n"


def entry_functions(point: Point) -> list[str]:
    """The kernels that model_invoke calls."""
    inner = {
        "mi_dot_channels",
        "mi_dot_depthwise",
        "mi_doubling_high_multiply",
        "mi_gather",
        "mi_multiply",
        "mi_rounding_shift",
    }
    return sorted(name for name in point.symbols if name.startswith("mi_") and name not in inner)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--points", type=int, default=72, help="shapes a kernel (default 72)")
    parser.add_argument("--only", action="append", default=[], help="only kernels whose name has this")
    parser.add_argument("--data", type=Path, default=DATA, help="the file of measured points")
    parser.add_argument("--write", action="store_true", help=f"write to {PROFILES}")
    parser.add_argument("--stored", action="store_true", help="measure nothing; believe the stored points")
    options = parser.parse_args(arguments)
    if not options.stored and (lacking := missing()) is not None:
        parser.error(lacking)
    points, compiler = stored(options.data) if options.stored else gather(options)
    head = f"{'median':>6} {'95th':>6} {'worst':>6}"
    for level, core in LEVELS.items():
        print(f"\n{f'bare-c on {core}, {compiler} {level}':58}{'points':>7}")
        print(f"{'errors in per cent':30}{'in sample':>21}{'held out':>21}{'extrapolated':>21}")
        print(f"{'':30}{head} {head} {head}")
        fits = {}
        for kernel in KERNELS:
            mine = [point for point in points if (point.kernel, point.level) == (kernel, level)]
            if len(mine) < 10:
                continue
            found = fit(mine)
            fits[kernel] = len(mine), found
            print(f"{kernel:30}{summary(found.inside)} {summary(found.held)} {summary(found.beyond)}")
        if options.write and not options.only:
            flags = f"-mmcu=atmega328p {level}"
            (PROFILES / "costs" / f"bare-c.{core}.toml").write_text(
                prices_toml(core, compiler, flags, fits), "utf-8"
            )
    if options.write and not options.only:
        SIZES.write_text(firmware_toml(compiler, points), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
