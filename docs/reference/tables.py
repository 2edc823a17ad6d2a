"""The rules of a check, the operators, and the parts and boards, out of their tables in the package."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from microinfer.checks.rule import rules
from microinfer.cli.ops import kernels_of
from microinfer.cli.profiles import facts
from microinfer.libraries.library import kernel_libraries
from microinfer.operators.registry import module_names, rows
from microinfer.parts.profile import load_profile, profile_names

from .words import docstring, plain, prose, table

__all__ = ["operator_pages", "part_pages", "rule_pages"]


def rule_pages() -> Iterator[tuple[str, str]]:
    """One page, a section a rule."""
    listed = [(f"[`{n}`](#{n})", one.severity, prose(one.title)) for n, one in rules().items()]
    head = (
        "# Rules of check\n\nWhat `microinfer check` looks for. `--disable RULE` leaves one out, "
        "`--explain RULE` prints what stands here; see [Check a model in CI](../check-in-ci.md).\n\n"
    )
    sections = (
        f"## {name}\n\n*{one.severity}*: {prose(one.title)}.\n\n{docstring(one.about)}"
        for name, one in rules().items()
    )
    yield "rules.md", head + table(("rule", "severity", "what it finds"), listed) + "\n" + "\n".join(sections)


def operator_pages() -> Iterator[tuple[str, str]]:
    """One page, a section an operator: its types, the kernels of each library, what it takes."""
    libraries = tuple(value.name for value in kernel_libraries() if not value.carried)
    kernels = kernels_of(libraries)
    listed, sections = [], []
    for one in rows():
        types = [f"{s}" if t == (s,) else f"{s} to {' or '.join(t)}" for s, t in one.types.items()]
        has = ["yes" if kernels[library].get(one.name) else "" for library in libraries]
        anchor = one.name.lower()
        listed.append((f"[{plain(one.name)}](#{anchor})", ", ".join(types), *has))
        named = [
            (library, ", ".join(f"`{kernel}`" for kernel in kernels[library].get(one.name, ())) or "none")
            for library in libraries
        ]
        module = sys.modules[f"microinfer.operators.{module_names()[one.name]}"]
        about = docstring(module.__doc__)
        sections.append(
            f"## {plain(one.name)} {{#{anchor}}}\n\n{about}\n"
            f"Types: {', '.join(types)}.\n\n{table(('library', 'kernels'), named)}"
        )
    head = (
        "# Operators\n\nWhat `microinfer ops` lists: each operator with the types of its data, and the "
        "kernels among which its geometry chooses. Whether they take *your* layer, "
        "`microinfer check` says.\n\n"
    )
    top = table(("operator", "types", *libraries), listed)
    yield "operators.md", head + top + "\n" + "\n".join(sections)


def part_pages() -> Iterator[tuple[str, str]]:
    """A page a part or board, each figure with its source, and their list."""
    found = sorted(map(load_profile, profile_names()), key=lambda one: (one.kind != "part", one.name))
    listed = [
        (
            f"[{one.name}]({one.name}.md)",
            one.core,
            f"{one.clock_hz / 1e6:g} MHz",
            f"{one.ram_bytes / 1024:,g} KB",
            f"{one.flash_bytes / 1024:,g} KB",
            one.library,
            plain(one.title),
        )
        for one in found
    ]
    head = ("profile", "core", "clock", "RAM", "flash", "kernels", "what")
    intro = (
        "# Parts and boards\n\nWhat `microinfer profiles` lists, each with the source of every figure. One "
        "that is missing is a file of a few lines: [Add a board](../../add-a-board.md).\n\n"
    )
    yield "parts/index.md", intro + table(head, listed)
    for one in found:
        lines = [(f"`{key}`", plain(value), plain(one.sources.get(key, ""))) for key, value in facts(one)]
        yield (
            f"parts/{one.name}.md",
            f"# {one.name}\n\n{plain(one.title)}.\n\n{table(('key', 'value', 'source'), lines)}",
        )
