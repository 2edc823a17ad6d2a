"""A class bears a name that no other has, and a module too: who reads it knows which is meant.

A protocol may bear that of the class which it is seen as from below.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from pathlib import Path

from microinfer.cli import COMMANDS

from support.import_graph import ROOMS, modules, room_of

APART = ("cli.forms", "kernels.")
"""Forms, which are named as what is printed in them, and what compiles, which no room but operators sees."""


def is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def test_no_two_classes_share_a_name() -> None:
    found = defaultdict(list)
    for module, path in modules().items():
        if module.startswith(APART):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not (node.name.startswith("_") or is_protocol(node)):
                found[node.name].append(module)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def is_family(module: str) -> bool:
    """Of operators: their rows, what writes them, and their column in each library go by one name."""
    room, _, rest = module.partition(".")
    return room in ("operators", "builder") or (room == "libraries" and "." in rest)


def is_command(module: str) -> bool:
    """A command's module bears the command's name, whatever else has it."""
    room, _, rest = module.partition(".")
    return room == "cli" and rest in COMMANDS


def is_format(module: str) -> bool:
    """A format's module bears the format's name."""
    return module.startswith("checks.formats.")


def test_no_two_modules_share_a_name() -> None:
    """Rooms are names, too."""
    found = defaultdict(list)
    for room in ROOMS:
        found[room].append(room)
    for module, path in modules().items():
        if "." not in module or path.name == "__init__.py" or room_of(module) == "kernels":
            continue
        if is_command(module) or is_format(module):
            continue
        found[module.rpartition(".")[2]].append("a family" if is_family(module) else module)
    shared = {name: where for name, where in found.items() if len(set(where)) > 1}
    assert shared == {}


def test_no_two_files_of_tests_share_a_name() -> None:
    """Python takes the second for the first, where it finds both."""
    named = Counter(path.name for path in Path(__file__).resolve().parents[1].rglob("test_*.py"))
    assert [name for name, times in named.items() if times > 1] == []
