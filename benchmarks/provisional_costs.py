"""Writes price lists for what has not been measured yet, each marked provisional, with wide intervals.

    python benchmarks/provisional_costs.py            print what would be written
    python benchmarks/provisional_costs.py --write    write them to profiles/costs/

bare-c on Cortex-M runs the loops that were measured on an ATmega328P: its prices are the ATmega328P's
times CORTEX_M, taken to lie between 0.4 and 1.6 times that. A Cortex-M0+ has no FPU: kernels that compute in
floating point do it in software.

Older kernels were counted on a Cortex-M4 at -O3 and -Os, those of 2021 on a Cortex-M7 at -Os. At -O2 they are
taken to take what they take at -O3, and elsewhere on a Cortex-M7 so many times what they take on a Cortex-M4
as the networks of the grid took under today's kernels.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from cortex_m_data import DATA, read
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core

COSTS = Path(__file__).parents[1] / "profiles" / "costs"

CORTEX_M = 0.35
"""Cycles of a Cortex-M4 or M7 by cycles of an ATmega328P: a product and its sum take five instead of 12,
a requantisation about 30 instead of 133, a copied byte as long."""
FACTORS = {
    ("bare-c", "cortex-m33"): (1.0, 0.85, 1.2),
    ("bare-c", "cortex-m0plus"): (1.8, 0.5, 2.0),
}
"""By library and core that nobody has counted: cycles by those of a Cortex-M4, and how far they may be
off."""

OLDER = ("tflm-2020", "tflm-2021")
"""Libraries of older kernels, counted on a Cortex-M4."""
COUNTED = frozenset({"tflm-2021.cortex-m7-os"})
"""What of these was counted on a Cortex-M7, too: calibrate_builds.py writes its list."""
LEVELS_APART = 0.05
"""How far a network at -O2 may lie from -O3: 0.975 to 1.022 times under today's kernels."""


def header(library: str, core: str, measured: str) -> list[str]:
    return [
        "# Written by benchmarks/provisional_costs.py; do not edit.",
        f'library = "{library}"',
        f'core = "{core}"',
        f'measured = "{measured}"',
        "provisional = true",
    ]


def entry(
    operator: str, cycles: Mapping[str, float], low: float, high: float, ipc: float, variant: str = "bare_c"
) -> list[str]:
    return [
        "",
        f'[operator.{operator}."{variant}"]',
        "points = 0",
        "median = 0.5",
        "p95 = 1.0",
        "worst = 1.0",
        f"low = {low:.4f}",
        f"high = {high:.4f}",
        f"instructions_per_cycle = {ipc:.4f}",
        f'[operator.{operator}."{variant}".cycles]',
        *(f"{event} = {price:.5g}" for event, price in cycles.items()),
    ]


def cortex_m(core: str) -> str:
    """The prices of an ATmega328P times a factor."""
    lines = header("bare-c", core, f"not measured: the prices of an ATmega328P times {CORTEX_M:g}")
    for operator, variants in sorted(table("bare-c", "avr")["operator"].items()):
        for name, found in sorted(variants.items()):
            cycles = {event: price * CORTEX_M for event, price in found["cycles"].items()}
            lines += entry(operator, cycles, 0.4, 1.6, found["instructions_per_cycle"], name)
    return "\n".join(lines) + "\n"


def cortex_m7() -> tuple[float, float]:
    """Cycles of a Cortex-M7 by those of a Cortex-M4, of all networks that today's kernels ran on both; and
    how far four of five networks are off by that."""
    took = [
        [sum(sample.cycles[core] for sample in samples) for core in ("cortex-m7", "cortex-m4")]
        for name, samples in read(DATA)[1].items()
        if name.endswith(" tflm-cmsis-nn")
    ]
    times = sum(fast for fast, _ in took) / sum(slow for _, slow in took)
    off = sorted(abs(times * slow / fast - 1) for fast, slow in took)
    return round(times, 2), round(off[int(0.8 * len(off))], 2)


def carried(library: str, core: str, of: str, times: float, spread: float, measured: str) -> str:
    """The list of a core as that of another one, by which it is read."""
    head = header(library, core, measured)
    lines = [*head, "", "[carried]", f'list = "{library}.{of}"', f"times = {times:g}", f"spread = {spread:g}"]
    return "\n".join(lines) + "\n"


def older() -> dict[str, str]:
    """The lists of older kernels that nobody counted."""
    times, spread = cortex_m7()
    fast = (
        "counted on a Cortex-M4, times what networks of today's kernels take on a Cortex-M7 by an in-order "
    )
    fast += "dual-issue model"
    alike = "counted on a Cortex-M4 at -O3, from which today's kernels at -O2 differ by less than 3 %"
    made = {}
    for library in OLDER:
        made[f"{library}.cortex-m4"] = carried(library, "cortex-m4", "cortex-m4-o3", 1, LEVELS_APART, alike)
        for level, of in (("", "-o3"), ("-o3", "-o3"), ("-os", "-os")):
            name = f"cortex-m7{level}"
            if f"{library}.{name}" in COUNTED:
                continue
            made[f"{library}.{name}"] = carried(library, name, f"cortex-m4{of}", times, spread, fast)
    return made


def table(library: str, core: str) -> dict[str, Any]:
    return tomllib.loads((COSTS / f"{library}.{core}.toml").read_text(encoding="utf-8"))


def from_cortex_m4(
    library: str, core: str, factor: float, low: float, high: float, cortex_m4: Mapping[str, Any]
) -> str:
    """Another core's prices as those of a Cortex-M4 times a factor."""
    text = f"not measured: the prices of a Cortex-M4 times {factor:g}"
    lines = header(library, core, text)
    for operator, variants in sorted(cortex_m4["operator"].items()):
        for name, found in sorted(variants.items()):
            soft = (
                None if load_core(core).core.fpu else kernel_library(library).software_float(operator, name)
            )
            cycles = {
                event: price * (soft.times * soft.thumb if soft is not None and soft.slows(event) else factor)
                for event, price in found["cycles"].items()
            }
            least, most = (min(low, soft.low), max(high, soft.high)) if soft is not None else (low, high)
            ipc = found["instructions_per_cycle"] / (factor if factor < 1.5 else 1.0)
            lines += entry(operator, cycles, least * found["low"], most * found["high"], ipc, name)
    return "\n".join(lines) + "\n"


def written() -> dict[str, str]:
    """File name to text. What comes of another provisional list comes of its new text."""
    made = {f"bare-c.{core}": cortex_m(core) for core in ("cortex-m4", "cortex-m7")}
    for (library, core), (factor, low, high) in FACTORS.items():
        text = made.get(f"{library}.cortex-m4")
        measured = tomllib.loads(text) if text is not None else table(library, "cortex-m4")
        made[f"{library}.{core}"] = from_cortex_m4(library, core, factor, low, high, measured)
    return made | older()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write to {COSTS}")
    options = parser.parse_args(arguments)
    for name, text in written().items():
        if options.write:
            (COSTS / f"{name}.toml").write_text(text, encoding="utf-8")
        else:
            print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
