"""What the processor's dot products of bytes make at most, with nothing to load, store or requantise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._helpers import Native
from ._jit import kernel
from ._processor import byte_products, dot_product_bits, has_dot_products
from .dot_products import ELEMENT_BYTES

__all__ = ["bind_peak", "dot_products"]

CHAINS = 12 if dot_product_bits() == 512 else 6
"""Sums side by side: enough that none is waited for, and few enough for the registers."""

BYTES = 64
PRODUCTS = BYTES // ELEMENT_BYTES
ELEMENT = "int8" if ELEMENT_BYTES == 1 else "int16"
TURNS = 4000

multiply_bytes = Native("_peak", "multiply_bytes", (CHAINS,))


@kernel(f"void({ELEMENT}[::1], int32[::1], int64)")
def dot_products(x: Any, y: Any, turns: Any) -> None:
    """y [CHAINS x 16] becomes sums of x [`PRODUCTS`] by itself, `turns` times over; x is not negative."""
    multiply_bytes(x, y, turns)


def bind_peak() -> tuple[str, Callable[[], None], int] | None:
    """The name of the instructions, what makes sums of products of bytes, and of how many products; None
    where the processor has no such instruction, or may not use it."""
    way = byte_products() if has_dot_products() else None
    if way is None:
        return None
    x, y = np.arange(PRODUCTS, dtype=ELEMENT), np.zeros(CHAINS * BYTES // 4, np.int32)
    return way.title, dot_products.bind(x, y, TURNS), TURNS * CHAINS * PRODUCTS
