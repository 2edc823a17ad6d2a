"""Kernels by numba's plain `njit`, where its insides are not those that `_compiler` knows.

The bits are the same. Nothing is kept: every process compiles what it binds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from ._linking import linked

__all__ = ["compile_plainly"]

OPTIONS: dict[str, Any] = {"error_model": "numpy"}


def compile_plainly(function: Callable[..., None], signature: str) -> Callable[..., None]:
    """A function that takes the kernel's own arguments."""
    made: Callable[..., None] = numba.njit(signature, nogil=True, **OPTIONS)(linked(function, **OPTIONS))
    return made
