"""Fits prices of other builds than -O2, and of cores that were counted for themselves, to measured cycles.

    python benchmarks/calibrate_builds.py            print the error table
    python benchmarks/calibrate_builds.py --write    and write profiles/costs/

The shapes are those of the Cortex-M4 at -O2 that calibrate_cortex_m.py fits; benchmarks/data has what they
took in each build and on each core. Events, families, fit and interval are that program's own. What a
kernel's samples leave open follows from the Cortex-M4's list, and a kernel that nobody ran in a build is
carried over from there, at the same level where that was counted, provisional.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from calibrate_cortex_m import COSTS, OTHER_PROGRAM
from cortex_m_data import (
    ARDUINO,
    ARDUINO_O3,
    ASSERTS,
    BUILDS,
    LIBRARIES,
    LINKED_OTHERWISE,
    OLDER,
    RISC_V,
    Sample,
    read_builds,
)
from cortex_m_families import SAME_AS, Kernel
from cortex_m_fit import Fit, carried_over, fit, groups
from cortex_m_lists import summary, toml
from microinfer.libraries.kernel import Kernel as LibraryKernel
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core

CORE_WORDS: Mapping[str, str] = {
    "cortex-m0plus": "priced by the Cortex-M0+ timing table: loads 2, a product 1, branches taken 2",
    "cortex-m3": "priced by the Cortex-M3 timing table: long products 4 and 5, no FPU",
    "cortex-m33": "priced by the Cortex-M4 timing table, which the Cortex-M33 mostly undercuts",
    "cortex-m4": "priced by the Cortex-M4 timing table",
    "cortex-m7": "block by block by an in-order dual-issue model of the Cortex-M7 pipeline, which at -O2 is "
    "within 5 % of the grid's for an operator and 0.7 % for a network",
    "rv32imc": "priced by an in-order pipeline of four stages: loads 2, one behind another 1, a product 1, "
    "branches taken and jumps 3",
    "cortex-m55": "scalar instructions priced by the Cortex-M4 timing table, a vector instruction 2, or 1 "
    "behind one of another unit (four beats, two a cycle, that overlap), the end of a hardware loop 0",
}
LIST_WORDS: Mapping[str, str] = {
    "tflm-arduino.cortex-m7-o3": "block by block by another in-order dual-issue model of the Cortex-M7 "
    "pipeline, times what each shape was counted to take at -O2 by what that model says of it, which at -Os "
    "is within 5 % for half of the shapes and 15 % for nine of ten",
}
"""Of lists whose cycles are not those of their core's words."""
LIBRARY_WORDS: Mapping[str, str] = {
    "tflm-pico": ", linked with the Pico SDK's memcpy, memset and 64-bit product",
}
RELEASES: Mapping[str, str] = {
    "tflm-2020": "TensorFlow 2.3.1 and CMSIS_5 1150e71e",
    "tflm-2021": "tflite-micro d41f2011 and CMSIS_5 c43379be",
    "tflm-arduino": "Arduino_TensorFlowLite of 2023-02 (tensorflow/tflite-micro-arduino-examples 7948b85e, "
    "CMSIS-NN V.11) with the flags of ArduinoCore-mbed b4ad4e72",
}
"""By library, what was counted, where that is not today's release."""
WITH_ASSERTS: Mapping[str, str] = {"tflm-2020": "os"}
"""By library, the level at which asserts were on: mbed's usual profile builds with -Os and leaves them."""
REFERENCE_TOO = frozenset({"tflm-arduino"})
"""Libraries that run TFLM's reference where CMSIS-NN has kernels today."""
TIMING: Mapping[str, tuple[float, float]] = {"cortex-m33": (0.85, 1.1)}
"""By core, how far its cycles may lie from those of the table by which its instructions are priced."""
LAID_IN: Mapping[str, frozenset[Kernel]] = {
    "tflm-arduino": frozenset({("CONV_2D", "reference_float32"), ("DEPTHWISE_CONV_2D", "reference_float32")}),
}
"""By library, kernels that its own compilers make at -Os as this one does at -O2: the index of an element is
computed in the loop, not by a call. On a Nano 33 BLE (GCC 7.2) two convolutions of float32 took 72.3 million
cycles: 1.1 times what was counted at -O2, 0.53 times what was counted at -Os (benchmarks/boards.py)."""
BEYOND = (
    "; person_detect is 3,537 ms at 160 MHz by such counts at -O3 with asserts on, and took 3,355 ms on an "
    "ESP32-C3 (esp-tflite-micro README)"
)
GUIDED = {"rv32imc": BEYOND}
"""By core whose lists are provisional, what the one published row of a part says of them. Its build is the
component's own: esp-tflite-micro's CMakeLists.txt says -O3, and ESP-IDF leaves asserts on."""
COMMON: Mapping[str, float] = {"cortex-m55": 0.33, "rv32imc": 0.4, "tflm-arduino.cortex-m7-o3": 0.1}
"""By core, or list, how far all its prices may be off together. A Cortex-M55 that overlaps all its vector
instructions takes 0.7 times as long, one that overlaps none 1.3 times; a Cortex-M85, which issues two
instructions at a time, took 0.66 to 0.73 times as long (EK-RA8D1, MLPerf Tiny v1.2)."""
VECTORS = ("tflm-cmsis-nn",)
"""Libraries with kernels for a core that works on vectors."""
OF_ELEMENTS = 0.5
"""How much wider the interval of a kernel is that works on vectors and whose events are of elements."""
ALIASES = frozenset(SAME_AS)


