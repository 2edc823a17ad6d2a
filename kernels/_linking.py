"""A kernel's function with what is compiled in place of what it names: by numba's public means alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import CellType, FunctionType
from typing import Any

import numba

from . import _vectors, lanes
from ._helpers import Native, is_inline, is_whole

__all__ = ["linked"]


def linked(function: Callable[..., Any], **options: Any) -> FunctionType:
    """The function with the compiled forms of its helpers, made with these options, for the plain ones."""
    assert isinstance(function, FunctionType)
    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        if name in scope:
            scope[name] = _compiled_form(scope[name], options)
    closure = tuple(
        CellType(_compiled_form(cell.cell_contents, options)) for cell in function.__closure__ or ()
    )
    made = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, closure or None)
    made.__qualname__ = function.__qualname__
    return made


def _compiled_form(value: Any, options: dict[str, Any]) -> Any:
    """What stands for a value that a kernel names: for most, the value itself."""
    if isinstance(value, FunctionType) and lanes.is_operation(value):
        return getattr(_vectors, value.__name__)
    if isinstance(value, Native):
        return _native(value)
    return _helper(value, tuple(options.items())) if is_inline(value) else value


@cache
def _native(operation: Native) -> Any:
    module = import_module(f".{operation.module}", __package__)
    return getattr(module, operation.make)(*operation.arguments)


@cache
def _helper(function: Callable[..., Any], options: tuple[tuple[str, Any], ...]) -> Any:
    made = linked(function, **dict(options))
    return numba.njit(forceinline=is_whole(function), **dict(options))(made)
