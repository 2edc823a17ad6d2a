"""The models of a sweep: files, the zoo's, its architectures in other sizes, a function of the user's.

A candidate is small until its bytes are asked for, and travels to where they are.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from .. import zoo
from ..errors import InputError
from ..words.dataclass import dataclass, field
from .identity import identity
from .user_code import Code, call_code

__all__ = ["Candidate", "combinations"]

MOST_BYTES = 1 << 30
"""Of a model's file."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model to be. `source` is a path, a name of the zoo, or code; `options` go to the builder."""

    name: str
    kind: Literal["file", "bytes", "zoo", "code"]
    source: str | bytes | Code
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recipe(self) -> str:
        """What tells how the bytes are built, "" where they are there already."""
        if self.kind in ("file", "bytes"):
            return ""
        how = self.source.fingerprint if isinstance(self.source, Code) else self.source
        content = [identity(), self.kind, how, self.options]
        return "recipe-" + hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def content(self) -> str:
        """What tells the bytes: a digest of them, or of how they are built, "" of a file that is not read."""
        if isinstance(self.source, bytes):
            return hashlib.sha256(self.source).hexdigest()
        return self.recipe

    def read(self) -> Candidate:
        """With the bytes of its file, for where the file is not.

        Raises:
            InputError: it cannot be read.
        """
        if self.kind != "file":
            return self
        path = Path(str(self.source))
        try:
            if path.stat().st_size > MOST_BYTES:
                raise InputError(f"{path}: {path.stat().st_size:,} bytes, expected at most {MOST_BYTES:,}")
            return Candidate(self.name, "bytes", path.read_bytes())
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error

    def make(self) -> bytes:
        """The model's file.

        Raises:
            InputError: it cannot be read or built; names the user's line.
        """
        if self.kind == "file":
            return self.read().make()
        if isinstance(self.source, bytes):
            return self.source
        if isinstance(self.source, str):
            return zoo.load(self.source, **self.options)
        made = call_code(self.source, dict(self.options))
        if not isinstance(made, bytes | bytearray | memoryview):
            raise InputError(
                f"{self.source.where}:{self.source.function}: returned {type(made).__name__}, expected the "
                "bytes of a .tflite file"
            )
        return bytes(made)


def combinations(grid: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every combination of values: a list has several, anything else one."""
    lists = [value if isinstance(value, list) else [value] for value in grid.values()]
    for values in itertools.product(*lists):
        yield dict(zip(grid, values, strict=True))
