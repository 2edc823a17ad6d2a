"""A class bears a name that no other has: who reads it knows which is meant. A protocol may bear that of the
class which it is seen as from below."""

from __future__ import annotations

import ast
from collections import defaultdict

from support.import_graph import modules

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
