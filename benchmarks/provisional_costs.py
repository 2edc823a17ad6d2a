"""Writes price lists for what has not been measured yet, each marked provisional, with wide intervals.

    python benchmarks/provisional_costs.py            print what would be written
    python benchmarks/provisional_costs.py --write    write profiles/costs/bare-c.*.toml

bare-c on Cortex-M runs the reference kernels' loops with fewer tests: its prices are the reference's
measured ones, taken to lie between half and one and a half times them. bare-c on AVR: the instructions
that each loop needs at least on an 8-bit core with 16-bit pointers and 32-bit sums, from the
instruction timing of the ATmega328PB (LD, ST, LDD, MUL, MULS 2, LPM 3, branch taken 2, register
operations 1, CALL 4, RET 4), taken to lie between half and twice that.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

COSTS = Path(__file__).parents[1] / "profiles" / "costs"

# A 32-bit by 32-bit to 64-bit multiply is 16 MULs and their sums; with rounding, shift and clamp, once
# for each output. An exponential on int32 fixed point is nine such multiplies.
REQUANTIZE = 480
EXPONENTIAL = 9 * REQUANTIZE
DIVIDE = 700

WINDOW: Mapping[str, float] = {
    "call": 400,
    "output_rows": 60,
    "pixels": 80,
    "input_channels": 30,
    "outputs": 90 + REQUANTIZE,
    "kernel_rows": 45,
    "taps_left": 14,
    "taps_right": 14,
    "taps_above": 14,
    "taps_below": 14,
    "taps": 40,
    "macs": 23,
}
POOL: Mapping[str, float] = {"call": 300, "pixels": 80, "kernel_rows": 40, "taps": 22}
COPY: Mapping[str, float] = {"call": 120, "copy_work": 2.5, "rows": 30, "tensors": 30, "copies": 40}
LOOPS: Mapping[str, float] = {"call": 250, "turns": 40, "inner_runs": 40, "dimensions": 60}
BINARY: Mapping[str, float] = {
    "call": 300,
    "dimensions": 100,
    "loops": 60,
    "loop_turns": 60,
    "inner_runs": 40,
}
AVR: Mapping[str, Mapping[str, float]] = {
    "ADD": {**BINARY, "elements": 60 + 3 * REQUANTIZE},
    "AVERAGE_POOL_2D": {**POOL, "outputs": 80 + DIVIDE},
    "CONCATENATION": COPY,
    "CONV_2D": WINDOW,
    "DEPTHWISE_CONV_2D": {**WINDOW, "macs": 28},
    "DEQUANTIZE": {"call": 200, "elements": 300},
    "EXPAND_DIMS": COPY,
    "FULLY_CONNECTED": {"call": 300, "rows": 60, "outputs": 80 + REQUANTIZE, "macs": 21},
    "HARD_SWISH": {"call": 300, "elements": 600, "negatives": 10},
    "LEAKY_RELU": {"call": 200, "elements": 40 + REQUANTIZE, "negatives": 10},
    "LOGISTIC": {"call": 200, "elements": 40, "exponentials": 2 * EXPONENTIAL, "negative_exponentials": 10},
    "MAXIMUM": {**BINARY, "elements": 20},
    "MAX_POOL_2D": {**POOL, "outputs": 60},
    "MEAN": {"call": 400, "outputs": DIVIDE + REQUANTIZE, "elements": 60, "element_dimensions": 40},
    "MINIMUM": {**BINARY, "elements": 20},
    "MUL": {**BINARY, "elements": 60 + REQUANTIZE},
    "PAD": {**LOOPS, "tests": 6, "elements": 16, "copied": 6},
    "QUANTIZE": {"call": 200, "elements": 700},
    "RELU": {"call": 150, "elements": 40 + REQUANTIZE},
    "RELU6": {"call": 150, "elements": 25},
    "RESHAPE": COPY,
    "RESIZE_NEAREST_NEIGHBOR": {"call": 300, "output_rows": 700, "pixels": 700, "copy_work": 2.5},
    "SOFTMAX": {"call": 400, "rows": 5 * EXPONENTIAL, "elements": 40, "exponentials": 2 * EXPONENTIAL},
    "SPLIT": COPY,
    "SQUEEZE": COPY,
    "STRIDED_SLICE": {**LOOPS, "elements": 16},
    "SUB": {**BINARY, "elements": 60 + 3 * REQUANTIZE},
    "TANH": {"call": 200, "elements": 40, "exponentials": 2 * EXPONENTIAL, "negative_exponentials": 10},
    "TRANSPOSE": {**LOOPS, "elements": 16},
}
M0PLUS = {"tflm-reference": (1.8, 0.5, 2.0), "tflm-cmsis-nn": (3.5, 0.4, 2.0), "bare-c": (1.8, 0.5, 2.0)}
QUANTIZE_TYPES = ("reference_float32_int8", "reference_int8_int8")


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


def avr() -> str:
    lines = header("bare-c", "avr", "not measured: estimated from the instruction timing of the ATmega328PB")
    for operator, cycles in sorted(AVR.items()):
        lines += entry(operator, cycles, 0.5, 2.0, 0.7)
    return "\n".join(lines) + "\n"


def cortex_m(core: str) -> str:
    """The reference library's prices, as an assumption for bare-c."""
    lines = header(
        "bare-c", core, "not measured: taken to be as the reference kernels, measured on this core"
    )
    for operator, variants in sorted(table("tflm-reference", core)["operator"].items()):
        preferred = ("reference", *QUANTIZE_TYPES)
        name = next((name for name in preferred if name in variants), next(iter(variants)))
        cycles = dict(variants.get("reference_broadcast", {}).get("cycles", {}))
        cycles |= variants[name]["cycles"]
        lines += entry(operator, cycles, 0.5, 1.5, variants[name]["instructions_per_cycle"])
    return "\n".join(lines) + "\n"


def table(library: str, core: str) -> dict[str, Any]:
    return tomllib.loads((COSTS / f"{library}.{core}.toml").read_text(encoding="utf-8"))


def from_cortex_m4(library: str, core: str, factor: float, low: float, high: float) -> str:
    """Another core's prices as those of a Cortex-M4 times a factor."""
    text = f"not measured: the prices of a Cortex-M4 times {factor:g}"
    lines = header(library, core, text)
    for operator, variants in sorted(table(library, "cortex-m4")["operator"].items()):
        for name, found in sorted(variants.items()):
            cycles = {event: price * factor for event, price in found["cycles"].items()}
            ipc = found["instructions_per_cycle"] / (factor if factor < 1.5 else 1.0)
            lines += entry(operator, cycles, low * found["low"], high * found["high"], ipc, name)
    return "\n".join(lines) + "\n"


def written() -> dict[str, str]:
    """File name to text. What comes of other provisional lists is read after they are written."""
    made = {"bare-c.avr": avr()}
    for core in ("cortex-m4", "cortex-m7"):
        made[f"bare-c.{core}"] = cortex_m(core)
    for library in ("tflm-reference", "tflm-cmsis-nn", "bare-c"):
        made[f"{library}.cortex-m33"] = from_cortex_m4(library, "cortex-m33", 1.0, 0.85, 1.2)
    for library, (factor, low, high) in M0PLUS.items():
        made[f"{library}.cortex-m0plus"] = from_cortex_m4(library, "cortex-m0plus", factor, low, high)
    return made


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
