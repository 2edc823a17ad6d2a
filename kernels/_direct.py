"""The call of a kernel as a built-in function of Python's own, which costs a third of what ctypes takes.

A few instructions stand between: they see from a block of numbers whether the interpreter that the kernel
belongs to is as its last run left it, give Python's lock up, call, and take it again. They are made once by
LLVM and kept with the kernels. Where Python is not one that is known to have it so (another implementation,
one without the lock), there is no such function, and ctypes calls.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from array import array
from collections.abc import Callable
from functools import cache
from typing import Any

from . import _jit, _loading

__all__ = ["direct"]

_NO_ARGUMENTS = 4
_OFFSET = bytes.__basicsize__ - 1
_TAKEN = ("PyEval_SaveThread", "PyEval_RestoreThread", "Py_IncRef", "PyThread_get_thread_ident")


class _Definition(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def _word(name: str, position: int, of: str = "words") -> str:
    kind = "ptr" if of == "words" else "i64"
    at = f"%{name}.at = getelementptr {kind}, ptr %{of}, i64 {position}\n"
    return at + (f"%{name} = load {kind}, ptr %{name}.at\n" if of == "words" else "")


def _code() -> str:
    """LLVM's text. The object that the function is bound to is a `bytes` that holds addresses.

    The block says which thread may call, whether it may, whether it is inside, whether it has been since
    somebody looked, and whether it may again after one call.
    """
    names = ("function", "argument", "save", "restore", "keep", "ident", "state", "none", "false")
    return f"""
define ptr @direct(ptr %self, ptr %nothing) {{
  %words = getelementptr i8, ptr %self, i64 {_OFFSET}
  {"".join(_word(name, i) for i, name in enumerate(names))}
  {"".join(_word(name, i, "state") for i, name in enumerate(("owner", "ready", "busy", "ran", "stays")))}
  %may = load i64, ptr %ready.at
  %closed = icmp eq i64 %may, 0
  br i1 %closed, label %decline, label %whose
whose:
  %me = call i64 %ident()
  %holder = load i64, ptr %owner.at
  %mine = icmp eq i64 %me, %holder
  br i1 %mine, label %run, label %decline
run:
  store i64 1, ptr %busy.at
  %again = load i64, ptr %stays.at
  store i64 %again, ptr %ready.at
  %thread = call ptr %save()
  %status = call i32 %function(ptr %argument)
  call void %restore(ptr %thread)
  store i64 1, ptr %ran.at
  store i64 0, ptr %busy.at
  call void %keep(ptr %none)
  ret ptr %none
decline:
  call void %keep(ptr %false)
  ret ptr %false
}}
"""


def _is_known() -> bool:
    """Whether this Python's functions and `bytes` are what the code takes them for."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    if sys.implementation.name != "cpython" or not gil or struct.calcsize("P") != 8:
        return False
    content = b"what lies there"
    return ctypes.string_at(id(content) + _OFFSET, len(content)) == content


@cache
def _definition() -> _Definition | None:
    if not _is_known():
        return None
    folder, name = _jit.cache_folder(), f"direct.{sys.hexversion:x}-{_OFFSET}.o"
    code = _jit._read(folder, name)
    if code is None:
        from ._machine_code import emit

        code = emit(_code())
        _jit._write(folder, name, code)
    loaded: Any = _loading.load(code, "direct")
    entry = ctypes.cast(loaded, ctypes.c_void_p).value
    return _Definition(b"invoke", entry, _NO_ARGUMENTS, None)


@cache
def _addresses() -> tuple[int, ...]:
    found = (ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value for name in _TAKEN)
    return tuple(address or 0 for address in found)


def direct(run: Any, block: array[int]) -> Callable[[], object] | None:
    """What calls a kernel's `run` as often as `block` allows: it returns None where it did, else False.

    None where Python is not known. Who calls it keeps `run` and `block`.
    """
    definition = _definition()
    if definition is None:
        return None
    function = ctypes.cast(run.func, ctypes.c_void_p).value or 0
    argument = ctypes.addressof(run.args[0]._obj)
    words = (function, argument, *_addresses(), block.buffer_info()[0], id(None), id(False))
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(
        ("PyCFunction_NewEx", ctypes.pythonapi)
    )
    made: Callable[[], object] = make(ctypes.addressof(definition), struct.pack("9Q", *words), None)
    return made
