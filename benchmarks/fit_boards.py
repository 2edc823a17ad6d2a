"""Fits what a board's memory adds to an ideal one's cycles, on published rows of the stack that it claims.

    python benchmarks/fit_boards.py

Cycles added to every instruction (wait states of instruction fetch that cache and prefetch do not hide), to
every byte of weights, and to every byte of code that runs once, by least squares on relative errors, none
below nought. What the benchmark itself adds is fitted beside them, by build: cycles an element of the
input, which it quantises and copies. A row weighs by the digits that it was published with. Errors are
printed with each network left out in turn, in every build of it, and with each build left out in turn. Rows
of other engines are in no fit; `benchmarks/boards.py` names their ratio.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, prod
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import nnls

sys.path.insert(0, str(Path(__file__).parent))
from microinfer import load_profile
from microinfer.deploy.deployment import deploy
from microinfer.libraries.code_run import code_run, invocation
from microinfer.libraries.library import kernel_library
from microinfer.operators.kinds import constants
from microinfer.parts.memories import IDEAL_MEMORY
from operator_rows import deployed, logs, taken
from published_rows import network, published, rounding, stack_of

Numbers: TypeAlias = "np.ndarray[Any, Any]"

OWN = {
    "nucleo-l4r5zi": ("CMSIS-NN V.13.0", ("fetch", "weights_sequential", "cold")),
    "ek-ra6m4": ("(kernels/conv.cc", ("fetch", "weights_sequential")),
    "stm32f446re": ("mbed (2020/21)", ("fetch",)),
    "stm32f746-discovery": ("mbed (2020/21)", ("fetch",)),
    "nucleo-f767zi": ("mbed (2020/21)", ("fetch",)),
    "feather-m4": ("Arduino for SAMD", ("fetch", "weights_sequential", "cold")),
    "nucleo-h743zi2": ("STM32duino -O3", ("fetch", "weights_sequential", "cold")),
}
"""Board: what the rows' stack has in its name, and what is fitted."""
HELD = {
    "nucleo-l4r5zi": ("TensorFlow Lite for Microcontrollers v2.3.1", ""),
    "stm32f446re": ("mbed (2020/21)", "MicroNet-"),
    "stm32f746-discovery": ("mbed (2020/21)", "MicroNet-"),
    "nucleo-f767zi": ("mbed (2020/21)", "MicroNet-"),
    "nucleo-h743zi2": ("STM32duino -O3", "FC 1 x 10 Iris"),
    "frdm-mcxn947": ("Zephyr 4.3 (2026) -O2", ""),
}
"""Board: rows that are in no fit, by what their stack has in its name and their network begins with, held
against the figures that the profile has."""
ALL = ("fetch", "weights_sequential", "cold")
LOGGED = {"raspberry-pi-pico": ("weights_once", "cold")}
"""Board: what is fitted on the operators of its published log."""


MODEL_OFF = 0.05
"""How far a row may be off for other reasons than the digits that it was published with: 3 ms may be 2.5, and
weighs a twelfth of what 108 ms does."""


@dataclass(frozen=True, slots=True)
class Row:
    """Cycles measured and on an ideal memory; what the figures in ALL multiply; elements copied, by build;
    by how much the digits published round, of the time."""

    model: str
    build: str
    took: float
    ideal: float
    times: tuple[float, float, float]
    elements: int
    rounded: float

    @property
    def weight(self) -> float:
        return MODEL_OFF / hypot(MODEL_OFF, self.rounded)


def rows(board: str, stack: str, begins: str = "") -> list[Row]:
    part = replace(load_profile(board), timing=IDEAL_MEMORY)
    found = []
    for each in published():
        mine = stack in each["stack"] and each["model"].startswith(begins) and "ms" in each
        mine = mine and load_profile(each["board"]).name == board
        common = network(each["model"]) if mine else None
        known = stack_of(each)
        if common is None or "library" not in known:
            continue
        library = kernel_library(known["library"])
        at = deploy(common, part.built(known.get("build")), library.name)
        _, code, cycles = invocation(library.tables)
        pairs = list(zip(at.steps, at.costs, strict=True))
        times = (
            cycles + sum(cost.instructions or 0 for _, cost in pairs),
            sum(library.traffic(step.name, cost.variant, step.geometry).in_order for step, cost in pairs),
            code + sum(code_run(library.tables, step.name, cost.variant) for step, cost in pairs),
        )
        graph = at.model.subgraphs[0]
        elements = sum(prod(graph.tensors[index].shape) for index in graph.inputs) if "copy" in known else 0
        took = each["ms"] * 1e3 * each["clock_mhz"]
        build = str(at.profile.build)
        found.append(
            Row(each["model"], build, took, cycles + (at.cycles or 0), times, elements, rounding(each["ms"]))
        )
    return found


