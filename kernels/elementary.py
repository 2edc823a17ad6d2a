"""Elementary functions by vectors, for as long as they have the bits of this computer's C library.

Functions of float32 are the C library's, as TFLM's own build for a host takes them. It is called for one
number at a time; here are functions of many at once which do what glibc 2.28 to 2.40 does on a processor that
fuses products with sums, as `benchmarks/elementary.py` shows for every float32. Another library, and this one
where it is told to leave such instructions, have other last bits. So a function is held against the C
library, once a process, where known algorithms differ and elsewhere; where it is not equal, or vectors are
switched off, the library is called after all.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import float_elementwise
from ._c_library import linked_function
from ._helpers import Native
from ._jit import Kernel, kernel
from ._processor import fuses_reals, has_vectors
from .float_elementwise import ALMOST_NOTHING, ALMOST_ONE

__all__ = ["BY_VECTORS", "EXPONENTIAL", "LOGARITHM", "TELLING", "agrees", "fastest", "probe"]

_UNARY = "void(Array(float32, 1, 'C', readonly=True), float32[::1])"
EXPONENTIAL = Native("_elementary", "function", ("exponential", 0))
LOGARITHM = Native("_elementary", "function", ("logarithm", 0))
_logistic = Native("_elementary", "function", ("logistic", 2))


def _function(name: str) -> Kernel:
    by_vectors = Native("_elementary", "function", (name, 0))

    def run(x: Any, y: Any) -> None:
        by_vectors(x, y)

    run.__name__ = name
    return kernel(_UNARY)(run)


@kernel(_UNARY)
def logistic(x: Any, y: Any) -> None:
    _logistic(x, y, ALMOST_ONE, ALMOST_NOTHING)


BY_VECTORS = {
    **{name: _function(name) for name in ("exponential", "logarithm", "sine", "cosine", "elu", "tanh")},
    "logistic": logistic,
}
"""By the names that `float_elementwise` has for the same."""
_LIBRARY = {
    "exponential": "exp",
    "logarithm": "log",
    "sine": "sin",
    "cosine": "cos",
    "elu": "expm1",
    "tanh": "tanh",
}
"""The C library's functions."""
TELLING = {
    "exponential": (
        "4202422F C27C65D9 399232C8 3CC7B78C 3E9E6A98 3FFD291A 4175F1E7 BB256DE8 BBF34153 "
        "BCEF9D3D BDEB2F9D BF39A5E9 C0AAC0A7 C1F55083"
    ),
    "logarithm": (
        "006D0EEB 332BB15E 3D3D5ACA 3F18E597 3F6756AB 3F7AF523 3F8125D7 3F87907C 3FA497B6 "
        "408B0CAA 45040F21 5C13AB56"
    ),
    "sine": (
        "4255B0A9 42A97360 C2E87A55 3B3A82E4 3E43F906 3E9FCD78 3F3B5407 40D3C417 421818C6 "
        "BDC2A958 BE5E1DA7 BEC35B8D C0270AD2 C11F575B C25F325C"
    ),
    "cosine": (
        "3CD6612F 3F9DA9E2 4000DC4E 40EC5564 41A3BD69 42674172 BF565FD0 BFAC42AC C07B5CD1 "
        "C127987B C1D8AE82 C29432B0"
    ),
    "elu": (
        "B6BEA985 BDF3A638 BE6F8BC1 BEB4CBB5 BED12898 BEECF0B2 BF1A588B BF86B344 BFA55E1B "
        "BFC84997 BFEE0742 C02D36B5"
    ),
    "tanh": (
        "3300004E 3573DF51 3890B7FC 3AEA0368 3CF27311 3EB36F52 B3282693 B633472E B95DB3EF "
        "BB6D9802 BD6DDA33 BEFA090E"
    ),
}
"""Bits of numbers of which the library has not the nearest float32, but what its algorithm makes of them. The
first two of the exponential's and the first three of the sine's are those where fused products count."""
SPREAD, STEP = 192, 0x0155_5B35
"""Further numbers, a step apart in their bits."""


def probe(name: str) -> NDArray[np.float32]:
    """The numbers of which a function is compared with the C library's."""
    telling = np.array([int(bits, 16) for bits in TELLING[name].split()], np.uint64)
    spread = np.arange(SPREAD, dtype=np.uint64) * STEP
    return np.concatenate((telling, spread)).astype(np.uint32).view(np.float32)


@cache
def _is_equal(name: str) -> bool:
    of_library = linked_function(_LIBRARY[name])
    if of_library is None:
        return False
    x = probe(name)
    if name == "elu":
        x = x[~(x >= 0)]
    found = np.empty_like(x)
    BY_VECTORS[name](x, found)
    expected = np.array([of_library(each) for each in x.tolist()], np.float32)
    return bool(
        np.all((found.view(np.int32) == expected.view(np.int32)) | (np.isnan(found) & np.isnan(expected)))
    )


def agrees(name: str) -> bool:
    """Whether the vectors' function `name` can be taken for the C library's now."""
    return has_vectors() and fuses_reals() and _is_equal("exponential" if name == "logistic" else name)


def fastest(name: str) -> Kernel:
    """The kernel (x, y, ...) of that name in `float_elementwise`, by vectors where they agree."""
    if name in BY_VECTORS and agrees(name):
        return BY_VECTORS[name]
    found: Kernel = getattr(float_elementwise, name)
    return found
