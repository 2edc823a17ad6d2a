"""Functions of float32 as the C library of this computer computes them, for kernels to call by name.

Where kernels are compiled they are those of Python's `math`, which numba makes into calls of the C library's
own functions for float32; where numba is switched off these are called directly.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._jit import switched_off

__all__ = ["cos", "exp", "expm1", "linked_function", "log", "sin", "tanh"]


def _of_float32(library: Any, name: str) -> Callable[[float], float]:
    found = getattr(library, f"{name}f")
    found.restype, found.argtypes = ctypes.c_float, [ctypes.c_float]
    called: Callable[[float], float] = found
    return called


def linked_function(name: str) -> Callable[[float], float] | None:
    """What compiled kernels call: the function, "exp" for `expf`, that this process is linked with.

    None where it is linked with none of that name.
    """
    try:
        return _of_float32(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return None


def _function(name: str) -> Callable[[Any], Any]:
    if not switched_off():
        compiled: Callable[[Any], Any] = getattr(math, name)
        return compiled
    library = ctypes.CDLL(ctypes.util.find_library("m") or ctypes.util.find_library("ucrtbase"))
    found = _of_float32(library, name)
    return lambda x: np.float32(found(x))


cos = _function("cos")
exp = _function("exp")
expm1 = _function("expm1")
log = _function("log")
sin = _function("sin")
tanh = _function("tanh")
