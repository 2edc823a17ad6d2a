"""How often the truth lies inside the 90 % intervals, and how wide they are.

    python benchmarks/interval_coverage.py

Operators: tenfold; a fold's samples are predicted by prices and held against intervals to which they did
not contribute. Networks: none of them is in the fit. Boards: each row against its profile, whose two
memory figures rest on four rows each; boards that were carried over from another are marked.

Cortex-M4 to M7: how many times the cycles the same software takes on the one board as on the other,
measured and predicted by CMSIS-NN's prices: on ideal memory, which no row had a part in, and from board to
board. The memory figures of the M7 boards come of these very rows: only the first is independent.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from calibrate_cortex_m import CORES, Fit, Kernel, fit, groups, interval
from cortex_m_data import DATA, LIBRARIES, Sample, read, read_more
from microinfer.parts.profile import load_profile
from microinfer.timing.energy import Span, inference_energy
from microinfer.timing.prices import TotalCost, load_costs, price, total

BOARDS = Path(__file__).parent / "data" / "boards.json"
ROWS = (
    ("NUCLEO-L4R5ZI", "microTVM + CMSIS-NN", "nucleo-l4r5zi", ""),
    ("nRF5340 DK", "microTVM + CMSIS-NN", "nrf5340-dk", "core provisional"),
    ("STM32F446RE (S)", "TFLM + CMSIS-NN", "stm32f446re", "older kernels"),
    ("STM32F746ZG (M)", "TFLM + CMSIS-NN", "stm32f746-discovery", "older kernels, sister part"),
)

L4R5, F446 = ("NUCLEO-L4R5ZI", "nucleo-l4r5zi"), ("STM32F446RE (S)", "stm32f446re")
PAIRS = (
    (L4R5, ("NUCLEO-H7A3ZI-Q", "nucleo-h7a3zi-q"), "X-CUBE-AI"),
    (L4R5, ("DISCO-F746NG", "stm32f746-discovery"), "HALE"),
    (F446, ("STM32F746ZG (M)", "stm32f746-discovery"), "TFLM + CMSIS-NN"),
)
"""A Cortex-M4's board and profile, a Cortex-M7's, and software of which both have rows."""


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


def network(operators: Sequence[Sample], core: str, profile: str = "") -> TotalCost:
    library = operators[0].library
    table = load_costs(library, core)
    timing = {"timing": load_profile(profile).timing} if profile else {}
    return total([price(s.operator, s.geometry, table, library, **timing) for s in operators])


def ratio(here: TotalCost, there: TotalCost) -> Span:
    """Cycles here by cycles there; the two intervals are independent of each other."""
    said = here.cycles / there.cycles
    below = np.hypot(np.log(here.cycles / here.cycles_low), np.log(there.cycles_high / there.cycles))
    above = np.hypot(np.log(here.cycles_high / here.cycles), np.log(there.cycles / there.cycles_low))
    return Span(said, float(said * np.exp(-below)), float(said * np.exp(above)))


def measured_ratios(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str, str, float]]:
    """Profile of the M4, profile of the M7, network, measured ratio of cycles."""
    for (m4, from_profile), (m7, to_profile), software in PAIRS:
        mine = [row for row in rows if row["model"] and software in row["software"]]
        here = {row["model"]: row["cycles"] for row in mine if row["board"] == m4}
        there = {row["model"]: row["cycles"] for row in mine if row["board"] == m7}
        for model in there:
            if model in here:
                yield from_profile, to_profile, model, here[model] / there[model]


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
    print("\nBoards: milliseconds measured, predicted, interval; microjoules the same")
    rows = json.loads(BOARDS.read_text(encoding="utf-8"))["rows"]
    inside = every = 0
    for row in rows:
        known = [
            p for b, software, p, _ in ROWS if b == row["board"] and row["software"].startswith(software)
        ]
        label = f"{row['model']} tflm-cmsis-nn"
        if not known or label not in networks:
            continue
        profile = load_profile(known[0])
        said = network(networks[label], profile.core, profile.name)
        ms = Span(said.cycles, said.cycles_low, said.cycles_high).scaled(1e3 / profile.clock_hz)
        took = row["cycles"] * 1e3 / profile.clock_hz
        good = ms.low <= took <= ms.high
        energy = inference_energy(ms.scaled(1e-3), profile)
        text = ""
        if energy is not None and row["energy_uj"]:
            uj = energy.microjoules
            lies = uj.low <= row["energy_uj"] <= uj.high
            text = f"; {row['energy_uj']:8.0f} uJ, {uj.typical:8.0f} [{uj.low:.0f}, {uj.high:.0f}]"
            text += "" if lies else " outside"
            inside, every = inside + lies, every + 1
        inside, every = inside + good, every + 1
        print(
            f"  {profile.name:20} {row['model']:24} {took:7.1f} ms, {ms.typical:7.1f} [{ms.low:.1f}, "
            f"{ms.high:.1f}]{'' if good else ' outside'}{text}"
        )
    print(f"  {inside} of {every} inside, {inside / every:.1%}")
    print("\nCortex-M4 to M7: ratio of cycles measured, on ideal memory, board to board, interval")
    inside, ideals, measured = 0, [], []
    for here, there, model, took in measured_ratios(rows):
        operators = networks[f"{model} tflm-cmsis-nn"]
        ideal = ratio(network(operators, "cortex-m4"), network(operators, "cortex-m7")).typical
        span = ratio(network(operators, "cortex-m4", here), network(operators, "cortex-m7", there))
        good = span.low <= took <= span.high
        inside, ideals, measured = inside + good, [*ideals, ideal], [*measured, took]
        print(
            f"  {here:13} {there:19} {model:22} {took:.2f} {ideal:.2f} {span.typical:.2f} "
            f"[{span.low:.2f}, {span.high:.2f}]{'' if good else ' outside'}"
        )
    print(
        f"  {inside} of {len(measured)} inside; median {np.median(measured):.2f} measured, "
        f"{np.median(ideals):.2f} on ideal memory"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
