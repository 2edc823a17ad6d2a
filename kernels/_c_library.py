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

__all__ = ["cos", "exp", "expm1", "log", "sin", "tanh"]


def _function(name: str) -> Callable[[Any], Any]:
    if not switched_off():
        compiled: Callable[[Any], Any] = getattr(math, name)
        return compiled
    library = ctypes.CDLL(ctypes.util.find_library("m") or ctypes.util.find_library("ucrtbase"))
    found = getattr(library, f"{name}f")
    found.restype, found.argtypes = ctypes.c_float, [ctypes.c_float]
    return lambda x: np.float32(found(x))


cos = _function("cos")
exp = _function("exp")
expm1 = _function("expm1")
log = _function("log")
sin = _function("sin")
tanh = _function("tanh")
