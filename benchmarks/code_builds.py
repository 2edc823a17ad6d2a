"""How much larger or smaller code becomes with the build: from linked programs, held against firmwares.

    python benchmarks/code_builds.py            print the factors, and what published firmwares say of them
    python benchmarks/code_builds.py --write    and write profiles/memory/code-builds.toml

Programs: tests/truth/cortex_m4_code_builds.json, text sections as the linker made them. Firmwares: EdgeMark's
of one NUCLEO-L4R5ZI in benchmarks/data/published.json, whose sizes at two levels differ by TFLM's code, and
by what of the board's own is compiled anew, too.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean, median

sys.path.insert(0, str(Path(__file__).parent))
from microinfer.deploy.deployment import deploy
from microinfer.libraries.code_builds import FIXED
from microinfer.libraries.code_size import code_size
from microinfer.operators.resolver import OpResolver
from microinfer.parts.profile import load_profile
from published_networks import rebuilt

ROOT = Path(__file__).resolve().parents[1]
TRUTH = ROOT / "tests" / "truth" / "cortex_m4_code_builds.json"
PUBLISHED = ROOT / "benchmarks" / "data" / "published.json"
WRITTEN = ROOT / "profiles" / "memory" / "code-builds.toml"
HEAD = """\
# Code of a firmware compiled otherwise, by that of the same firmware at -O2 without asserts and strings, in
# code-size.*.toml: levels of kernels alone, for TFLM compiles its core at -Os at every one; kinds of all.
# Written by benchmarks/code_builds.py from text sections of linked programs; single kernels lie between
# 0.62 and 0.97 (Os), 0.99 and 1.58 (O3) times theirs at -O2, so what comes of these is provisional.
"""


def fixed_bytes(library: str) -> int:
    """What no level changes of a program with every operator: core, C library, application."""
    found = code_size(library, "cortex-m4", OpResolver.builtin().names)
    assert found is not None
    return sum(size for group, size in found.groups.items() if group in FIXED)


def factors() -> dict[str, dict[str, float]]:
    """Levels of kernels by theirs at -O2, kinds of all by release: means over libraries, and of asserts over
    levels."""
    programs = json.loads(TRUTH.read_text(encoding="utf-8"))["programs"]
    whole, few = programs["all operators"].values(), programs["resolver of 63"].values()
    strings = mean(sizes["O2,strings"] / sizes["O2"] for sizes in few)
    checked = mean(
        sizes[f"{level},asserts"] / sizes[f"{level},strings"] for sizes in whole for level in ("O2", "Os")
    )
    levels = {
        level: mean(
            (sizes[f"{level},strings"] - fixed_bytes(library)) / (sizes["O2,strings"] - fixed_bytes(library))
            for library, sizes in programs["all operators"].items()
        )
        for level in ("O2", "O3", "Os")
    }
    return {"levels": levels, "kinds": {"release": 1.0, "strings": strings, "asserts": strings * checked}}


def toml(found: dict[str, dict[str, float]]) -> str:
    """The file, with its source."""
    said = json.loads(TRUTH.read_text(encoding="utf-8"))["what"].partition(": ")[2].partition(". ")[0]
    lines = [HEAD, f'source = "{said}"']
    for table, values in found.items():
        lines += ["", f"[{table}]", *(f"{name} = {value:.3g}" for name, value in values.items())]
    return "\n".join([*lines, ""])


def firmwares() -> Iterator[tuple[str, float, float]]:
    """Networks of EdgeMark's: bytes by which -O3 is larger than -Os, published and said of code alone."""
    took: dict[str, dict[str, float]] = {}
    for row in json.loads(PUBLISHED.read_text(encoding="utf-8")):
        level = re.search(r"TFLM .* -(O3|Os) \(EdgeMark\)", row["stack"])
        if level is not None and "flash_kb" in row:
            took.setdefault(row["model"], {})[level[1]] = 1024 * row["flash_kb"]
    part = load_profile("nucleo-l4r5zi")
    for name, sizes in took.items():
        model = rebuilt(name)
        if len(sizes) < 2 or model is None:
            continue
        code = {level: deploy(model, part.built(level)).memory for level in sizes}
        large, small = (memory.code_bytes if memory else None for memory in (code["O3"], code["Os"]))
        if large is not None and small is not None:
            yield name, sizes["O3"] - sizes["Os"], large - small


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {WRITTEN}")
    options = parser.parse_args(arguments)
    made = toml(factors())
    print(made)
    print("bytes by which firmware at -O3 is larger than at -Os, published and said of code")
    ratios = []
    for name, measured, said in firmwares():
        ratios.append(said / measured)
        print(f"{name:8}{measured:10,.0f}{said:10,.0f}{ratios[-1]:8.2f}")
    print(f"median of the ratios {median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}")
    if options.write:
        WRITTEN.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
