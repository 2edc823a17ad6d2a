"""Flash and static RAM of the firmware around a model: core, kernels, CMSIS-NN, C library.

A linker keeps what is reachable. So the code of a set of operators is the union of what each of them
reaches: the table holds what only one operator reaches, and what several share, which is counted once.
Sizes come from linked programs, in `profiles/memory/code-size.<library>.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ..words.data_folder import data_file
from ..words.dataclass import dataclass
from ..words.toml_sections import parse_sections

__all__ = ["CodeSize", "code_size", "further_models"]


@dataclass(frozen=True, slots=True)
class CodeSize:
    """Bytes. `groups` are flash by origin; `globals_bytes` are initialised and zeroed variables.

    `unknown` operators are not in the sums. `provisional`: another core than the one that was measured,
    or an operator that was not.
    """

    groups: Mapping[str, int]
    globals_bytes: int
    unknown: tuple[str, ...]
    provisional: bool
    source: str
    parts: tuple[tuple[tuple[str, ...], str, int], ...] = ()
    """Operators, group and bytes of each piece; no operators where the program has it for its own."""

    @property
    def bytes(self) -> int:
        return sum(self.groups.values())


@cache
def _table(library: str, operators: frozenset[str]) -> dict[str, Any] | None:
    """A library's file, without what none of these operators reaches."""

    def kept(heading: str, text: str) -> str | bool:
        if heading == "[[shared]]":
            return any(f'"{name}"' in text for name in operators)
        if heading != "[alone]":
            return True
        lines = text.splitlines()[1:]
        return "\n".join([heading, *(line for line in lines if line.partition(" ")[0] in operators), ""])

    path = data_file("memory", f"code-size.{library}.toml")
    return parse_sections(path, kept) if path.is_file() else None


def code_size(library: str, core: str, operators: Iterable[str]) -> CodeSize | None:
    """Flash and globals of a program with exactly these operators in its resolver.

    The program is the smallest one that makes an interpreter, allocates and invokes. None for a library
    without a table: bare-c's compiler tells its own.
    """
    wanted = dict.fromkeys(operators)
    table = _table(library, frozenset(wanted))
    if table is None:
        return None
    unknown = tuple(name for name in wanted if name not in table["alone"])
    groups: dict[str, int] = dict(table["common"]["flash"])
    globals_bytes = table["common"]["ram"]
    application = table["application"]
    count = max(1, len(wanted))
    sole = count == 1
    groups["application"] = application["sole"] if sole else application["base"] + application["each"] * count
    globals_bytes += application["ram"] + application["ram_each"] * count
    parts: list[tuple[tuple[str, ...], str, int]] = [((), group, size) for group, size in groups.items()]
    reached: list[tuple[tuple[str, ...], dict[str, int]]]
    reached = [((name,), table["alone"].get(name, {})) for name in wanted]
    reached += [
        (
            tuple(name for name in wanted if name in unit["operators"]),
            {unit["group"]: unit["flash"], "ram": unit.get("ram", 0)},
        )
        for unit in table.get("shared", ())
        if not wanted.keys().isdisjoint(unit["operators"])
    ]
    for names, unit in reached:
        for group, size in unit.items():
            if group == "ram":
                globals_bytes += size
            else:
                groups[group] = groups.get(group, 0) + size
                parts.append((names, group, size))
    provisional = bool(unknown) or core != table["core"]
    return CodeSize(groups, globals_bytes, unknown, provisional, table["source"], tuple(parts))


def further_models(library: str, models: int) -> tuple[int, int]:
    """Bytes of flash and static RAM that more models than one add to a program beside arena and files: each
    has an interpreter of its own. Nothing for a library without a table."""
    table = _table(library, frozenset())
    if table is None:
        return 0, 0
    application = table["application"]
    return (models - 1) * application["model"], (models - 1) * application["ram_model"]
