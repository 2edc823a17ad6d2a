"""What every kernel in C has in common: there is one of each, and each is called by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..target import Core
from ..templates import by_type

__all__ = ["always", "calls", "kernel_by_type", "one_kernel"]


def one_kernel(geometry: Any, core: Core) -> str:
    return "bare_c"


def kernel_by_type(geometry: Any, core: Core) -> str:
    """int8 goes without saying."""
    return by_type(geometry, "bare_c")


def always(geometry: Any) -> bool:
    return True


def calls(*functions: str) -> Callable[[Any], tuple[str, ...]]:
    """The same functions whatever the geometry is."""

    def called(geometry: Any) -> tuple[str, ...]:
        return functions

    return called
