"""Profiles: what is known of a part or a board, read from TOML.

A file may extend one other: `extends = "cortex-m4"` names a stock profile, `extends = "./mine.toml"` a
file beside it. Tables merge, and the child's word wins. Every figure's source stands in the same file
under `[sources]`, keyed by the figure's path, such as `"memory.flash.bytes"`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .errors import InputError, ProfileError
from .spelling import nearest_note

__all__ = ["Current", "Memory", "MemoryTiming", "Profile", "load_profile", "profile_names"]

CORES = ("avr", "cortex-m0plus", "cortex-m4", "cortex-m33", "cortex-m7")
LIBRARIES = ("tflm-reference", "tflm-cmsis-nn", "bare-c")
MEMORY_KINDS = ("flash", "sram", "tcm", "external")


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory of a part. `reserved_bytes` are not the application's: a bootloader has them."""

    name: str
    kind: str
    bytes: int
    reserved_bytes: int = 0

    @property
    def usable_bytes(self) -> int:
        return self.bytes - self.reserved_bytes


@dataclass(frozen=True, slots=True)
class MemoryTiming:
    """What a board's memories add to the cycles of an ideal one, where every access takes no wait.

    `fetch`: cycles added to every instruction, on average. `weights_sequential`, `weights_random`:
    cycles added to every byte of weights that is read in order, or out of order. `sram`: cycles added to
    every byte of activations that is read or written. `spread`: relative half-width of the 90 % interval
    that comes of not knowing the board and its software stack better. `fitted_on`: what these rest on.
    """

    fetch: float = 0.0
    weights_sequential: float = 0.0
    weights_random: float = 0.0
    sram: float = 0.0
    spread: float = 0.0
    fitted_on: str = ""

    @property
    def ideal(self) -> bool:
        return not (self.fetch or self.weights_sequential or self.weights_random or self.sram)


@dataclass(frozen=True, slots=True)
class Current:
    """A supply current in amperes with its 90 % interval."""

    typical: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Profile:
    """A part, or a board with a part on it. Sizes in bytes, clock in Hz, currents in A, voltage in V.

    `sources` maps the path of every figure to where it comes from. `provisional` lists what is an
    assumption for want of a measurement.
    """

    name: str
    title: str
    kind: str
    core: str
    clock_hz: int
    pointer_bytes: int
    dsp: bool
    fpu: bool
    memories: tuple[Memory, ...]
    libraries: tuple[str, ...]
    library: str
    timing: MemoryTiming = MemoryTiming()
    supply_v: float | None = None
    active: Current | None = None
    sleep: Current | None = None
    factors: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    provisional: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    path: str = ""

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
        if name in self.libraries:
            return name
        what = "does not run on this part" if name in LIBRARIES else "is not known"
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


@dataclass(frozen=True, slots=True)
class _Key:
    """What a key of a profile may hold: a Python type, perhaps one of several words or a least value."""

    type: type
    required: bool = False
    words: tuple[str, ...] = ()
    above: float | None = None
    least: float | None = None

    @property
    def wanted(self) -> str:
        if self.words:
            one = f"one of {', '.join(self.words)}"
            return f"a list with words out of {', '.join(self.words)}" if self.type is list else one
        name = {int: "a whole number", float: "a number", bool: "true or false", str: "text", list: "a list"}
        if self.above is not None:
            return f"{name[self.type]} above {self.above:g}"
        if self.least is not None:
            return f"{name[self.type]} of at least {self.least:g}"
        return f"{name[self.type]} of text" if self.type is list else name[self.type]

    def accepts(self, value: object) -> bool:
        if self.type is float:
            good = isinstance(value, int | float) and not isinstance(value, bool)
        else:
            good = type(value) is self.type
        if not good:
            return False
        if isinstance(value, list):
            return all(isinstance(v, str) and (not self.words or v in self.words) for v in value)
        if self.words and value not in self.words:
            return False
        if isinstance(value, int | float) and not isinstance(value, bool):
            if value != value or value in (float("inf"), float("-inf")):
                return False
            return (self.above is None or value > self.above) and (self.least is None or value >= self.least)
        return True


_Table = Mapping[str, "_Key | Mapping[str, Any]"]
_ANY = "*"

_CURRENT: _Table = {
    "typical": _Key(float, required=True, least=0),
    "low": _Key(float, least=0),
    "high": _Key(float, least=0),
}
_SCHEMA: _Table = {
    "extends": _Key(str),
    "title": _Key(str, required=True),
    "kind": _Key(str, required=True, words=("part", "board")),
    "core": _Key(str, required=True, words=CORES),
    "clock_hz": _Key(int, required=True, above=0),
    "pointer_bytes": _Key(int, required=True, above=0),
    "dsp": _Key(bool, required=True),
    "fpu": _Key(bool, required=True),
    "libraries": _Key(list, required=True, words=LIBRARIES),
    "library": _Key(str, required=True, words=LIBRARIES),
    "memory": {
        _ANY: {
            "kind": _Key(str, required=True, words=MEMORY_KINDS),
            "bytes": _Key(int, required=True, above=0),
            "reserved_bytes": _Key(int, least=0),
        }
    },
    "timing": {
        "fetch": _Key(float, least=0),
        "weights_sequential": _Key(float, least=0),
        "weights_random": _Key(float, least=0),
        "sram": _Key(float, least=0),
        "spread": _Key(float, least=0),
        "fitted_on": _Key(str),
    },
    "power": {"supply_v": _Key(float, above=0), "active_a": _CURRENT, "sleep_a": _CURRENT},
    "factors": {_ANY: {_ANY: _Key(float, above=0)}},
    "provisional": _Key(list),
    "sources": {_ANY: _Key(str)},
}


