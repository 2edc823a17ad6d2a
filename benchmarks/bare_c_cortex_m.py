"""Counts bare-c's kernels on Cortex-M under QEMU and fits what each of their loops takes.

    nice python benchmarks/bare_c_cortex_m.py            count what is missing, print the error table
    nice python benchmarks/bare_c_cortex_m.py --write    and write the price lists to profiles/costs/
    python benchmarks/bare_c_cortex_m.py --stored        from the stored counts alone, without a compiler

Models of many operators of a kind are exported, compiled and run on data of several kinds. Events, fit and
interval are those of calibrate_avr.py.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from avr_fit import summary
from avr_lists import SAME_AS, price_lines
from avr_points import SOURCES
from bare_c_counts import KINDS, Counted, counted, digest, measure, read, store
from bare_c_families import FAMILIES
from bare_c_fit import FamilyFit, fitted
from calibrate_builds import CORE_WORDS, TIMING
from qemu import CORES, Toolchain, missing

COSTS = Path(__file__).parents[1] / "profiles" / "costs"
LISTS = (*((core, "-O2") for core in CORES), ("cortex-m4", "-Os"), ("cortex-m4", "-O3"))
"""By core and level; a Cortex-M7 is carried over, and other levels of other cores follow the Cortex-M4's."""
ONE_SHIFT = frozenset({"bytes_right"})
"""Events of an AVR that these cores hardly have, whose price is not real where most shapes have as many:
left out of a kind whose held-out shapes are met as well without."""
SAME = 0.01
"""How much worse that may be."""
EVEN = 3e-3
"""How events that no shape tells apart share a price, see `solve`: a processor's own rounding chose."""
TABLE = 0.05
"""How far a pipeline may lie from its timing table."""


def gather() -> list[Counted]:
    """All counts, those made now included."""
    with tempfile.TemporaryDirectory() as folder:
        tools = [Toolchain(Path(folder) / f"{core}{level}", SOURCES, core, level) for core, level in LISTS]
        by_list = {(tool.core, tool.level): tool for tool in tools}
        points = [
            point
            for point in read()
            if point.kind in KINDS
            and digest(by_list[point.core, point.level], point.kind, tuple(point.seeds)) == point.made_with
        ]
        known = {(point.kind, point.core, point.level) for point in points}
        for kind in KINDS:
            wanted = [tool for tool in tools if (kind, tool.core, tool.level) not in known]
            if wanted:
                points += measure(wanted, kind, Path(folder) / "project")
                print(kind, file=sys.stderr, flush=True)
    return points


def fits_of(points: Sequence[Counted], core: str, level: str) -> dict[str, FamilyFit]:
    """By kind."""
    found = {}
    for point in points:
        if (point.core, point.level) != (core, level) or point.kind not in KINDS:
            continue
        cycles = list(zip(*point.cycles, strict=True))
        events = counted(point.kind, tuple(point.seeds), len(point.cycles))
        found[point.kind] = whole = fitted(events, cycles, EVEN)
        known = {name for each in events for one in each for name in one}
        for rest in (known & ONE_SHIFT, (known - told_apart(events, known)) | (known & ONE_SHIFT)):
            fewer = without(events, rest, cycles) if rest else whole
            if max(fewer.fit.held) <= max(whole.fit.held) + SAME:
                found[point.kind] = fewer
    return {kind: found[kind] for kind in KINDS if kind in found}


def told_apart(events: Sequence[Sequence[Mapping[str, float]]], known: AbstractSet[str]) -> set[str]:
    """Events whose counts do not follow from those before them, in every operator: the price of any other is
    in theirs, and rounding would choose how it is split."""
    names, chosen = sorted(known, key=lambda name: (name != "call", name)), list[str]()
    counts = {
        name: np.array([sum(one.get(name, 0) for one in each) for each in events], float) for name in names
    }
    for name in names:
        column = counts[name] / max(np.linalg.norm(counts[name]), 1e-300)
        if chosen:
            before = np.array([counts[each] / np.linalg.norm(counts[each]) for each in chosen]).T
            column = column - before @ np.linalg.lstsq(before, column)[0]
        if np.linalg.norm(column) > 1e-7:
            chosen.append(name)
    return set(chosen)


def without(
    events: Sequence[Sequence[Mapping[str, float]]], rest: AbstractSet[str], cycles: Sequence[Sequence[int]]
) -> FamilyFit:
    """The fit where some events cost nothing."""
    fewer = [[{name: n for name, n in one.items() if name not in rest} for one in each] for each in events]
    made = fitted(fewer, cycles, EVEN)
    prices = dict(sorted({**dict.fromkeys(rest, 0.0), **made.fit.prices}.items()))
    return replace(made, fit=replace(made.fit, prices=prices))


def rows_of(kind: str) -> Sequence[tuple[str, str]]:
    """Operators and variants that a kind's prices are written for."""
    if kind in FAMILIES:
        return FAMILIES[kind].rows
    return [(name, "bare_c") for name in (kind, *(name for name, of in SAME_AS.items() if of == kind))]


def suffix(level: str) -> str:
    """Of a file's name; -O2 goes without saying."""
    return "" if level == "-O2" else level.lower()


def written(core: str, level: str, compiler: str, fits: dict[str, FamilyFit]) -> str:
    slow, fast = TIMING.get(core, (1.0, 1.0))
    rows: dict[tuple[str, str], list[str]] = {}
    for kind, made in fits.items():
        low, high = made.ends
        ends = low * slow * (1 - TABLE), high * fast * (1 + TABLE)
        for row in rows_of(kind):
            rows[row] = price_lines(*row, made.points, made.fit, ends)
    head = [
        "# Written by benchmarks/bare_c_cortex_m.py; do not edit.",
        'library = "bare-c"',
        f'core = "{core}{suffix(level)}"',
        f'measured = "emulated: {compiler} {level}, instructions counted under QEMU, {CORE_WORDS[core]}; '
        'without wait states"',
        "provisional = false",
    ]
    return "\n".join([*head, *(line for _, each in sorted(rows.items()) for line in each)]) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write to {COSTS}")
    parser.add_argument("--stored", action="store_true", help="count nothing; believe the stored counts")
    options = parser.parse_args(arguments)
    if not options.stored and (lacking := missing()) is not None:
        parser.error(lacking)
    points = read() if options.stored else gather()
    if not options.stored:
        store(points, mode="wt")
    for core, level in LISTS:
        fits = fits_of(points, core, level)
        if not fits:
            continue
        compiler = next(point.compiler for point in points if (point.core, point.level) == (core, level))
        print(f"\n{f'bare-c on {core}, {compiler} {level}':58}")
        print(f"{'errors in per cent':46}{'in sample':>20}{'held out':>21}   by other data")
        for kind, made in fits.items():
            low, high = made.ends
            print(f"{kind:46}{summary(made.fit.inside)} {summary(made.fit.held)}   {low:.2f} to {high:.2f}")
        if options.write:
            name = f"bare-c.{core}{suffix(level)}.toml"
            (COSTS / name).write_text(written(core, level, compiler, fits), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
