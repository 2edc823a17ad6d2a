"""What a profile's file may hold: its keys, what may stand behind each, and the checks of both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ProfileError
from .data_folder import data_file
from .dataclass import dataclass
from .spelling import nearest_note

__all__ = ["CORES", "CORE_KEYS", "LIBRARIES", "check_keys", "check_required", "names_a_key"]

CORES = tuple(
    sorted(
        file.name.removesuffix(".toml")
        for file in data_file("cores").iterdir()
        if file.name.endswith(".toml")
    )
)
LIBRARIES = tuple(
    sorted(
        (
            folder.name.replace("_", "-")
            for folder in (Path(__file__).parent.parent / "libraries").iterdir()
            if (folder / "__init__.py").is_file()
        ),
        reverse=True,
    )
)
"""Kernel libraries, each of which is a folder; TFLM's first."""
OPEN_IN_C = ("arm", "armv6-m", "riscv")
"""What is made of what C leaves open, floats that an integer cannot hold and shifts by negative numbers: by
VCVT and Arm's own functions, by the functions in C of gcc's library for ARMv6-M, or by those for RISC-V."""
AT_LEVEL = ("", " -O3", " -O2", " -Os")
"""What may follow the name of a library: at which build alone something holds."""
AMPERES, VOLTS = 3, 60
"""More than a board of a microcontroller draws and is fed with: what lies above was meant in milliamperes,
or millivolts."""
HERTZ = 10_000
"""Less than a core that infers runs at: what lies below was meant in megahertz."""
MEMORY_KINDS = ("flash", "sram", "tcm", "external")


@dataclass(frozen=True, slots=True)
class _Key:
    """What a key of a profile may hold: a Python type, perhaps one of several words, and what may follow
    each; a number's range."""

    type: type
    required: bool = False
    words: tuple[str, ...] = ()
    behind: tuple[str, ...] = ("",)
    above: float | None = None
    least: float | None = None
    most: float = 1e6

    @property
    def wanted(self) -> str:
        if self.words:
            one = f"one of {', '.join(self.words)}"
            after = f", perhaps followed by one of{','.join(self.behind[1:])}" if self.behind[1:] else ""
            return f"a list with words out of {', '.join(self.words)}{after}" if self.type is list else one
        name = {int: "a whole number", float: "a number", bool: "true or false", str: "text", list: "a list"}
        if self.above is not None:
            return f"{name[self.type]} above {self.above:g} and at most {self.most:g}"
        if self.least is not None:
            return f"{name[self.type]} of at least {self.least:g} and at most {self.most:g}"
        return f"{name[self.type]} of text" if self.type is list else name[self.type]

    def accepts(self, value: object) -> bool:
        if self.type is float:
            good = isinstance(value, int | float) and not isinstance(value, bool)
        else:
            good = type(value) is self.type
        if not good:
            return False
        if isinstance(value, list):
            known = {word + after for word in self.words for after in self.behind}
            return all(isinstance(v, str) and (not known or v in known) for v in value)
        if self.words and value not in self.words:
            return False
        if isinstance(value, int | float) and not isinstance(value, bool):
            if value != value or value in (float("inf"), float("-inf")):
                return False
            low = (self.above is None or value > self.above) and (self.least is None or value >= self.least)
            return low and value <= self.most
        return True


_Table = Mapping[str, "_Key | Mapping[str, Any]"]
_ANY = "*"

