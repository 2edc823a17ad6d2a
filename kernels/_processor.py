"""Which vector instructions kernels may use: the processor's, where the user has not switched them off.

What is asked is the processor that numba compiles for, without importing numba: the host, or the one that
NUMBA_CPU_NAME and NUMBA_CPU_FEATURES name.
"""

from __future__ import annotations

import os
from functools import cache

from ._host import features
from ._jit import switched_off

__all__ = [
    "SWITCH",
    "dot_product_bits",
    "fuses_reals",
    "has_dot_products",
    "has_vectors",
    "has_wide_reals",
    "permutes_bytes",
]

SWITCH = "MICROINFER_VECTORS"
"""Environment variable; "off" (or "0") leaves every processor to the portable kernels."""

_WIDE = frozenset({"avx512f", "avx512bw", "avx512vl", "avx512vnni"})
_PERMUTES = frozenset({"avx512f", "avx512bw", "avx512vl", "avx512vnni", "avx512vbmi"})
_NARROW = frozenset({"avx2", "avxvnni"})


@cache
def dot_product_bits() -> int:
    """Bits of the vectors whose unsigned bytes are multiplied by signed ones and summed by fours in one
    instruction (x86's `vpdpbusd`): 512, 256, or 0 where the processor has none."""
    found = features()
    if found >= _WIDE:
        return 512
    return 256 if found >= _NARROW else 0


@cache
def permutes_bytes() -> bool:
    """Whether the processor picks any of 128 bytes in one instruction (x86's `vpermi2b`)."""
    return features() >= _PERMUTES


@cache
def fuses_reals() -> bool:
    """Whether the processor multiplies and adds vectors of four float64 in one rounding."""
    return features() >= {"avx2", "fma"}


@cache
def has_wide_reals() -> bool:
    """Whether it has vectors of eight float64, of which it picks any of 16."""
    return "avx512f" in features()


def has_vectors() -> bool:
    """Whether kernels made of vectors of any processor can be bound now."""
    return os.environ.get(SWITCH, "").strip().lower() not in ("off", "0") and not switched_off()


def has_dot_products() -> bool:
    """Whether kernels made of these instructions can be bound now."""
    return has_vectors() and dot_product_bits() > 0
