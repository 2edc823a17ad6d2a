"""What a command answers with: the shell's only word."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..deploy.verdict import MemoryReport

__all__ = [
    "BAD_INPUT",
    "BROKEN_PIPE",
    "CANNOT_TELL",
    "DOES_NOT_FIT",
    "INTERRUPTED",
    "OWN_MISTAKE",
    "of_memory",
]

DOES_NOT_FIT = 1
BAD_INPUT = 2
"""The file cannot be read, or the command is wrong."""
CANNOT_TELL = 3
"""It may well run and fit: something that decides is not known."""
OWN_MISTAKE = 70
"""sysexits.h calls it EX_SOFTWARE."""
INTERRUPTED = 130
BROKEN_PIPE = 141


def of_memory(memory: MemoryReport) -> int:
    """Fits, does not, or nobody knows."""
    return {"yes": 0, "perhaps": 0, "no": DOES_NOT_FIT, "cannot-tell": CANNOT_TELL}[memory.verdict]
