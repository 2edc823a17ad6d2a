"""`Interpreter.invoke` as a built-in function, where the model can be run as one."""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any

from ..operators.joined_runs import put_before

__all__ = ["built_in"]


def built_in(run: Callable[[], object], owner: type, invoke: Any) -> object:
    """What an object of `owner` keeps as `_at_once`, so that its `invoke`, in Python, is asked where `run` of
    `Machine.direct` declines, and not before; None where there is no such way."""
    if not isinstance(run, BuiltinFunctionType):
        return None
    put_before(owner, invoke, "($self, /, *, record=False)", "_at_once")
    return run.__self__
