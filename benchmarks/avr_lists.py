"""The price lists and sizes of bare-c on an ATmega328P, as files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from avr_fit import Fit
from avr_points import Point

LEVELS = {"-O2": "avr", "-Os": "avr-os"}
DATA_SPREAD = 0.015
"""Branches on signs and clamps are a few cycles apart; the points' random data take both about as often."""
SAME_AS = {
    "EXPAND_DIMS": "RESHAPE",
    "ABS": "LOGISTIC",
    "ASSIGN_VARIABLE": "RESHAPE",
    "BROADCAST_TO": "RESIZE_NEAREST_NEIGHBOR",
    "DEPTH_TO_SPACE": "TRANSPOSE",
    "ELU": "LOGISTIC",
    "HARD_SWISH": "LOGISTIC",
    "LEAKY_RELU": "LOGISTIC",
    "PACK": "CONCATENATION",
    "PADV2": "PAD",
    "READ_VARIABLE": "RESHAPE",
    "RSQRT": "LOGISTIC",
    "SLICE": "STRIDED_SLICE",
    "SPACE_TO_DEPTH": "TRANSPOSE",
    "SPLIT_V": "SPLIT",
    "SQUEEZE": "RESHAPE",
    "SUM": "MEAN",
    "TANH": "LOGISTIC",
    "UNPACK": "SPLIT",
}
"""Operators that run another's kernel."""


def prices_toml(core: str, compiler: str, flags: str, fits: Mapping[str, tuple[int, Fit]]) -> str:
    lines = [
        "# Written by benchmarks/calibrate_avr.py; do not edit.",
        'library = "bare-c"',
        f'core = "{core}"',
        f'measured = "ATmega328P on simavr, {compiler}, {flags}"',
        "provisional = false",
    ]
    whole = dict(fits) | {name: fits[of] for name, of in SAME_AS.items() if of in fits}
    for operator, (points, found) in sorted(whole.items()):
        held, beyond = abs(found.held), abs(found.beyond)
        ratio = 1 / (1 + found.held)
        lines += [
            "",
            f'[operator.{operator}."bare_c"]',
            f"points = {points}",
            f"in_sample = {np.quantile(abs(found.inside), 0.95):.5f}",
            f"median = {np.median(held):.5f}",
            f"p95 = {np.quantile(held, 0.95):.5f}",
            f"worst = {held.max():.5f}",
            f"extrapolated = {beyond.max():.5f}",
            f"low = {ratio.min() - DATA_SPREAD:.5f}",
            f"high = {ratio.max() + DATA_SPREAD:.5f}",
            "instructions_per_cycle = 0.7",
            f'[operator.{operator}."bare_c".cycles]',
        ]
        lines += [f"{event} = {price:.6g}" for event, price in found.prices.items()]
    return "\n".join(lines) + "\n"


def firmware_toml(compiler: str, points: Sequence[Point]) -> str:
    """Code by function and stack by operator, at both levels."""
    lines = [
        "# Written by benchmarks/calibrate_avr.py; do not edit.",
        "# Code: bytes of each function, of the call of a kernel, and of all else that a program needs",
        "# (vectors, start-up, a main). Stack: the mark of a model of one such operator.",
        f'compiler = "{compiler}"',
        'source = "avr-nm of linked programs; painted SRAM on simavr"',
    ]
    for level, core in LEVELS.items():
        mine = [point for point in points if point.level == level]
        shared = set.intersection(*(set(point.symbols) for point in mine))
        reached: dict[str, dict[str, int]] = defaultdict(dict)
        for point in mine:
            for kernel in entry_functions(point):
                reached[kernel].update(
                    {n: s for n, s in point.symbols.items() if n not in shared and n not in reached[kernel]}
                )
        # A function is reached by a kernel only if every program with that kernel holds it.
        for kernel in reached:
            have = [set(point.symbols) for point in mine if kernel in entry_functions(point)]
            reached[kernel] = {n: s for n, s in reached[kernel].items() if all(n in other for other in have)}
        program = [sum(p.symbols[n] for n in shared if n != "model_invoke") + p.rest for p in mine]
        lines += ["", f"[{core}]", f'flags = "{level}"', f"program = {round(float(np.median(program)))}"]
        lines += ["", f"[{core}.call]"]
        calls: dict[str, list[float]] = defaultdict(list)
        for point in mine:
            functions = entry_functions(point)
            calls[functions[0]].append(
                point.symbols["model_invoke"] / point.events.get("call", 1) if len(functions) == 1 else 0
            )
        lines += [f"{kernel} = {np.median(sizes):g}" for kernel, sizes in sorted(calls.items())]
        lines += ["", f"[{core}.stack]"]
        stacks: dict[str, int] = defaultdict(int)
        for point in mine:
            for kernel in entry_functions(point):
                stacks[kernel] = max(stacks[kernel], point.stack)
        lines += [f"{kernel} = {size}" for kernel, size in sorted(stacks.items())]
        for kernel, found in sorted(reached.items()):
            lines += ["", f"[{core}.code.{kernel}]"]
            lines += [f'"{name}" = {size}' for name, size in sorted(found.items())]
    return "\n".join(lines) + "\n"


def entry_functions(point: Point) -> list[str]:
    """The kernels that model_invoke calls."""
    inner = {
        "mi_dot_channels",
        "mi_dot_depthwise",
        "mi_doubling_high_multiply",
        "mi_gather",
        "mi_multiply",
        "mi_rounding_shift",
    }
    return sorted(name for name in point.symbols if name.startswith("mi_") and name not in inner)
