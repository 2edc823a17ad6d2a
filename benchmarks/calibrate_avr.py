"""Measures bare-c's kernels on a simulated ATmega328P and fits what each of their loops takes.

    nice python benchmarks/calibrate_avr.py            measure what is missing, print the error table
    nice python benchmarks/calibrate_avr.py --write    and write the price lists and sizes to profiles/
    python benchmarks/calibrate_avr.py --stored        from the stored points alone, without a compiler

Every point is a model of one operator, exported, compiled by avr-gcc with -O2 and -Os and run on simavr,
which counts cycles exactly. Points go to a file of lines, so that a run that was interrupted goes on where
it was; they count only for the model, the machine code of its kernels and the compiler that they were made
with. How often each loop ran is counted anew each time.

Kernels of other types than int8 are measured several operators a model, on data of several kinds: what
software floating point takes hangs on them, and the interval holds all.

Prices are a non-negative least-squares fit of relative errors. Held-out errors come of fits to 70 % of the
points, drawn ten times; extrapolated ones are those of the largest 30 %, predicted from the others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from avr_fit import fit, summary
from avr_lists import LEVELS, firmware_toml, prices_toml
from avr_points import DATA, SOURCES, Point, append, counted, digests, measure, read
from avr_shapes import KERNELS
from bare_c_families import FAMILIES
from bare_c_fit import FamilyFit, on_avr
from bare_c_points import NUMBERS, Measured, digest, store
from bare_c_points import measure as measure_family
from bare_c_points import read as read_families
from simavr import Toolchain, missing

ROOT = Path(__file__).parents[1]
PROFILES = ROOT / "profiles"
SIZES = PROFILES / "memory" / "bare-c.avr.toml"


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


def gather_families(only: Sequence[str]) -> list[Measured]:
    """All points of kernels of other types, those measured now included."""
    with tempfile.TemporaryDirectory() as folder:
        tools = [Toolchain(Path(folder) / level, SOURCES, level) for level in LEVELS]
        by_level = {tool.optimise: tool for tool in tools}
        points = [
            point
            for point in read_families()
            if point.family in FAMILIES
            and point.number < NUMBERS
            and digest(by_level[point.level], point.family, point.number, point.seeds) == point.made_with
        ]
        known = {(point.family, point.number) for point in points}
        wanted = [
            (family, number)
            for number in range(NUMBERS)
            for family in FAMILIES
            if any(name in family for name in only or [""]) and (family, number) not in known
        ]
        for done, (family, number) in enumerate(wanted, 1):
            made = measure_family(tools, family, number, Path(folder) / "project")
            points += made
            store(made)
            progress(done, len(wanted), family)
        if wanted:
            store(points, mode="wt")
    return points


def families_of(points: Sequence[Measured], level: str) -> dict[str, FamilyFit]:
    """Fits by family, each printed as a line."""
    found = {}
    for family in FAMILIES:
        mine = [point for point in points if (point.family, point.level) == (family, level)]
        if not mine:
            continue
        found[family] = made = on_avr(mine)
        low, high = made.ends
        print(f"{family:46}{summary(made.fit.inside)} {summary(made.fit.held)}   {low:.2f} to {high:.2f}")
    return found


def stored(path: Path) -> tuple[list[Point], str]:
    """The points of the file as they are, and the compiler that the sizes in profiles/ name."""
    points = [replace(point, events=counted(point.kernel, point.number)) for point in read(path)]
    return points, tomllib.loads(SIZES.read_text("utf-8"))["compiler"]


def progress(done: int, of: int, what: str) -> None:
    if sys.stderr.isatty() or done == of or done % 50 == 0:
        bar = "#" * (30 * done // of)
        end = "\n" if done == of or not sys.stderr.isatty() else ""
        print(f"\r[{bar:30}] {done}/{of} {what:24}", end=end, file=sys.stderr, flush=True)


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
    others = read_families() if options.stored else gather_families(options.only)
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
        print(f"\n{'other types, in per cent':46}{'in sample':>20}{'held out':>21}   by other data")
        families = families_of(others, level)
        if options.write and not options.only:
            flags = f"-mmcu=atmega328p {level}"
            (PROFILES / "costs" / f"bare-c.{core}.toml").write_text(
                prices_toml(core, compiler, flags, fits, families), "utf-8"
            )
    if options.write and not options.only:
        SIZES.write_text(firmware_toml(compiler, points, others), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
