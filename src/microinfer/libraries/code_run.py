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

__all__ = ["code_run", "invocation", "near"]


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


def invocation(library: str) -> tuple[int, int, int]:
    """What an inference takes beside its operators: bytes of code, bytes that are fetched where no cache
    holds these, and cycles on an ideal memory."""
    known = _table(library)
    if known is None:
        return (0, 0, 0)
    code = int(known["invoke"])
    return code, int(known.get("invoke_fetched", code)), int(known["invoke_cycles"])


@cache
def _near() -> frozenset[str]:
    return frozenset(parse_sections(data_file("memory", "code-run.toml"), lambda heading, _: False)["near"])


def near(operator: str, variant: str) -> bool:
    """Whether a kernel's inner loop is so short that flash has no part in it."""
    return f"{operator} {variant}" in _near()
