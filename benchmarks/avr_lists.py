"""The price lists and sizes of bare-c on an ATmega328P, as files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence

import numpy as np

from avr_fit import Fit
from avr_points import Point
from bare_c_families import FAMILIES
from bare_c_fit import FamilyFit
from bare_c_points import Measured

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


def prices_toml(
    core: str,
    compiler: str,
    flags: str,
    fits: Mapping[str, tuple[int, Fit]],
    families: Mapping[str, FamilyFit],
) -> str:
    lines = [
        "# Written by benchmarks/calibrate_avr.py; do not edit.",
        'library = "bare-c"',
        f'core = "{core}"',
        f'measured = "ATmega328P on simavr, {compiler}, {flags}"',
        "provisional = false",
    ]
    whole = dict(fits) | {name: fits[of] for name, of in SAME_AS.items() if of in fits}
    rows: dict[tuple[str, str], list[str]] = {}
    for operator, (points, found) in whole.items():
        ratio = 1 / (1 + found.held)
        rows[operator, "bare_c"] = price_lines(operator, "bare_c", points, found, (ratio.min(), ratio.max()))
    for name, family in families.items():
        for operator, variant in FAMILIES[name].rows:
            rows[operator, variant] = price_lines(operator, variant, family.points, family.fit, family.ends)
    return "\n".join([*lines, *(line for _, each in sorted(rows.items()) for line in each)]) + "\n"


def price_lines(operator: str, variant: str, points: int, found: Fit, ends: tuple[float, float]) -> list[str]:
    """`ends`: the least and the greatest of measured by predicted cycles."""
    held, beyond = abs(found.held), abs(found.beyond)
    return [
        "",
        f'[operator.{operator}."{variant}"]',
        f"points = {points}",
        f"in_sample = {np.quantile(abs(found.inside), 0.95):.5f}",
        f"median = {np.median(held):.5f}",
        f"p95 = {np.quantile(held, 0.95):.5f}",
        f"worst = {held.max():.5f}",
        f"extrapolated = {beyond.max():.5f}",
        f"low = {max(ends[0] - DATA_SPREAD, ends[0] / 2):.5f}",
        f"high = {ends[1] + DATA_SPREAD:.5f}",
        "instructions_per_cycle = 0.7",
        f'[operator.{operator}."{variant}".cycles]',
        *(f"{event} = {price:.6g}" for event, price in found.prices.items()),
    ]


def firmware_toml(compiler: str, points: Sequence[Point], families: Sequence[Measured]) -> str:
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
        more = [point for point in families if point.level == level]
        for measured in more:
            for kernel in own_functions(measured, reached):
                calls[kernel].append(measured.calls / len(measured.cycles[0]))
        lines += [f"{kernel} = {np.median(sizes):g}" for kernel, sizes in sorted(calls.items())]
        lines += ["", f"[{core}.stack]"]
        stacks: dict[str, int] = defaultdict(int)
        for point in mine:
            for kernel in entry_functions(point):
                stacks[kernel] = max(stacks[kernel], point.stack)
        for measured in more:
            for kernel in own_functions(measured, reached):
                stacks[kernel] = max(stacks[kernel], measured.stack)
        lines += [f"{kernel} = {size}" for kernel, size in sorted(stacks.items())]
        reached |= code_of(more, reached, shared)
        for kernel, found in sorted(reached.items()):
            lines += ["", f"[{core}.code.{kernel}]"]
            lines += [f'"{name}" = {size}' for name, size in sorted(found.items())]
    return "\n".join(lines) + "\n"


INNER = {
    "mi_dot_channels",
    "mi_dot_depthwise",
    "mi_doubling_high_multiply",
    "mi_gather",
    "mi_multiply",
    "mi_next_run",
    "mi_rounding_shift",
}
MAIN = ("main", "read", "write")
"""Functions of the harness' program, and what the compiler makes of them."""


def entry_functions(point: Point | Measured) -> list[str]:
    """The kernels that model_invoke calls."""
    return sorted(name for name in point.symbols if name.startswith("mi_") and name not in INNER)


def own_functions(point: Measured, known: Container[str]) -> list[str]:
    """Those that are not measured by themselves."""
    return [name for name in entry_functions(point) if name not in known]


def code_of(
    points: Sequence[Measured], known: Container[str], shared: Container[str]
) -> dict[str, dict[str, int]]:
    """Functions by kernel: what all programs with it hold but other kernels and what all programs have."""
    found: dict[str, dict[str, int]] = {}
    for point in points:
        for kernel in own_functions(point, known):
            held = {
                name: size
                for name, size in point.symbols.items()
                if name == kernel
                or not (name in shared or name in entry_functions(point) or name.split(".")[0] in MAIN)
            }
            kept = found.setdefault(kernel, held)
            found[kernel] = {name: size for name, size in kept.items() if name in held}
    return found
