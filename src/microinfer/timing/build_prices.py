"""Price lists of other builds than -O2: a list of its own where a core was counted so, else a ratio.

What a compiler gains or loses with a kernel's loops is much the same on cores of one family. A core that
was counted at -O2 alone takes its own prices times what the same counts cost another core at the two builds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..libraries.build import DEFAULT_BUILD, Build
from ..libraries.library import kernel_library
from ..words.data_folder import data_file
from ..words.dataclass import dataclass, replace
from .event_prices import VariantPrice
from .price_list import CostTable, read_costs

__all__ = ["BuiltPrices", "built_prices", "has_costs", "load_costs", "without_fpu"]

COUNTED = ("cortex-m4", "avr")
"""Cores whose lists of two builds are held against one another for a core that has one list only."""
SOFTWARE = ("cortex-m3", "cortex-m4")
"""A core without an FPU and one with, whose lists are held against one another for what floats take."""
CARRIED = (0.85, 1.2)
"""Ends of the interval of a ratio that was counted on another core, or at another level."""


def _path(library: str, core: str, build: Build = DEFAULT_BUILD) -> Path:
    """`<library>.<core>.toml`, and behind the core what differs from -O2 without asserts."""
    value = kernel_library(library)
    if value.own_build:
        build = DEFAULT_BUILD
    level = "" if build.level == DEFAULT_BUILD.level else f"-{build.level.lower()}"
    asserts = "-asserts" if build.asserts and value.interprets and value.asserting else ""
    return data_file("costs", f"{library}.{core}{level}{asserts}.toml")


@cache
def load_costs(library: str, core: str, build: Build = DEFAULT_BUILD) -> CostTable:
    """The price list of a kernel library on a core, at a build.

    Raises:
        ProfileError: there is none, or it cannot be read.
    """
    return read_costs(_path(library, core, build), library, core)


def has_costs(library: str, core: str, build: Build = DEFAULT_BUILD) -> bool:
    return _path(library, core, build).exists()


@dataclass(frozen=True, slots=True)
class _Ratio:
    """What a build costs on a core, by what -O2 costs there."""

    wanted: CostTable
    plain: CostTable

    def of(self, kernel: tuple[str, str], counts: Mapping[str, float]) -> tuple[float, VariantPrice] | None:
        """The ratio at these counts, and the wanted build's prices; None where the kernel was not counted."""
        over, under = self.wanted.prices.get(kernel), self.plain.prices.get(kernel)
        if over is None or under is None or over.unpriced(counts) or under.unpriced(counts):
            return None
        below = under.price(counts)
        return (over.price(counts) / below, over) if below > 0 else None


@dataclass(frozen=True, slots=True)
class BuiltPrices:
    """A core's list, and the ratios that make another build of it."""

    table: CostTable
    build: Build
    ratios: tuple[_Ratio, ...] = ()

    def applied(
        self, name: str, chosen: str, found: VariantPrice, counts: Mapping[str, float]
    ) -> tuple[VariantPrice, str]:
        """The kernel's prices at this build, and what is to be told of them, "" if nothing."""
        note = ""
        for ratio in self.ratios:
            made = ratio.of((name, chosen), counts)
            if made is None:
                note = f"{name} ({chosen}) was not counted at {self.build.words}; priced as at -O2"
                found = replace(found, low=found.low * 0.7, high=found.high * 2.0, provisional=True)
                continue
            times, prices = made
            found = replace(
                found,
                cycles=MappingProxyType({event: price * times for event, price in found.cycles.items()}),
                low=found.low * min(prices.low, 1.0) * CARRIED[0],
                high=found.high * max(prices.high, 1.0) * CARRIED[1],
                provisional=True,
            )
        return found, note


def _alike(library: str) -> tuple[str, ...]:
    """The library, and behind it those whose kernels it takes where nothing of its own was counted."""
    value = kernel_library(library)
    return (library,) if not value.carried or value.base is None else (library, *_alike(value.base.name))


def without_fpu(
    library: str, kernel: tuple[str, str], counts: Mapping[str, float]
) -> tuple[float, float, float] | None:
    """How many times as long a kernel takes without an FPU, and the ends of the interval by that; None where
    nobody counted it both ways."""
    of = kernel_library(library).tables
    if not all(has_costs(of, core) for core in SOFTWARE):
        return None
    made = _Ratio(*(load_costs(of, core) for core in SOFTWARE)).of(kernel, counts)
    if made is None or not made[1].points:
        return None
    times, prices = made
    return times, min(prices.low, 1.0) * CARRIED[0], max(prices.high, 1.0) * CARRIED[1]


@cache
def built_prices(library: str, core: str, build: Build) -> BuiltPrices | None:
    """The prices of a build on a core; None where nobody counted it, there or elsewhere.

    Raises:
        ProfileError: a price list is damaged.
    """
    if has_costs(library, core, build):
        return BuiltPrices(load_costs(library, core, build), build)
    if not has_costs(library, core):
        return None
    for kernels in _alike(library):
        for other in COUNTED:
            if has_costs(kernels, other, build) and has_costs(kernels, other):
                ratio = _Ratio(load_costs(kernels, other, build), load_costs(kernels, other))
                return BuiltPrices(load_costs(library, core), build, (ratio,))
    plain = load_costs(library, core)
    if plain.counted and not kernel_library(library).interprets:
        return BuiltPrices(plain, build, (_Ratio(replace(plain, prices=MappingProxyType({})), plain),))
    if not build.asserts or build.level == DEFAULT_BUILD.level:
        return None
    bare = built_prices(library, core, replace(build, kind="release"))
    checked = built_prices(library, core, replace(build, level=DEFAULT_BUILD.level))
    if bare is None or checked is None:
        return None
    ratios = checked.ratios or (_Ratio(checked.table, load_costs(library, core)),)
    return BuiltPrices(bare.table, build, (*bare.ratios, *ratios))
