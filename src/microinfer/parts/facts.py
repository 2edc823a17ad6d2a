"""A profile's facts, one by one, out of the tables of its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import InputError, ProfileError
from ..libraries.build import find_build
from ..libraries.library import kernel_library
from ..libraries.target import Target, core_sources, load_core
from ..words.data_folder import data_file
from ..words.spelling import nearest_note
from ..words.toml_tables import KEYS, LIBRARIES, names_a_key
from .memories import (
    IDEAL_MEMORY,
    NO_FRAMEWORK,
    UNKNOWN_MEMORY,
    Current,
    Framework,
    Memory,
    MemoryTiming,
    Slower,
)

__all__ = [
    "active_of",
    "arena_of",
    "current_of",
    "factors_of",
    "framework_of",
    "memories_of",
    "provisional_of",
    "sources_of",
    "target_of",
    "timing_of",
]


def timing_of(table: Mapping[str, Any], path: Path, target: Target, fitted_hz: int) -> MemoryTiming:
    """A board's memories as the file has them, at the clock that this was said of; unknown where it says
    nothing and is no stock part."""
    if (known := table.get("timing")) is not None:
        fitted = tuple(known.get("fitted_for", ()))
        return MemoryTiming(**{**known, "fitted_for": fitted, "fitted_hz": fitted_hz})
    stock_part = table["kind"] == "part" and path.parent == data_file().resolve()
    return IDEAL_MEMORY if stock_part or not target.core.flash_waits else UNKNOWN_MEMORY


def memories_of(table: Mapping[str, Any], path: Path) -> tuple[Memory, ...]:
    """The part's memories, among which are flash and RAM on the chip."""
    memories = []
    for name, memory in table.get("memory", {}).items():
        told = memory.get("slower")
        slower = None if told is None else Slower(**told)
        made = Memory(name, memory["kind"], memory["bytes"], memory.get("reserved_bytes", 0), slower)
        if made.usable_bytes < 0:
            raise ProfileError(
                f"{path}: key 'memory.{name}.reserved_bytes': found {made.reserved_bytes}, "
                f"expected at most the memory's {made.bytes} bytes"
            )
        if slower is not None and not slower.least <= slower.typical <= slower.most:
            raise ProfileError(
                f"{path}: key 'memory.{name}.slower': found least {slower.least:g}, typical "
                f"{slower.typical:g}, most {slower.most:g}, expected them in this order"
            )
        memories.append(made)
    for kinds in (("flash",), ("sram", "tcm")):
        if not any(m.kind in kinds for m in memories):
            raise ProfileError(
                f"{path}: key 'memory': none of kind {' or '.join(kinds)}, expected at least one, as in "
                f'[memory.{kinds[0]}] kind = "{kinds[0]}" bytes = 1048576'
            )
    return tuple(memories)


def arena_of(table: Mapping[str, Any], path: Path, memories: Sequence[Memory]) -> str:
    """The RAM that the firmware lays the arena into, "" where it says nothing."""
    name, known = table.get("arena", ""), [one.name for one in memories if one.is_ram]
    if name and name not in known:
        raise ProfileError(
            f"{path}: key 'arena': found {name!r}{nearest_note(name, known)}, expected one of its RAM, "
            f"{', '.join(known)}"
        )
    return str(name)


def target_of(table: Mapping[str, Any], path: Path) -> Target:
    """The core's facts, where the profile does not say otherwise."""
    usual = load_core(table["core"])
    facts = {key: table.get(key, getattr(usual.core, key)) for key in ("dsp", "mve", "fpu")}
    try:
        build = find_build(table.get("build"))
    except InputError as error:
        raise ProfileError(f"{path}: key 'build': {error}") from error
    pointer_bytes = table.get("pointer_bytes", usual.pointer_bytes)
    return replace(usual, core=replace(usual.core, **facts), pointer_bytes=pointer_bytes, build=build)


def sources_of(table: Mapping[str, Any]) -> dict[str, str]:
    """The profile's own, and the core's for what the profile leaves to it."""
    own = dict(table.get("sources", {}))
    if "pointer_bytes" not in table:
        own["pointer_bytes"] = core_sources(table["core"])["pointer_bytes"]
    return own


def current_of(power: Mapping[str, Any], key: str, path: Path) -> Current | None:
    """At the board's supply; behind a switching regulator it falls as the voltage rises."""
    found = power.get(key)
    if found is None:
        return None
    made = Current(found["typical"], found.get("low", found["typical"]), found.get("high", found["typical"]))
    if not made.low <= made.typical <= made.high:
        raise ProfileError(
            f"{path}: key 'power.{key}': found low {made.low:g}, typical {made.typical:g}, high "
            f"{made.high:g}, expected them in this order"
        )
    supply, measured = power.get("supply_v"), power.get("measured_v")
    if power.get("regulator") == "smps" and supply and measured:
        return made.scaled(measured / supply)
    return made


def framework_of(table: Mapping[str, Any], path: Path) -> Framework:
    """What the board's usual programs are built on; nothing where the profile has none."""
    found = table.get("framework")
    if found is None:
        return NO_FRAMEWORK
    made = {"title": found["title"]}
    for name in ("flash", "ram"):
        bounds = found.get(f"{name}_bytes", {"least": 0, "most": 0})
        least, most = bounds["least"], bounds["most"]
        if least > most:
            raise ProfileError(
                f"{path}: key 'framework.{name}_bytes': found least {least:,} above most {most:,}, "
                "expected least at most as large"
            )
        made |= {f"{name}_least": least, f"{name}_most": most}
    return Framework(**made)


def active_of(table: Mapping[str, Any], path: Path, told_hz: int) -> Current | None:
    """The current of a busy core. At another clock than it was told at, it lies between the same and one as
    the clock is: half way."""
    found = current_of(table.get("power", {}), "active_a", path)
    times = table["clock_hz"] / told_hz if told_hz else 1.0
    if found is None or times == 1:
        return found
    ends = min(1.0, times), max(1.0, times)
    return Current((1 + times) / 2 * found.typical, ends[0] * found.low, ends[1] * found.high)


def provisional_of(table: Mapping[str, Any], path: Path, active_hz: int = 0) -> tuple[str, ...]:
    """The keys that are assumptions. A misspelt one would be believed. A current that was told at another
    clock is one, too."""
    for key in (found := tuple(table.get("provisional", ()))):
        if not names_a_key(key):
            raise ProfileError(
                f"{path}: key 'provisional': found {key!r}{nearest_note(key, tuple(KEYS))}, expected a key "
                'of the profile, such as "timing" or "power.sleep_a"'
            )
    told = active_hz in (0, table["clock_hz"]) or "power" in found or "power.active_a" in found
    return found if told else (*found, "power.active_a")


def factors_of(table: Mapping[str, Any], path: Path) -> Mapping[str, Mapping[str, float]]:
    """Operator by operator for each kernel library; "*" is all that have none. A misspelt one would be
    believed."""
    for library, factors in (found := table.get("factors", {})).items():
        if library not in LIBRARIES:
            raise ProfileError(
                f"{path}: key 'factors.{library}': no kernel library{nearest_note(library, LIBRARIES)}, "
                f"expected one of {', '.join(LIBRARIES)}"
            )
        kernels = kernel_library(library).kernels
        for operator in factors:
            if operator != "*" and operator not in kernels:
                raise ProfileError(
                    f"{path}: key 'factors.{library}.{operator}': no operator of {library}"
                    f'{nearest_note(operator, kernels)}, expected a name such as CONV_2D, or "*"'
                )
    return MappingProxyType({name: MappingProxyType(dict(one)) for name, one in found.items()})
