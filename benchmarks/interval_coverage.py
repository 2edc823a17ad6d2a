"""How often the truth lies inside the 90 % intervals, and how wide they are.

    python benchmarks/interval_coverage.py

Operators: tenfold; a fold's samples are predicted by prices and held against intervals to which they did
not contribute. Networks: none of them is in the fit. `benchmarks/boards.py` does so for real boards.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from calibrate_cortex_m import CORES
from cortex_m_data import DATA, LIBRARIES, Sample, read, read_more
from cortex_m_families import Kernel
from cortex_m_fit import Fit, fit, groups
from cortex_m_lists import interval
from microinfer.timing.prices import TotalCost, load_costs, price, total


def held_out(found: Fit) -> tuple[int, int, list[float]]:
    """Samples inside their interval, samples, and widths high / low - 1 of the intervals."""
    inside = every = 0
    widths = []
    for fold in np.unique(found.fold):
        mine = (found.fold == fold) & ~np.isnan(found.held)
        others = found.held[(found.fold != fold) & ~np.isnan(found.held)]
        if not mine.any() or len(others) < 2:
            continue
        low, high = interval(others, max(1, found.models - int(mine.sum()) // 2))
        ratio = 1 / (1 + found.held[mine])
        inside += int(((low <= ratio) & (ratio <= high)).sum())
        every += int(mine.sum())
        widths += [high - low] * int(mine.sum())
    return inside, every, widths


def network(operators: Sequence[Sample], core: str) -> TotalCost:
    library = operators[0].library
    table = load_costs(library, core)
    return total([price(s.operator, s.geometry, table, library) for s in operators])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kernels", action="store_true", help="print every kernel")
    options = parser.parse_args(arguments)
    grid, networks = read(DATA)
    more = read_more()
    guides: dict[str, dict[Kernel, Fit]] = {}
    print("Held-out operators: inside, samples, coverage, median width of the interval")
    for core in CORES:
        for library in LIBRARIES:
            inside = every = 0
            widths: list[float] = []
            fits: dict[Kernel, Fit] = {}
            for (of, family), items in sorted(groups([*grid, *more]).items()):
                if of != library:
                    continue
                made = fit(items, core, options.seed, guides.get(library), family)
                fits |= made
                for kernel, found in made.items():
                    mine, count, wide = held_out(found)
                    inside, every, widths = inside + mine, every + count, widths + wide
                    if options.kernels and count:
                        print(f"    {'/'.join(kernel):44} {mine:4} of {count:4}  {np.median(wide):6.1%}")
            guides.setdefault(library, fits)
            print(
                f"  {library:16} {core:10} {inside:5} {every:5}  {inside / every:6.1%}  "
                f"{np.median(widths):6.1%}"
            )
    print("\nNetworks, data unknown: truth, error, interval, inside")
    inside = every = 0
    widths = []
    for core in CORES:
        for label, operators in networks.items():
            said, took = network(operators, core), sum(s.cycles[core] for s in operators)
            if said.missing:
                continue
            good = said.cycles_low <= took <= said.cycles_high
            inside, every = inside + good, every + 1
            widths.append((said.cycles_high - said.cycles_low) / said.cycles)
            print(
                f"  {core} {label:38} {took:12,} {said.cycles / took - 1:+6.1%} "
                f"[{said.cycles_low / took - 1:+6.1%}, {said.cycles_high / took - 1:+6.1%}]"
                f"{'' if good else '  outside'}"
            )
    print(f"  {inside} of {every} inside, {inside / every:.1%}; median width {np.median(widths):.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
