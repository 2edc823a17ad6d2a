"""What kernels call by name: helpers compiled into them, and operations that only machine code has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["CanRaiseError", "Native", "inline", "inline_whole", "is_inline", "is_whole"]

F = TypeVar("F", bound=Callable[..., Any])

_inlined: set[Callable[..., Any]] = set()
_whole: set[Callable[..., Any]] = set()


class CanRaiseError(TypeError):
    """A kernel whose machine code could raise an exception, which nobody would see."""


@dataclass(frozen=True, slots=True)
class Native:
    """An operation that only machine code has, as a kernel names it before numba is there.

    `make`: the function of the module `module` in this package that makes numba's form of it from
    `arguments`. `plain`: the same in Python, if there is such.
    """

    module: str
    make: str
    arguments: tuple[Any, ...] = ()
    plain: Callable[..., Any] | None = None

    def __call__(self, *values: Any) -> Any:
        if self.plain is not None:
            return self.plain(*values)
        raise NotImplementedError(f"{self.make} exists only as machine code")


def inline(function: F) -> F:
    """Mark a helper that kernels call by its name; it is compiled into each of them, never by itself."""
    _inlined.add(function)
    return function


def inline_whole(function: F) -> F:
    """As `inline`, and not called there, however long it is: what a caller gives as a number stays one."""
    _whole.add(function)
    return inline(function)


def is_whole(function: Callable[..., Any]) -> bool:
    """Whether `inline_whole` was called on it."""
    return function in _whole


def is_inline(value: object) -> bool:
    """Whether `inline` was called on it."""
    return callable(value) and getattr(value, "__hash__", None) is not None and value in _inlined
