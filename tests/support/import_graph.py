"""Who imports whom in the package, at the head of a file, inside functions and for types alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import microinfer
import microinfer.kernels
import microinfer.profiles

__all__ = ["ROOMS", "Import", "circles", "imports", "modules", "room_of"]

PACKAGE = "microinfer"
ROOMS = (
    "errors",
    "words",
    "files",
    "model",
    "operators",
    "builder",
    "zoo",
    "libraries",
    "memory",
    "parts",
    "timing",
    "deploy",
    "reports",
    "run",
    "runtimes",
    "exports",
    "comparison",
    "checks",
    "validation",
    "difference",
    "bench",
    "sweeps",
    "searches",
    "injection",
    "learning",
    "view",
    "server",
    "verbs",
    "pytest_plugin",
    "cli",
)
"""The rooms from the ground up: each may import those before it, and its own modules."""


@dataclass(frozen=True, slots=True)
class Import:
    """`importer` and `imported` are modules without the package's name; `line` is where it stands.

    `kind` is "head", "deferred" (inside a function) or "types" (under TYPE_CHECKING).
    """

    importer: str
    imported: str
    kind: str
    line: int
    within: str = ""

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}, imports {self.imported}"


def _folders() -> Iterator[tuple[Path, tuple[str, ...]]]:
    yield Path(microinfer.__file__).parent, ()
    yield Path(microinfer.kernels.__path__[0]), ("kernels",)
    yield Path(microinfer.profiles.__path__[0]), ("profiles",)


def modules() -> dict[str, Path]:
    """Every module to its file; the package itself is "". An editable install has kernels elsewhere."""
    found: dict[str, Path] = {}
    seen: set[Path] = set()
    for root, above in reversed(list(_folders())):
        for path in sorted(root.rglob("*.py")):
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            parts = (*above, *path.relative_to(root).with_suffix("").parts)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room_of(module: str) -> str:
    return module.partition(".")[0]


def _targets(node: ast.AST, package: tuple[str, ...], known: Mapping[str, Path]) -> Iterator[str]:
    """What an import statement names: modules where they are, else what they are taken from."""
    if isinstance(node, ast.Import):
        names = [(alias.name, "") for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level:
        base = ".".join((*package[: len(package) - node.level + 1], *filter(None, [node.module])))
        names = [(f"{PACKAGE}.{base}".rstrip("."), alias.name) for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [(node.module or "", alias.name) for alias in node.names]
    else:
        return
    for base, name in names:
        top, _, inner = base.partition(".")
        if top == PACKAGE:
            full = f"{inner}.{name}".strip(".")
            yield full if full in known else inner


def _visit(
    node: ast.AST, module: str, package: tuple[str, ...], known: Mapping[str, Path], kind: str, within: str
) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inner, name = kind, within
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner, name = "deferred", within or child.name
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            inner = "types" if kind == "head" else kind
        for target in _targets(child, package, known):
            yield Import(module, target, kind, getattr(child, "lineno", 0), within)
        yield from _visit(child, module, package, known, inner, name)


def imports() -> list[Import]:
    """Every import of one of the package's modules by another."""
    known = modules()
    found: list[Import] = []
    for module, path in known.items():
        parts = tuple(filter(None, module.split(".")))
        package = parts if path.name == "__init__.py" else parts[:-1]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [one for one in _visit(tree, module, package, known, "head", "") if one.imported != module]
    return found


def circles(edges: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    """Sets of nodes from each of which every other can be reached (Tarjan)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def walk(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in order:
                walk(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], order[other])
        if lowest[node] == order[node]:
            at = stack.index(node)
            ring = stack[at:]
            del stack[at:]
            if len(ring) > 1:
                found.append(tuple(sorted(ring)))

    for node in edges:
        if node not in order:
            walk(node)
    return found
