"""What the firmware is built for: a core, its pointer size, the release of TFLM and how it is compiled.

Kernels and buffers hang on it: CMSIS-NN takes other kernels and other scratch with the DSP extension, with
MVE and with neither. A core is a file in `profiles/cores/`; a new one needs nothing else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ..errors import ProfileError
from ..operators.release import DEFAULT_RELEASE, Release, find_release
from ..words.data_folder import data_file
from ..words.dataclass import dataclass
from ..words.toml_tables import CORE_KEYS, check_keys, check_required
from .build import DEFAULT_BUILD, Build

__all__ = [
    "DEFAULT_TARGET",
    "GENERATED",
    "HOST_TARGET",
    "Core",
    "Peak",
    "Target",
    "core_sources",
    "load_core",
]


GENERATED = "arm"
"""What programs that microinfer generates make of what C leaves open, on every core."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that a core can do: MACs of int8 by cycle, and bytes that it loads by cycle."""

    macs: float
    bytes: float
    reason: str


@dataclass(frozen=True, slots=True)
class Core:
    """`dsp`, `mve`: Arm's extensions for packed and for vector arithmetic. `unaligned`: whether it reads
    words at any address. `flash_waits`: whether its parts have flash slower than the core. `fma`: whether its
    FPU adds a product without rounding it before. `open_in_c`: one of OPEN_IN_C, "" where it is not known.
    `emulator`: what runs its instructions with their cycles, where a board adds none to them."""

    name: str
    isa: str
    dsp: bool
    mve: bool
    fpu: bool
    unaligned: bool
    flash_waits: bool = True
    peak: Peak | None = None
    fma: bool = False
    open_in_c: str = ""
    emulator: str = ""

    @property
    def contracts(self) -> bool:
        """Whether a compiler contracts products and sums of real numbers for it, as gcc does unless told."""
        return self.fpu and self.fma


@dataclass(frozen=True, slots=True)
class Target:
    """A core as the firmware is built for it, and what of TFLM is built in."""

    core: Core
    pointer_bytes: int = 4
    release: Release = DEFAULT_RELEASE
    build: Build = DEFAULT_BUILD


@cache
def _table(name: str) -> dict[str, Any]:
    path = data_file("cores", f"{name}.toml")
    table = tomllib.loads(path.read_text("utf-8"))
    check_keys(table, path, CORE_KEYS)
    check_required(table, path, CORE_KEYS)
    for key in (
        "isa",
        "pointer_bytes",
        *({"fma", "open_in_c"} & {*table}),
        *(f"peak.{one}" for one in table.get("peak", ())),
    ):
        if key not in table.get("sources", {}):
            raise ProfileError(
                f"{path}: key 'sources.\"{key}\"': missing, expected where the fact comes from"
            )
    return table


def core_sources(name: str) -> Mapping[str, str]:
    """Where the facts of a core come from, by their keys."""
    return MappingProxyType(_table(name)["sources"])


@cache
def load_core(name: str) -> Target:
    """The facts of a core, one of `profile_keys.CORES`, and its usual pointer size.

    Raises:
        ProfileError: its file is damaged.
    """
    table, sources = _table(name), core_sources(name)
    peak = table.get("peak")
    return Target(
        Core(
            name=name,
            isa=table["isa"],
            dsp=table["dsp"],
            mve=table["mve"],
            fpu=table["fpu"],
            unaligned=table["unaligned"],
            flash_waits=table["flash_waits"],
            emulator=table.get("emulator", ""),
            fma=table.get("fma", False),
            open_in_c=table.get("open_in_c", ""),
            peak=None
            if peak is None
            else Peak(peak["macs"], peak["bytes"], f"{sources['peak.macs']}; {sources['peak.bytes']}"),
        ),
        table["pointer_bytes"],
    )


DEFAULT_TARGET = load_core("cortex-m4")
HOST_TARGET = Target(
    Core("x86-64", "x86-64", dsp=False, mve=False, fpu=True, unaligned=True), 8, find_release("2026-10")
)
"""A 64-bit host, as TFLM's Python package is built for, and the release of that package."""
