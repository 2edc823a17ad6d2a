"""a x b + c of float32, in two roundings or in one.

A compiler that contracts, as gcc does for a core whose FPU has VFMA, rounds once; TFLM's package for a host
was built without that. A kernel of real numbers is made for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._helpers import Native, inline

__all__ = ["fused", "separate"]


@inline
def separate(a: Any, b: Any, c: Any) -> Any:
    """The product is rounded, then the sum."""
    return c + a * b


def _fused(a: Any, b: Any, c: Any) -> Any:
    """Without machine code: a float64 holds the product, and the sum is rounded to odd there, so that it is
    rounded but once to float32."""
    with np.errstate(all="ignore"):
        product, addend = np.float64(a) * np.float64(b), np.float64(c)
        total = product + addend
        if np.isfinite(total):
            part = total - product
            error = (product - (total - part)) + (addend - part)
            if error and not total.view(np.int64) & 1:
                total = np.nextafter(total, np.inf if error > 0 else -np.inf)
        return np.float32(total)


fused = Native("_multiply_add", "fused", plain=_fused)