def core_of(column: str) -> str:
    """The core of a column, whose name goes on with the level where that is not -O2."""
    return next(core for core in sorted(CORE_WORDS, key=len, reverse=True) if column.startswith(core))


def words(column: str, library: str = "") -> str:
    core = core_of(column)
    rest = column.removeprefix(core).strip("-").split("-")
    level = next((part.replace("o", "O", 1) for part in rest if part in ("o3", "os")), "O2")
    on = "asserts" in rest or WITH_ASSERTS.get(library) in rest
    asserts = ", asserts on" if on else ""
    release = RELEASES.get(library, "TFLM 90b983c2 and CMSIS-NN 4ab83cc3")
    priced = LIST_WORDS.get(f"{library}.{column}", CORE_WORDS[core]) + GUIDED.get(core, "")
    compiler = "GNU Arm 12.2.1" if core.startswith("cortex") else "GCC 12.2.0"
    return (
        f"emulated: {release}, {compiler} -{level}{asserts}, instructions "
        f"counted under QEMU{LIBRARY_WORDS.get(library, '')}, {priced}; without wait states"
    )


def listed(library: str) -> dict[Kernel, Fit]:
    """The Cortex-M4's prices at -O2, as they are in the tree; those of whose kernels a library links."""
    lists = (
        *(("tflm-reference",) if library in REFERENCE_TOO else ()),
        LINKED_OTHERWISE.get(library, library),
    )
    found = {kernel: prices for name in lists for kernel, prices in read_list(name).items()}
    if library not in REFERENCE_TOO:
        return found
    kernels = kernel_library(library).kernels
    return {
        (operator, name): prices
        for (operator, name), prices in found.items()
        if operator in kernels and (not kernels[operator].inner or runs(kernels[operator], name))
    }


def runs(kernel: LibraryKernel, name: str) -> bool:
    """Whether a library's operator has an internal kernel of that name: the reference's are in all."""
    return name in kernel.inner or name.startswith("reference")


def at_the_level(library: str, column: str) -> dict[Kernel, Fit] | None:
    """The Cortex-M4's prices at a column's own level, where that is not -O2 and they were counted; of its own
    builds with asserts, those without; of another core's, those at -O2 where no others were counted."""
    core = core_of(column)
    level = column.removeprefix(core)
    if core == "cortex-m4" or not level.endswith("-asserts"):
        level = level.removesuffix("-asserts")
    elif not (COSTS / f"{library}.cortex-m4{level}.toml").exists():
        level = "-asserts"
    path = COSTS / f"{library}.cortex-m4{level}.toml"
    counted = (
        level
        and column != f"cortex-m4{level}"
        and path.exists()
        and "[carried]" not in path.read_text("utf-8")
    )
    return read_list(library, level) if counted else None


