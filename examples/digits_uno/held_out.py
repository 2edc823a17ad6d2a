"""Sets a network beside the zoo's own digits on an Arduino Uno, by samples that neither was trained on.

python held_out.py digits.tflite
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from digits import right
from network import SCALE, ZERO_POINT

import microinfer
from microinfer import zoo

PART = "arduino-uno"


def main(path: str) -> None:
    stored, y = zoo.samples("digits")
    x = ((stored.astype(np.float32) - ZERO_POINT) * SCALE).reshape(-1, 8, 8, 1)
    print(f"{'':14}{'arena':>7}{'flash':>8}{'one inference':>16}{'right of 360':>16}")
    for name, made in (("zoo's digits", zoo.load("digits")), (Path(path).name, Path(path).read_bytes())):
        (row,) = microinfer.compare(made, PART, "bare-c").rows
        assert row.ms is not None
        share = right(made, x, y)
        time, answers = f"{row.ms.typical:.1f} ms", f"{round(360 * share)}, {share:.2%}"
        print(f"{name:14}{row.arena_bytes:>7,}{row.flash_bytes:>8,}{time:>16}{answers:>16}")


if __name__ == "__main__":
    main(sys.argv[1])
