"""Fits what a lite residual that learns takes on an ATmega328P and on Cortex-M.

    nice python benchmarks/calibrate_residuals.py --count    run networks on simavr and QEMU, store cycles
    python benchmarks/calibrate_residuals.py                 print the errors, from the stored counts alone
    python benchmarks/calibrate_residuals.py --write         and write the prices to profiles/learning/

Networks are drawn from a seed (residual_draws.py) and counted as those whose biases learn alone
(calibrate_biases.py). A weight that is nought is a quick one, as all are at the first of five samples.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from calibrate_biases import LISTS, block, count, head, segments
from microinfer.learning.bias_events import ASIDE
from microinfer.words.data_folder import data_file
from residual_draws import drawn_aside

NETWORKS = 36
COUNTED = Path(__file__).parent / "data" / "residuals.json.gz"


def listing(name: str, stored: Mapping[str, Any]) -> str:
    own: dict[str, list[tuple[int, Mapping[str, float], int]]] = {kind: [] for kind in ASIDE}
    for number, samples in enumerate(stored["rows"]):
        for cycles, row in zip(samples, segments(*drawn_aside(number)), strict=True):
            for place, kind, events in row:
                if kind in ASIDE:
                    own[kind].append((number, events, cycles[place]))
    text = head(name, stored["compiler"], Path(__file__).name)
    return text + "".join(block(name, kind, own[kind]) for kind in ASIDE)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", nargs="*", metavar="LIST", help=f"all, or some of {', '.join(LISTS)}")
    options.add_argument("--write", action="store_true")
    given = options.parse_args()
    if given.count is not None:
        count(given.count or list(LISTS), COUNTED, NETWORKS, drawn_aside)
    stored = json.loads(gzip.decompress(COUNTED.read_bytes()))
    for name in LISTS:
        if name not in stored:
            continue
        text = listing(name, stored[name])
        if given.write:
            data_file("learning", f"residuals.{name}.toml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
