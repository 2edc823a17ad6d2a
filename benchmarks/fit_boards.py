"""Fits what a board's memory adds to an ideal one's cycles, from published latencies.

    python benchmarks/fit_boards.py

Two figures a board: cycles added to every instruction (wait states of instruction fetch that cache and
prefetch do not hide) and to every byte of weights read in order. Least squares on relative errors, not
below nought. The rows run CMSIS-NN kernels under another runtime and of other versions than those
that were counted; that is part of the residual, which is printed with each row left out in turn.

No row of STM32H7A3 and STM32F746 runs CMSIS-NN under TFLM at a known version. There, rows of other
engines tell only how much faster the same engine ran there than on the NUCLEO-L4R5ZI; this ratio is
applied to the CMSIS-NN rows of the latter. The result is derived, and its interval wider.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

sys.path.insert(0, str(Path(__file__).parent))
from cortex_m_data import DATA, read
from microinfer.libraries.library import kernel_library
from microinfer.timing.prices import load_costs, price

BOARDS = Path(__file__).parent / "data" / "boards.json"
LIBRARY = "tflm-cmsis-nn"
MLPERF = ("ad01_int8", "pretrainedResnet_quant", "kws_ref_model", "vww_96_int8")
REFERENCE_BOARD = "NUCLEO-L4R5ZI"
Features = dict[tuple[str, str], tuple[float, float, float]]


def features() -> Features:
    """Ideal cycles, instructions and weight bytes of each network, by network and core."""
    found: Features = {}
    for label, operators in read(DATA)[1].items():
        model, library = label.split()
        if library != LIBRARY:
            continue
        for core in ("cortex-m4", "cortex-m7"):
            table = load_costs(LIBRARY, core)
            costs = [price(s.operator, s.geometry, table, LIBRARY) for s in operators]
            read_bytes = sum(
                kernel_library(LIBRARY).traffic(s.operator, cost.variant, s.geometry).in_order
                for s, cost in zip(operators, costs, strict=True)
            )
            cycles = sum(cost.cycles or 0 for cost in costs)
            found[model, core] = (cycles, sum(cost.instructions or 0 for cost in costs), read_bytes)
    return found


def cycles(
    rows: Sequence[dict[str, Any]], board: str, model: str, software: str, submitter: str = ""
) -> float:
    for row in rows:
        if (
            (row["board"], row["model"]) == (board, model)
            and software in row["software"]
            and submitter in row["submitter"]
        ):
            return float(row["cycles"])
    raise LookupError(f"no row of {model} on {board} with {software}")


def fit(name: str, core: str, took: dict[str, float], known: Features) -> None:
    ideal = np.array([known[model, core][0] for model in took])
    added = np.array([known[model, core][1:] for model in took], float)
    wanted = np.array(list(took.values()))
    prices = nnls(added / wanted[:, None], (wanted - ideal) / wanted)[0]
    print(f"\n{name}: fetch {prices[0]:.3f}, weights_sequential {prices[1]:.3f}")
    for i, model in enumerate(took):
        others = np.arange(len(took)) != i
        text = "-"
        if others.sum() >= 2:
            left = nnls(added[others] / wanted[others, None], (wanted - ideal)[others] / wanted[others])[0]
            text = f"{100 * ((ideal[i] + added[i] @ left) / wanted[i] - 1):+6.1f}"
        said = ideal[i] + added[i] @ prices
        print(
            f"  {model:24} {wanted[i]:12,.0f} cycles, {wanted[i] / ideal[i]:.3f} of ideal, "
            f"error {100 * (said / wanted[i] - 1):+6.1f} %, left out {text} %"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--boards", type=Path, default=BOARDS, help="published rows (JSON)")
    options = parser.parse_args(arguments)
    rows = json.loads(options.boards.read_text(encoding="utf-8"))["rows"]
    known = features()

    def measured(board: str, software: str, submitter: str = "") -> dict[str, float]:
        return {model: cycles(rows, board, model, software, submitter) for model in MLPERF}

    def carried_over(board: str, engine: str) -> dict[str, float]:
        """What CMSIS-NN would take there, by how another engine's two boards compare."""
        base = measured(REFERENCE_BOARD, "CMSIS-NN", "OctoML")
        here, there = measured(board, engine), measured(REFERENCE_BOARD, engine)
        return {model: base[model] * here[model] / there[model] for model in MLPERF}

    fit("nucleo-l4r5zi", "cortex-m4", measured(REFERENCE_BOARD, "CMSIS-NN", "OctoML"), known)
    fit("nrf5340-dk (as a Cortex-M4)", "cortex-m4", measured("nRF5340 DK", "CMSIS-NN"), known)
    old = {model: cycles(rows, "STM32F446RE (S)", model, "TFLM") for model in ("person_detect", "ad01_int8")}
    fit("stm32f446re", "cortex-m4", old, known)
    fit("nucleo-h7a3zi-q, carried over", "cortex-m7", carried_over("NUCLEO-H7A3ZI-Q", "X-CUBE-AI"), known)
    discovery = carried_over("DISCO-F746NG", "HALE")
    discovery["person_detect"] = cycles(rows, "STM32F746ZG (M)", "person_detect", "TFLM")
    fit("stm32f746-discovery, carried over, and one row of STM32F746ZG", "cortex-m7", discovery, known)
    return 0


if __name__ == "__main__":
    sys.exit(main())
