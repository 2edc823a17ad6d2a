"""A kernel library is a value: its name stands in its own folder, and where one is chosen, with why."""

from __future__ import annotations

import ast

from microinfer.libraries.library import kernel_libraries

from support.import_graph import modules, room_of

NAMES = frozenset(library.name for library in kernel_libraries())
CHOSEN = {
    "cli.export": "a format has the name of the library that it exports for",
    "cli.forms": "a format has the name of the library that it exports for",
    "deploy.other_plans": "the host's program has the reference kernels",
    "exports.bare_c": "the format is that library's",
    "exports.formats": "a format has the name of the library that it exports for",
    "memory.optimise": "a model is planned anew with the kernels that every part has",
    "memory.planning": "a plan without a part is of the kernels that every part has",
    "run.batch": "where tensors of several samples lie is of no device",
}


def named(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Constant) and node.value in NAMES for node in ast.walk(tree))


def test_libraries_are_named_where_one_is_chosen() -> None:
    found = {
        module
        for module, path in modules().items()
        if room_of(module) not in ("libraries", "kernels", "profiles")
        and named(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == CHOSEN.keys()


def test_no_branch_asks_for_a_librarys_name() -> None:
    """Not in a comparison, a match or a dictionary: the value is asked."""
    asked = {
        module
        for module, path in modules().items()
        if room_of(module) != "kernels"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Compare | ast.MatchValue) and named(node))
        or (isinstance(node, ast.Dict) and any(key is not None and named(key) for key in node.keys))
    }
    assert asked == set()
