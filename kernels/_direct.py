"""The call of a kernel as a built-in function of Python's own, which costs a third of what ctypes takes.

A few instructions stand between: they see from a block of numbers whether the interpreter that the kernel
belongs to is as its last run left it, give Python's lock up unless the run is brief, call, and take it again.
They are made once by LLVM and kept with the kernels. Where Python is not one that is known to have it so
(another implementation, one without the lock), there is no such function, and ctypes calls.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from array import array
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _jit, _loading

__all__ = ["Definition", "addresses", "code", "direct", "entry", "word"]

_NO_ARGUMENTS = 4
_OFFSET = bytes.__basicsize__ - 1
_TAKEN = (
    "PyEval_SaveThread",
    "PyEval_RestoreThread",
    "Py_IncRef",
    "PyThread_get_thread_ident",
    "PyObject_CallNoArgs",
)
_NEVER = array("q", [0])


class Definition(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def word(name: str, position: int, of: str = "words") -> str:
    kind = "ptr" if of == "words" else "i64"
    at = f"%{name}.at = getelementptr {kind}, ptr %{of}, i64 {position}\n"
    return at + (f"%{name} = load {kind}, ptr %{name}.at\n" if of == "words" else "")


def code() -> str:
    """LLVM's text. The object that the function is bound to is a `bytes` that holds addresses.

    The block says which thread may call, whether it may, whether it is inside, whether it has been since
    somebody looked, whether it may again after one call, and whether that keeps Python's lock. Where the
    number `halted` is not 0 behind it, the kernel went no further: `why` is asked, the next call declined,
    and where it raises nothing has run.
    """
    calls = ("function", "argument", "save", "restore", "keep", "ident", "ask")
    names = (*calls, "state", "none", "false", "halted", "why")
    numbers = ("owner", "ready", "busy", "ran", "stays", "brief")
    return f"""
define ptr @direct(ptr %self, ptr %nothing) {{
  %words = getelementptr i8, ptr %self, i64 {_OFFSET}
  {"".join(word(name, i) for i, name in enumerate(names))}
  {"".join(word(name, i, "state") for i, name in enumerate(numbers))}
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
  %short = load i64, ptr %brief.at
  %long = icmp eq i64 %short, 0
  br i1 %long, label %alone, label %holding
alone:
  %thread = call ptr %save()
  %status = call i32 %function(ptr %argument)
  call void %restore(ptr %thread)
  br label %behind
holding:
  %other = call i32 %function(ptr %argument)
  br label %behind
behind:
  %how = load i64, ptr %halted
  %whole = icmp eq i64 %how, 0
  br i1 %whole, label %through, label %halt
halt:
  store i64 0, ptr %ready.at
  %said = call ptr %ask(ptr %why)
  %refused = icmp eq ptr %said, null
  br i1 %refused, label %out, label %ended
out:
  store i64 0, ptr %busy.at
  ret ptr null
ended:
  store i64 1, ptr %ran.at
  store i64 0, ptr %busy.at
  ret ptr %said
through:
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


def entry(symbol: str, text: Callable[[], str]) -> int:
    """Where the function lies in memory, from the cache if it is there."""
    folder, name = _jit.cache_folder(), f"{symbol}.{sys.hexversion:x}-{_OFFSET}.o"
    made = _jit._read(folder, name)
    if made is None:
        from ._machine_code import emit

        made = emit(text())
        _jit._write(folder, name, made)
    loaded: Any = _loading.load(made, symbol)
    return ctypes.cast(loaded, ctypes.c_void_p).value or 0


@cache
def _definition() -> Definition | None:
    return Definition(b"invoke", entry("direct", code), _NO_ARGUMENTS, None) if _is_known() else None


@cache
def addresses(names: tuple[str, ...] = _TAKEN) -> tuple[int, ...]:
    found = (ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value for name in names)
    return tuple(address or 0 for address in found)


def direct(
    run: Any,
    block: array[int],
    halted: NDArray[np.int64] | None = None,
    why: Callable[[], None] | None = None,
) -> Callable[[], object] | None:
    """What calls a kernel's `run` as often as `block` allows: it returns None where it did, else False.

    `halted`: its first number is another than 0 where the kernel has halted; `why` is then called.
    None where Python is not known. It keeps what it is given.
    """
    definition = _definition()
    if definition is None:
        return None
    function = ctypes.cast(run.func, ctypes.c_void_p).value or 0
    argument = ctypes.addressof(run.args[0]._obj)
    number = _NEVER.buffer_info()[0] if halted is None else halted.ctypes.data
    objects = block.buffer_info()[0], id(None), id(False), number, id(why)
    words = (function, argument, *addresses(), *objects)
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.py_object)(
        ("PyCFunction_NewEx", ctypes.pythonapi)
    )
    packed, kept = struct.pack(f"{len(words)}Q", *words), (run, block, halted, why)
    made: Callable[[], object] = make(ctypes.addressof(definition), packed, kept)
    return made
