"""What tells one run over data from another: files by content and time, arrays by content, code by its text.

A file is read whole where all together are small enough for that to take a second; of more, size and time
have to do.
"""

from __future__ import annotations

import ast
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ..operators.spec import Array

__all__ = ["array_fingerprint", "code_fingerprint", "file_fingerprint"]

MOST_BYTES = 1 << 30
CHUNK_BYTES = 1 << 22


def file_fingerprint(*paths: Path, below: Path | None = None) -> str:
    """Of files in this order: names (from `below` on), sizes, times and contents."""
    digest = hashlib.sha256()
    found = [(path, path.stat()) for path in paths]
    whole = sum(stat.st_size for _, stat in found) <= MOST_BYTES
    for path, stat in found:
        name = path.name if below is None else path.relative_to(below).as_posix()
        digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode(errors="surrogateescape"))
        if whole and path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def array_fingerprint(arrays: Iterable[Array | None]) -> str:
    """Of arrays in memory: types, shapes and contents."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is None:
            digest.update(b"none\0")
            continue
        digest.update(f"{array.dtype.str}\0{array.shape}\0".encode())
        if array.dtype.hasobject:
            digest.update(repr(array.tolist()).encode(errors="replace"))
            continue
        rows = max(1, CHUNK_BYTES * max(1, len(array) if array.ndim else 1) // max(1, array.nbytes))
        for start in range(0, len(array) if array.ndim else 1, rows):
            part = array[start : start + rows] if array.ndim else array
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:16]


def code_fingerprint(path: Path, root: Path) -> str:
    """Of a file of Python and of those files beside it or below `root` that it imports, and they in turn."""
    waiting, found = [path.resolve()], set[Path]()
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported(file, root.resolve())
    digest = hashlib.sha256()
    for file in sorted(found):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _imported(file: Path, root: Path) -> Iterator[Path]:
    """Files of the user's own that a file imports, wherever in it, as far as its text says."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names, places = [alias.name for alias in node.names], [root, file.parent]
        elif isinstance(node, ast.ImportFrom):
            stem = f"{node.module}." if node.module else ""
            names = [*([node.module] if node.module else []), *(stem + alias.name for alias in node.names)]
            places = [[*file.parents][node.level - 1]] if node.level else [root, file.parent]
        else:
            continue
        for name, place in itertools.product(names, places):
            parts = name.split(".")
            for depth in range(1, len(parts) + 1):
                at = place.joinpath(*parts[:depth])
                files = at.with_name(f"{at.name}.py"), at / "__init__.py"
                yield from (each.resolve() for each in files if each.is_file())