def _folder() -> Path:
    from . import profiles

    return Path(profiles.__path__[0])


def profile_names() -> tuple[str, ...]:
    """The stock profiles, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def load_profile(name_or_path: str | os.PathLike[str]) -> Profile:
    """A stock profile by its name, or the user's own file by its path (with a separator or `.toml`).

    Raises:
        ProfileError: no such profile, or a file that cannot be used; names file, key, what was found
            and what was wanted.
    """
    path = _locate(name_or_path, Path.cwd())
    merged, chain = _merged(path)
    _check_required(merged, _SCHEMA, "", path)
    return _build(merged, path, tuple(parent.stem for parent in chain[1:]))


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
        path = _folder() / f"{text}.toml"
        if text and path.is_file():
            return path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise ProfileError(f"{where}cannot look for profile {text!r}: {error}") from error
    names = profile_names()
    raise ProfileError(
        f"{where}no profile {text!r}{nearest_note(text, names)}; there are {', '.join(names)}, and a file of "
        "your own is named by its path, such as ./mine.toml"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ProfileError(f"{path}: cannot be read as TOML: {error}") from error
    _check(table, _SCHEMA, "", path)
    return table


def _merged(path: Path) -> tuple[dict[str, Any], list[Path]]:
    """The file over its parents, and the files from child to oldest parent."""
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
    for table in reversed(tables):
        _merge(merged, table)
    return merged, chain


def _merge(into: dict[str, Any], table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def _describe(value: object) -> str:
    return "a table" if isinstance(value, dict) else f"{value!r} ({type(value).__name__})"


def _check(table: Mapping[str, Any], schema: _Table, at: str, path: Path) -> None:
    """Keys and types of one file by itself: a child need not repeat what its parent says."""
    for key, value in table.items():
        where = f"{path}: key '{at}{key}'"
        wanted = schema.get(key, schema.get(_ANY))
        if wanted is None:
            known = tuple(schema)
            raise ProfileError(
                f"{where}: unknown{nearest_note(key, known)}, expected one of {', '.join(sorted(known))}"
            )
        if isinstance(wanted, _Key):
            if not wanted.accepts(value):
                near = nearest_note(value, wanted.words) if wanted.words and isinstance(value, str) else ""
                raise ProfileError(f"{where}: found {_describe(value)}{near}, expected {wanted.wanted}")
        elif not isinstance(value, dict):
            raise ProfileError(f"{where}: found {_describe(value)}, expected a table")
        else:
            _check(value, wanted, f"{at}{key}.", path)


def _check_required(table: Mapping[str, Any], schema: _Table, at: str, path: Path) -> None:
    for key, wanted in schema.items():
        if isinstance(wanted, _Key):
            if wanted.required and key not in table:
                raise ProfileError(
                    f"{path}: key '{at}{key}': missing, here and in what it extends; expected {wanted.wanted}"
                )
        elif key == _ANY:
            for name, value in table.items():
                _check_required(value, wanted, f"{at}{name}.", path)
        elif key in table:
            _check_required(table[key], wanted, f"{at}{key}.", path)


def _build(table: Mapping[str, Any], path: Path, parents: tuple[str, ...]) -> Profile:
    memories = []
    for name, memory in table.get("memory", {}).items():
        made = Memory(name, memory["kind"], memory["bytes"], memory.get("reserved_bytes", 0))
        if made.usable_bytes < 0:
            raise ProfileError(
                f"{path}: key 'memory.{name}.reserved_bytes': found {made.reserved_bytes}, "
                f"expected at most the memory's {made.bytes} bytes"
            )
        memories.append(made)
    for kinds in (("flash",), ("sram", "tcm")):
        if not any(m.kind in kinds for m in memories):
            raise ProfileError(
                f"{path}: key 'memory': none of kind {' or '.join(kinds)}, expected at least one, as in "
                f'[memory.{kinds[0]}] kind = "{kinds[0]}" bytes = 1048576'
            )
    libraries = tuple(table["libraries"])
    if table["library"] not in libraries:
        raise ProfileError(
            f"{path}: key 'library': found {table['library']!r}, expected one of its libraries, "
            f"{', '.join(libraries)}"
        )
    power = table.get("power", {})
    return Profile(
        name=path.stem,
        title=table["title"],
        kind=table["kind"],
        core=table["core"],
        clock_hz=table["clock_hz"],
        pointer_bytes=table["pointer_bytes"],
        dsp=table["dsp"],
        fpu=table["fpu"],
        memories=tuple(memories),
        libraries=libraries,
        library=table["library"],
        timing=MemoryTiming(**table.get("timing", {})),
        supply_v=power.get("supply_v"),
        active=_current(power, "active_a", path),
        sleep=_current(power, "sleep_a", path),
        factors=MappingProxyType({k: MappingProxyType(dict(v)) for k, v in table.get("factors", {}).items()}),
        sources=MappingProxyType(dict(table.get("sources", {}))),
        provisional=tuple(table.get("provisional", ())),
        parents=parents,
        path=str(path),
    )


def _current(power: Mapping[str, Any], key: str, path: Path) -> Current | None:
    found = power.get(key)
    if found is None:
        return None
    made = Current(found["typical"], found.get("low", found["typical"]), found.get("high", found["typical"]))
    if not made.low <= made.typical <= made.high:
        raise ProfileError(
            f"{path}: key 'power.{key}': found low {made.low:g}, typical {made.typical:g}, high "
            f"{made.high:g}, expected them in this order"
        )
    return made
