"""Which vector instructions kernels may use: the processor's, where the user has not switched them off.

What is asked is the processor that numba compiles for, without importing numba: the host, or the one that
NUMBA_CPU_NAME and NUMBA_CPU_FEATURES name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

from ._host import features
from ._jit import switched_off

__all__ = [
    "SWITCH",
    "ByteProducts",
    "byte_products",
    "dot_product_bits",
    "fuses_reals",
    "has_dot_products",
    "has_vectors",
    "has_wide_reals",
    "permutes_bytes",
    "way_of_products",
]

SWITCH = "MICROINFER_VECTORS"
"""Environment variable; "off" (or "0") leaves every processor to the portable kernels."""

_PERMUTES = frozenset({"avx512f", "avx512bw", "avx512vl", "avx512vnni", "avx512vbmi"})


@dataclass(frozen=True, slots=True)
class ByteProducts:
    """How a processor multiplies bytes by signed ones and sums products into int32.

    `name` is that of the processor's extension, `instruction` what it is done by, in vectors of `bits`;
    `signed`: whether activations are signed as they are, or unsigned, 128 more. They and the weights lie
    there in `element_bytes`: 1, or 2 where pairs of int16 are what a processor multiplies and sums.
    """

    name: str
    instruction: str
    bits: int
    signed: bool
    element_bytes: int
    needs: frozenset[str]

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.name} ({self.instruction}, {self.bits} bits)"


_WAYS = (
    ByteProducts(
        "AVX-512 VNNI",
        "vpdpbusd",
        512,
        False,
        1,
        frozenset({"avx512f", "avx512bw", "avx512vl", "avx512vnni"}),
    ),
    ByteProducts("AVX-VNNI", "vpdpbusd", 256, False, 1, frozenset({"avx2", "avxvnni"})),
    ByteProducts("AVX2", "vpmaddwd", 256, True, 2, frozenset({"avx2", "fma"})),
    ByteProducts("Arm dot products", "sdot", 128, True, 1, frozenset({"dotprod"})),
)
"""The best first."""


@cache
def byte_products() -> ByteProducts | None:
    """How this processor does it, or None where it has no instruction for it."""
    found = features()
    return next((way for way in _WAYS if found >= way.needs), None)


def way_of_products() -> str:
    """The name of `byte_products`, "" where there are none."""
    way = byte_products()
    return "" if way is None else way.name


def dot_product_bits() -> int:
    """Bits of the vectors of `byte_products`: 512, 256 or 128; 0 where there are none."""
    way = byte_products()
    return 0 if way is None else way.bits


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
