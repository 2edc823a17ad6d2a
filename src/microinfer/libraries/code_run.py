"""How many bytes of code an operator runs, each counted once: what flash must deliver when no cache has it.

A kernel's inner loops run from a cache, or near it, but whatever comes before them runs once, straight from
flash. The figures are measurements, in `profiles/memory/code-run.toml`; a kernel without one is taken as
the operator's others, or as the middle of all.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..words.data_folder import data_file
from ..words.toml_sections import parse_sections

__all__ = ["code_run", "invocation"]


@cache
def _table(library: str) -> dict[str, Any] | None:
    path, heads = data_file("memory", "code-run.toml"), (f'["{library}"]', f'["{library}".')
    return parse_sections(path, lambda heading, _: heading.startswith(heads)).get(library)


@cache
def code_run(library: str, operator: str, variant: str) -> int:
    """Bytes of code that one run of a kernel touches, by the tables of a library, see `KernelLibrary`."""
    known = _table(library)
    if known is None:
        return 0
    kernels: dict[str, int] = known["operators"].get(operator, {})
    if variant in kernels:
        return kernels[variant]
    return max(kernels.values(), default=int(known["other"]))


def invocation(library: str) -> tuple[int, int]:
    """Bytes of code and cycles on an ideal memory that an inference takes beside its operators'."""
    known = _table(library)
    return (0, 0) if known is None else (int(known["invoke"]), int(known["invoke_cycles"]))