def design(found: Sequence[Row], fitted: Sequence[str], builds: Sequence[str]) -> tuple[Numbers, Numbers]:
    """What is added, by row, of each figure and of each build's copy; and what is wanted; by cycles."""
    columns = [[row.times[ALL.index(name)] / row.took for row in found] for name in fitted]
    columns += [[row.elements / row.took * (row.build == build) for row in found] for build in builds]
    wanted = [(row.took - row.ideal) / row.took for row in found]
    return np.array(columns).T, np.array(wanted)


def fit(name: str) -> None:
    stack, fitted = OWN[name]
    held = {row.model for row in rows(name, *HELD[name])} if name in HELD else set()
    found = [row for row in rows(name, stack) if row.model not in held]
    if not found:
        print(f"\n{name}: none of its networks is here")
        return
    builds = sorted({row.build for row in found if row.elements})
    added, wanted = design(found, fitted, builds)
    weights = np.array([row.weight for row in found])
    figures = nnls(added * weights[:, None], wanted * weights)[0]
    said = ", ".join(f"{key} {value:.3f}" for key, value in zip(fitted, figures, strict=False))
    print(f"\n{name}: {said}")
    for build, value in zip(builds, figures[len(fitted) :], strict=True):
        print(f"  the benchmark's own copy at -{build}: {value:.0f} cycles an element")
    left: dict[str, list[float]] = {"network": [], "build": []}
    for i, row in enumerate(found):
        errors = []
        for what in left:
            mine = row.model if what == "network" else row.build
            others = np.array(
                [(other.model if what == "network" else other.build) != mine for other in found]
            )
            if others.sum() <= len(fitted):
                errors.append(float("nan"))
                continue
            figured = nnls((added * weights[:, None])[others], (wanted * weights)[others])[0]
            figured[len(fitted) :] = figures[len(fitted) :]
            errors.append(float(added[i] @ figured - wanted[i]))
            left[what].append(abs(errors[-1]))
        other = f", its build {errors[1]:+6.1%}" if left["build"] else ""
        print(
            f"  {row.model:22} -{row.build:3} {row.took:12,.0f} cycles, {row.took / row.ideal:.3f} of ideal, "
            f"error {added[i] @ figures - wanted[i]:+6.1%}, left out {errors[0]:+6.1%}{other}"
        )
    for what, errors in left.items():
        if errors:
            print(f"  nine of ten errors with each {what} left out are below {np.percentile(errors, 90):.1%}")


def hold(name: str) -> None:
    """The errors of rows that are in no fit, by what the board's profile says."""
    stack, begins = HELD[name]
    timing = load_profile(name).timing
    figures = np.array([getattr(timing, key) for key in ALL])
    found = rows(name, stack, begins)
    if not found:
        return
    print(f"\n{name}: rows of {stack}, in no fit")
    for row in found:
        said = row.ideal + figures @ np.array(row.times)
        print(f"  {row.model:22} -{row.build:3} {row.took:12,.0f} cycles, error {said / row.took - 1:+6.1%}")


def fit_logged(name: str) -> None:
    """The figures of a board by the operators of a log, and their errors with each left out."""
    log = next(one for one in logs() if one["board"] == name)
    at = deployed(log, IDEAL_MEMORY)
    if at is None:
        print(f"\n{name}: its network is not here")
        return
    pairs = list(zip(at.steps, at.costs, strict=True))
    took = np.array(taken(log))
    ideal = np.array([cost.cycles for _, cost in pairs], float)
    code = [code_run(kernel_library(log["library"]).tables, step.name, cost.variant) for step, cost in pairs]
    added = np.array([[constants(step) for step, _ in pairs], code], float).T / took[:, None]
    wanted = (took - ideal) / took
    figures = nnls(added, wanted)[0]
    said = ", ".join(f"{key} {value:.3f}" for key, value in zip(LOGGED[name], figures, strict=True))
    total = ideal.sum() + (added * took[:, None]).sum(axis=0) @ figures
    print(f"\n{name}, by operators of {log['network']}: {said}")
    whole = took.sum()
    print(f"  in all {whole:,.0f} cycles, {whole / ideal.sum():.3f} of ideal, error {total / whole - 1:+.1%}")
    errors = []
    for i, ((step, cost), each) in enumerate(zip(pairs, took, strict=True)):
        others = np.arange(len(took)) != i
        left = float(added[i] @ nnls(added[others], wanted[others])[0] - wanted[i])
        errors.append(abs(left))
        error = added[i] @ figures - wanted[i]
        print(
            f"  {step.name:18} {cost.variant:12} {each:12,.0f} cycles, error {error:+6.1%}, "
            f"left out {left:+6.1%}"
        )
    print(f"  nine of ten errors with each operator left out are below {np.percentile(errors, 90):.1%}")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.parse_args(arguments)
    for name in OWN:
        fit(name)
    for name in HELD:
        hold(name)
    for name in LOGGED:
        fit_logged(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