def on_the_core(library: str, column: str) -> dict[Kernel, Fit]:
    """A core's own prices at -O2, where another column of it has but some of their kernels: floats in
    software take about as long at every level."""
    core = core_of(column)
    return read_list(library, core=core) if core in GUIDED and column != core else {}


def read_list(library: str, level: str = "", core: str = "cortex-m4") -> dict[Kernel, Fit]:
    """A price list of a core, at -O2 where no level is named, as it is in the tree."""
    table = tomllib.loads((COSTS / f"{library}.{core}{level}.toml").read_text(encoding="utf-8"))
    none = np.array([])
    return {
        (operator, name): Fit(
            dict(found["cycles"]), 0, none, none, none, none, float(found["instructions_per_cycle"])
        )
        for operator, variants in table["operator"].items()
        for name, found in variants.items()
    }


def interval_of_core(fits: Mapping[Kernel, Fit], core: str, library: str) -> dict[Kernel, Fit]:
    """Wider by what the core's own pipeline makes of the counted instructions, and by another program; wider
    yet, and provisional, where a core works on vectors and the events are of loops over elements."""
    low, high = TIMING.get(core, (1.0, 1.0))
    apart = max(OTHER_PROGRAM, 1 - low, high - 1)
    return {
        kernel: replace(found, apart=OF_ELEMENTS, foreign=True)
        if counted_by_element(kernel, core, library)
        else replace(found, apart=apart)
        for kernel, found in fits.items()
    }


def counted_by_element(kernel: Kernel, core: str, library: str) -> bool:
    """Whether a library's own kernel works on vectors on this core, and its events are of single elements."""
    operator, name = kernel
    if not load_core(core).core.mve or library not in VECTORS or name.startswith("reference"):
        return False
    inner = kernel_library(library).kernels[operator].inner.get(name)
    return inner is None or inner.vectors is None


def fitted(samples: Sequence[Sample], column: str, seed: int) -> dict[str, dict[Kernel, Fit]]:
    """Fits by library; prints each kernel's errors."""
    core = core_of(column)
    target = load_core(core)
    made: dict[str, dict[Kernel, Fit]] = {}
    for library in (*LIBRARIES, *LINKED_OTHERWISE):
        if not any(sample.library == library and column in sample.cycles for sample in samples):
            continue
        print(f"\n{library}, {column}")
        guide, fits = listed(library), dict[Kernel, Fit]()
        for (of, family), items in sorted(groups(samples, target).items()):
            if of == library:
                fits |= fit(items, column, seed, guide, family, target)
        for kernel, found in sorted(fits.items()):
            print(f"{'/'.join(kernel):44}{found.models:6} {summary(found.inside)} {summary(found.held)}")
        rest = {
            kernel: found
            for kernel, found in carried_over(fits, at_the_level(library, column) or guide).items()
            if kernel not in ALIASES
            and (target.core.fpu or kernel_library(library).software_float(*kernel) is None)
        }
        rest = carried_over(fits, on_the_core(library, column)) | rest
        if column.endswith("-os"):
            rest |= {kernel: guide[kernel] for kernel in LAID_IN.get(library, ())}
        made[library] = interval_of_core(fits, core, library) | rest
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write the price lists to {COSTS}")
    parser.add_argument("--only", action="append", default=[], help="only columns whose name has this")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print("errors in per cent: median, 95th, worst, in sample and held out")
    for columns, samples in map(read_builds, (BUILDS, ASSERTS, OLDER, ARDUINO, ARDUINO_O3, RISC_V)):
        print(f"{len(samples)} samples of {', '.join(columns)}")
        for column in columns:
            if options.only and not any(only in column for only in options.only):
                continue
            for library, fits in fitted(samples, column, options.seed).items():
                if options.write:
                    path = COSTS / f"{library}.{column}.toml"
                    common = COMMON.get(path.stem, COMMON.get(core_of(column), 0.0))
                    text = toml(library, column, fits, words(column, library), common)
                    if core_of(column) in GUIDED:
                        text = text.replace("provisional = false", "provisional = true", 1)
                    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
