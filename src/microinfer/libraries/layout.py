"""What TFLM's own structures take, for a version and a pointer size: data, read from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ..errors import InputError
from ..operators.release import DEFAULT_RELEASE, Release
from ..words.data_folder import data_file
from ..words.dataclass import dataclass, replace
from ..words.toml_sections import parse_sections

__all__ = ["StructLayout", "own_layout", "struct_layout"]


@dataclass(frozen=True, slots=True, eq=False)
class StructLayout:
    """Sizes in bytes.

    `structs` and `parameters` (an operator's builtin parameters) are (size, alignment); `init` is what
    an operator's Init asks for, by library. `provisional`: why the sizes are not sure for this release, ""
    if they are.
    """

    version: str
    commit: str
    pointer_bytes: int
    target: str
    source: str
    structs: Mapping[str, tuple[int, int]]
    parameters: Mapping[str, tuple[int, int]]
    init: Mapping[str, Mapping[str, int]]
    provisional: str = ""

    def size(self, struct: str) -> int:
        return self.structs[struct][0]


@cache
def _table(name: str) -> dict[str, Any]:
    """A pointer size's."""
    path = data_file("memory", "tflm.toml")
    heads = (f"[{name}]", f"[{name}.")
    found: dict[str, Any] = parse_sections(path, lambda heading, _: heading.startswith(heads))[name]
    return found


@cache
def struct_layout(pointer_bytes: int = 4, release: Release = DEFAULT_RELEASE) -> StructLayout:
    """A release's table for pointers of 4 bytes (32-bit Arm) or 8 (a 64-bit host).

    Raises:
        InputError: another pointer size.
    """
    layout = release.layouts.get(pointer_bytes)
    if layout is None:
        raise InputError(f"pointer_bytes is {pointer_bytes}; TFLM's structures are known for 4 and 8")
    found = _table(layout.table)
    read = _read(found, release.title, release.commit, pointer_bytes, found["init"]["tflm-reference"])
    return replace(read, parameters={**read.parameters, **layout.parameters}, provisional=layout.note)


@cache
def own_layout(library: str, pointer_bytes: int = 4) -> StructLayout:
    """The structures of a library that has TFLM of another release, compiled otherwise, whatever release is
    asked for.

    Raises:
        InputError: another pointer size.
    """
    found = tomllib.loads(data_file("memory", f"structures.{library}.toml").read_text("utf-8"))
    if pointer_bytes != found["pointer_bytes"]:
        raise InputError(
            f"pointer_bytes is {pointer_bytes}; {library}'s structures are known for {found['pointer_bytes']}"
        )
    return _read(found, found["version"], found["commit"], pointer_bytes)


def _read(
    found: Mapping[str, Any],
    version: str,
    commit: str,
    pointer_bytes: int,
    common: Mapping[str, int] = MappingProxyType({}),
) -> StructLayout:
    return StructLayout(
        version=version,
        commit=commit,
        pointer_bytes=pointer_bytes,
        target=found["target"],
        source=found["source"],
        structs={name: (size, align) for name, (size, align) in found["structs"].items()},
        parameters={name: (size, align) for name, (size, align) in found["parameters"].items()},
        init={library: {**common, **sizes} for library, sizes in found["init"].items()},
    )
