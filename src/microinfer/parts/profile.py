"""Profiles: what is known of a part or a board, read from TOML.

A file may extend one other: `extends = "cortex-m4"` names a stock profile, `extends = "./mine.toml"` a
file beside it. Tables merge, and the child's word wins. Every figure's source stands in the same file
under `[sources]`, keyed by the figure's path, such as `"memory.flash.bytes"`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import InputError, ProfileError
from ..libraries.build import Build, find_build
from ..libraries.library import kernel_libraries, whole_name
from ..libraries.target import Target
from ..words.dataclass import dataclass, field, replace
from ..words.spelling import nearest_note
from ..words.toml_tables import check_keys, check_required
from . import facts
from .memories import IDEAL_MEMORY, NO_FRAMEWORK, Current, Framework, Memory, MemoryTiming
from .names import profile_names, stock_profile

__all__ = ["Current", "Framework", "Memory", "MemoryTiming", "Profile", "load_profile", "profile_names"]


PLACED = re.compile(r"([^/\\\\:]+):([a-z0-9_]*)")
"""A stock profile's name and a memory's; a path of one letter before the colon is a drive's, with a slash."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A part, or a board with a part on it. Sizes in bytes, clock in Hz, currents in A, voltage in V.

    `names` are what else it is called. `active` and `sleep` are drawn at `supply_v`: of an LDO ("ldo") the
    current hangs little on the voltage, of a switching regulator ("smps") the power does. `current_of` says
    whether they are the processor's or the whole board's. `sources` maps the path of every figure to where
    it comes from. `framework` is what its programs are usually built on. `provisional` lists what is an
    assumption for want of a measurement. `arena` is the memory that holds the arena, "" for the fastest that
    can.
    """

    name: str
    title: str
    kind: str
    target: Target
    clock_hz: int
    memories: tuple[Memory, ...]
    libraries: tuple[str, ...]
    library: str
    timing: MemoryTiming = IDEAL_MEMORY
    framework: Framework = NO_FRAMEWORK
    supply_v: float | None = None
    active: Current | None = None
    sleep: Current | None = None
    regulator: str = "ldo"
    current_of: str = "processor"
    names: tuple[str, ...] = ()
    factors: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    provisional: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    path: str = ""
    arena: str = ""

    def __reduce__(self) -> tuple[Callable[..., Profile], tuple[dict[str, Any]]]:
        """Mappings that cannot be changed do not pickle; they are made anew."""
        content = {one.name: getattr(self, one.name) for one in fields(self)}
        content["factors"] = {key: dict(value) for key, value in self.factors.items()}
        content["sources"] = dict(self.sources)
        return _revived, (content,)

    @property
    def core(self) -> str:
        """The core's name, as price lists and tables of code and stack have it."""
        return self.target.core.name

    @property
    def pointer_bytes(self) -> int:
        return self.target.pointer_bytes

    @property
    def dsp(self) -> bool:
        return self.target.core.dsp

    @property
    def build(self) -> Build:
        """How its firmware is compiled: as its common toolchain does, unless another was asked for."""
        return self.target.build

    def built(self, build: str | Build | None) -> Profile:
        """The same part with firmware that is compiled otherwise; what is left out is the part's own.

        Raises:
            InputError: no such build.
        """
        chosen = find_build(build, self.build)
        return self if chosen == self.build else replace(self, target=replace(self.target, build=chosen))

    def placed(self, memory: str) -> Profile:
        """The same part whose firmware lays the arena into this memory.

        Raises:
            InputError: no such RAM.
        """
        known = [one.name for one in self.memories if one.is_ram]
        if memory not in known:
            raise InputError(
                f"profile {self.name}: no RAM {memory!r}{nearest_note(memory, known)}, expected one of "
                f"{', '.join(known)}"
            )
        return replace(self, name=f"{self.name}:{memory}", arena=memory)

    @property
    def fpu(self) -> bool:
        return self.target.core.fpu

    @property
    def ram_bytes(self) -> int:
        """All the RAM on the chip that an application has."""
        return sum(m.usable_bytes for m in self.memories if m.kind in {"sram", "tcm"})

    @property
    def arena_limit_bytes(self) -> int:
        """The largest piece of RAM in one run of addresses: no arena can be larger."""
        return max((m.usable_bytes for m in self.memories if m.kind in {"sram", "tcm"}), default=0)

    @property
    def flash_bytes(self) -> int:
        return sum(m.usable_bytes for m in self.memories if m.kind == "flash")

    def choose_library(self, name: str | None = None) -> str:
        """The kernel library of that name, or the profile's own where it is None.

        Raises:
            InputError: this part has no such library.
        """
        if name is None:
            return self.library
        if (whole := whole_name(name)) in self.libraries:
            return whole
        known = any(value.name == whole for value in kernel_libraries())
        what = "does not run on this part" if known else "is not known"
        raise InputError(
            f"profile {self.name}: kernel library {name!r}{nearest_note(str(name), self.libraries)} {what}, "
            f"expected one of {', '.join(self.libraries)}"
        )

    @property
    def active_current_a(self) -> float | None:
        return self.active.typical if self.active is not None else None

    @property
    def sleep_current_a(self) -> float | None:
        return self.sleep.typical if self.sleep is not None else None


