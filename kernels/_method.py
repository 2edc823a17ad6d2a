"""A class's method as a built-in of Python's own around `_direct`'s call, which saves Python a frame a call.

It takes what the object keeps for it in an attribute, and calls the method in Python for all that is not a
plain call which may be made at once.
"""

from __future__ import annotations

import ctypes
from types import FunctionType
from typing import Any

from ._direct import Definition, addresses, code, entry, word

__all__ = ["put_before"]

_ARGUMENTS_AND_NAMES = 0x80 | 2
_TAKEN = ("PyObject_GetAttr", "Py_DecRef", "PyMethod_New", "PyObject_Vectorcall")
_kept: list[object] = []  # what machine code reads stays as long as the process does


def _text() -> str:
    """LLVM's text of the method, and of what tells it the addresses that it needs."""
    names = ("attribute", "drop", "bind", "call", "name", "whole", "false", "none")
    return f"""
@table = internal global ptr null
define ptr @install(ptr %words) {{
  store ptr %words, ptr @table
  ret ptr @method
}}
define internal ptr @method(ptr %self, ptr %arguments, i64 %count, ptr %keywords) {{
  %words = load ptr, ptr @table
  {"".join(word(name, i) for i, name in enumerate(names))}
  %positional = icmp ne i64 %count, 0
  %named = icmp ne ptr %keywords, null
  %some = or i1 %positional, %named
  br i1 %some, label %in_python, label %look
look:
  %found = call ptr %attribute(ptr %self, ptr %name)
  %missing = icmp eq ptr %found, null
  br i1 %missing, label %failed, label %known
failed:
  ret ptr null
known:
  %nothing = icmp eq ptr %found, %none
  br i1 %nothing, label %without, label %try
try:
  %made = call ptr @direct(ptr %found, ptr null)
  call void %drop(ptr %found)
  %declined = icmp eq ptr %made, %false
  br i1 %declined, label %instead, label %done
done:
  ret ptr %made
without:
  call void %drop(ptr %found)
  br label %in_python
instead:
  call void %drop(ptr %made)
  br label %in_python
in_python:
  %bound = call ptr %bind(ptr %whole, ptr %self)
  %unbound = icmp eq ptr %bound, null
  br i1 %unbound, label %failed, label %ask
ask:
  %answer = call ptr %call(ptr %bound, ptr %arguments, i64 %count, ptr %keywords)
  call void %drop(ptr %bound)
  ret ptr %answer
}}
"""


def put_before(owner: type, whole: FunctionType, arguments: str, attribute: str) -> None:
    """Let a class's method `whole` be asked only where an object's `attribute` does not allow a call at once.

    Nothing is done where the class has another method by its name by now. Python must be known to `_direct`.

    Args:
        arguments: of `whole`, as a built-in function shows them, `$self` first.
        attribute: None, or the `__self__` of what `direct` made.
    """
    name = whole.__name__
    if vars(owner).get(name) is not whole:
        return
    made: Any = entry("install", lambda: code() + _text())
    install = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(made)
    objects = id(attribute), id(whole), id(False), id(None)
    words = (ctypes.c_uint64 * (len(_TAKEN) + len(objects)))(*addresses(_TAKEN), *objects)
    shown = f"{name}{arguments}\n--\n\n{whole.__doc__ or ''}".encode()
    definition = Definition(name.encode(), install(ctypes.addressof(words)), _ARGUMENTS_AND_NAMES, shown)
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.c_void_p)(
        ("PyDescr_NewMethod", ctypes.pythonapi)
    )
    _kept.extend((attribute, whole, words, shown, definition))
    setattr(owner, name, make(owner, ctypes.addressof(definition)))