_CURRENT: _Table = {
    "typical": _Key(float, required=True, least=0, most=AMPERES),
    "low": _Key(float, least=0, most=AMPERES),
    "high": _Key(float, least=0, most=AMPERES),
}
_BYTES: _Table = {
    "least": _Key(int, required=True, least=0, most=1 << 40),
    "most": _Key(int, required=True, least=0, most=1 << 40),
}
_TIMES: _Table = {name: _Key(float, required=True, above=0) for name in ("typical", "least", "most")}
KEYS: _Table = {
    "extends": _Key(str),
    "title": _Key(str, required=True),
    "names": _Key(list),
    "kind": _Key(str, required=True, words=("part", "board")),
    "core": _Key(str, required=True, words=CORES),
    "clock_hz": _Key(int, required=True, least=HERTZ, most=1e11),
    "pointer_bytes": _Key(int, above=0, most=8),
    "dsp": _Key(bool),
    "mve": _Key(bool),
    "fpu": _Key(bool),
    "build": _Key(str),
    "libraries": _Key(list, required=True, words=LIBRARIES),
    "library": _Key(str, required=True, words=LIBRARIES),
    "memory": {
        _ANY: {
            "kind": _Key(str, required=True, words=MEMORY_KINDS),
            "bytes": _Key(int, required=True, above=0, most=1 << 40),
            "reserved_bytes": _Key(int, least=0, most=1 << 40),
            "slower": _TIMES,
        }
    },
    "arena": _Key(str),
    "framework": {
        "title": _Key(str, required=True),
        "flash_bytes": _BYTES,
        "ram_bytes": _BYTES,
    },
    "timing": {
        "fetch": _Key(float, least=0, most=1000),
        "weights_sequential": _Key(float, least=0),
        "weights_random": _Key(float, least=0),
        "sram": _Key(float, least=0),
        "cold": _Key(float, least=0),
        "weights_once": _Key(float, least=0),
        "cache_bytes": _Key(int, least=0, most=1 << 40),
        "code_cache_bytes": _Key(int, least=0, most=1 << 40),
        "spread": _Key(float, least=0, most=100),
        "fitted_on": _Key(str),
        "fitted_for": _Key(list, words=LIBRARIES, behind=AT_LEVEL),
    },
    "power": {
        "supply_v": _Key(float, above=0, most=VOLTS),
        "measured_v": _Key(float, above=0, most=VOLTS),
        "regulator": _Key(str, words=("ldo", "smps")),
        "of": _Key(str, words=("processor", "board")),
        "active_a": _CURRENT,
        "sleep_a": _CURRENT,
    },
    "factors": {_ANY: {_ANY: _Key(float, above=0)}},
    "provisional": _Key(list),
    "sources": {_ANY: _Key(str)},
}
"""Of a profile. `pointer_bytes`, `dsp`, `mve` and `fpu` are the core's where they are left out."""
CORE_KEYS: _Table = {
    "isa": _Key(str, required=True),
    "pointer_bytes": _Key(int, required=True, above=0, most=8),
    "dsp": _Key(bool, required=True),
    "mve": _Key(bool, required=True),
    "fpu": _Key(bool, required=True),
    "unaligned": _Key(bool, required=True),
    "flash_waits": _Key(bool, required=True),
    "emulator": _Key(str),
    "fma": _Key(bool),
    "open_in_c": _Key(str, words=OPEN_IN_C),
    "peak": {"macs": _Key(float, required=True, above=0), "bytes": _Key(float, required=True, above=0)},
    "sources": {_ANY: _Key(str)},
}


def _describe(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    shown = repr(value)
    return f"{shown if len(shown) <= 60 else f'{shown[:57]}...'} ({type(value).__name__})"


def check_keys(table: Mapping[str, Any], path: Path, keys: _Table = KEYS, at: str = "") -> None:
    """Keys and types of one file by itself: a child need not repeat what its parent says.

    Raises:
        ProfileError: a key is unknown, or holds something else than it may.
    """
    for key, value in table.items():
        where = f"{path}: key '{at}{key}'"
        wanted = keys.get(key, keys.get(_ANY))
        if wanted is None:
            known = tuple(keys)
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
            check_keys(value, path, wanted, f"{at}{key}.")


def check_required(table: Mapping[str, Any], path: Path, keys: _Table = KEYS, at: str = "") -> None:
    """The figures that every profile needs are there, once a child lies over its parents.

    Raises:
        ProfileError: one is missing; names its key.
    """
    for key, wanted in keys.items():
        if isinstance(wanted, _Key):
            if wanted.required and key not in table:
                raise ProfileError(
                    f"{path}: key '{at}{key}': missing, here and in what it extends; expected {wanted.wanted}"
                )
        elif key == _ANY:
            for name, value in table.items():
                check_required(value, path, wanted, f"{at}{name}.")
        elif key in table:
            check_required(table[key], path, wanted, f"{at}{key}.")


def names_a_key(path: str, keys: _Table = KEYS) -> bool:
    """Whether a path such as "timing" or "power.sleep_a" is one of a profile's, of a table or of a figure."""
    first, _, rest = path.partition(".")
    found = keys.get(first, keys.get(_ANY))
    return found is not None and (not rest or (not isinstance(found, _Key) and names_a_key(rest, found)))