def _revived(content: dict[str, Any]) -> Profile:
    frozen = {key: MappingProxyType(value) for key, value in content["factors"].items()}
    sources = MappingProxyType(content["sources"])
    return Profile(**{**content, "factors": MappingProxyType(frozen), "sources": sources})


def load_profile(name_or_path: str | os.PathLike[str]) -> Profile:
    """A stock profile by its name, or the user's own file by its path (with a separator or `.toml`). Behind
    a stock profile's name may stand the RAM that the arena is laid into: "giga-r1:sdram".

    Raises:
        ProfileError: no such profile, or a file that cannot be used; names file, key, what was found
            and what was wanted.
        InputError: it has no such RAM.
    """
    if isinstance(name_or_path, str) and (said := PLACED.fullmatch(name_or_path)):
        return load_profile(said[1]).placed(said[2])
    path = _locate(name_or_path, Path.cwd())
    merged, chain, clocks = _merged(path)
    check_required(merged, path)
    return _build(merged, path, tuple(parent.stem for parent in chain[1:]), clocks)


def _locate(name_or_path: str | os.PathLike[str], beside: Path, where: str = "") -> Path:
    text = os.fspath(name_or_path)
    if not isinstance(text, str):
        raise ProfileError(f"{where}profile name is {type(text).__name__}, expected text or a path")
    is_path = not isinstance(name_or_path, str) or text.endswith(".toml") or "/" in text or os.sep in text
    try:
        if is_path:
            path = beside / Path(text).expanduser()
            if path.is_file():
                return path.resolve()
            raise ProfileError(f"{where}no profile file at {path}")
        return stock_profile(text, where)
    except (OSError, ValueError, RuntimeError) as error:
        raise ProfileError(f"{where}cannot look for profile {text!r}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ProfileError(f"{path}: cannot be read as TOML: {error}") from error
    _spell_out(table)
    check_keys(table, path)
    return table


def _spell_out(table: dict[str, Any]) -> None:
    """Put whole names of kernel libraries for shortened ones."""
    if isinstance(one := table.get("library"), str):
        table["library"] = whole_name(one)
    if isinstance(several := table.get("libraries"), list):
        table["libraries"] = [whole_name(one) if isinstance(one, str) else one for one in several]
    if isinstance(factors := table.get("factors"), dict):
        table["factors"] = {whole_name(one): value for one, value in factors.items()}
    timing = table.get("timing")
    if isinstance(timing, dict) and isinstance(fitted := timing.get("fitted_for"), list):
        timing["fitted_for"] = [_whole(one) if isinstance(one, str) else one for one in fitted]


def _whole(one: str) -> str:
    """With a library's whole name, before the build that may follow it."""
    name, space, build = one.partition(" ")
    return f"{whole_name(name)}{space}{build}"


def _merged(path: Path) -> tuple[dict[str, Any], list[Path], dict[str, int]]:
    """The file over its parents, the files from child to oldest parent, and the clocks that its memories'
    timing and its active current hold for: of the youngest that says something of either."""
    chain = [path]
    tables = [_read(path)]
    while (parent := tables[-1].get("extends")) is not None:
        child = chain[-1]
        found = _locate(parent, child.parent, f"{child}: key 'extends': ")
        if found in chain:
            loop = " -> ".join(p.stem for p in [*chain[chain.index(found) :], found])
            raise ProfileError(f"{child}: key 'extends': found a loop, {loop}, wanted a chain that ends")
        chain.append(found)
        tables.append(_read(found))
    merged: dict[str, Any] = {}
    clocks = {"timing": 0, "active_a": 0}
    for table in reversed(tables):
        merged.pop("names", None)
        if "timing" in table or table.get("core", merged.get("core")) != merged.get("core"):
            merged.get("timing", {}).pop("fitted_for", None)
        _merge(merged, table)
        told = {"timing": "timing" in table, "active_a": "active_a" in table.get("power", {})}
        clocks |= {name: merged.get("clock_hz", 0) for name, here in told.items() if here}
    return merged, chain, clocks


def _merge(into: dict[str, Any], table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def _build(table: Mapping[str, Any], path: Path, parents: tuple[str, ...], clocks: dict[str, int]) -> Profile:
    memories, libraries = facts.memories_of(table, path), tuple(table["libraries"])
    if table["library"] not in libraries:
        raise ProfileError(
            f"{path}: key 'library': found {table['library']!r}, expected one of its libraries, "
            f"{', '.join(libraries)}"
        )
    power, target = table.get("power", {}), facts.target_of(table, path)
    return Profile(
        name=path.stem,
        title=table["title"],
        kind=table["kind"],
        target=target,
        clock_hz=table["clock_hz"],
        memories=memories,
        libraries=libraries,
        library=table["library"],
        timing=facts.timing_of(table, path, target, clocks["timing"]),
        framework=facts.framework_of(table, path),
        supply_v=power.get("supply_v"),
        active=facts.active_of(table, path, clocks["active_a"]),
        sleep=facts.current_of(power, "sleep_a", path),
        regulator=power.get("regulator", "ldo"),
        current_of=power.get("of", "processor"),
        names=tuple(table.get("names", ())),
        factors=facts.factors_of(table, path),
        sources=MappingProxyType(facts.sources_of(table)),
        provisional=facts.provisional_of(table, path, clocks["active_a"]),
        parents=parents,
        path=str(path),
        arena=facts.arena_of(table, path, memories),
    )
