"""Writes price lists for what has not been measured yet, each marked provisional, with wide intervals.

    python benchmarks/provisional_costs.py            print what would be written
    python benchmarks/provisional_costs.py --write    write them to profiles/costs/

Older kernels were counted on a Cortex-M4 at -O3 and -Os, those of 2021 on a Cortex-M7 at -Os. At -O2 they are
taken to take what they take at -O3, and elsewhere on a Cortex-M7 so many times what they take on a Cortex-M4
as the networks of the grid took under today's kernels. bare-c's were counted on a Cortex-M4: on a Cortex-M7
they are taken to take as many times that as TFLM's reference kernels.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cortex_m_data import DATA, read

COSTS = Path(__file__).parents[1] / "profiles" / "costs"

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


def plain_loops() -> tuple[float, float]:
    """As `cortex_m7`, of TFLM's reference kernels one by one; and how far 19 of 20 of them are off."""
    took = [
        (sample.cycles["cortex-m7"], sample.cycles["cortex-m4"])
        for name, samples in read(DATA)[1].items()
        if name.endswith(" tflm-reference")
        for sample in samples
    ]
    times = sum(fast for fast, _ in took) / sum(slow for _, slow in took)
    off = sorted(abs(fast / slow / times - 1) for fast, slow in took)
    return round(times, 2), round(off[int(0.95 * len(off))], 2)


def bare_c() -> str:
    """The list of bare-c on a Cortex-M7."""
    told = "counted on a Cortex-M4, times what TFLM's reference kernels take on a Cortex-M7 by an in-order "
    return carried("bare-c", "cortex-m7", "cortex-m4", *plain_loops(), f"{told}dual-issue model")


def written() -> dict[str, str]:
    """File name to text."""
    return {"bare-c.cortex-m7": bare_c()} | older()


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
