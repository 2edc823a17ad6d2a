"""Which instructions multiply here, what they could do at most, and how to do without them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["bind_peak", "without_vectors"]


def bind_peak() -> tuple[str, Callable[[], None], int] | None:
    """The name of the instructions that sum products of bytes, a function that makes sums of
    products, and of how many; None where there are none, or they are switched off."""
    from ..kernels.peak import bind_peak as made

    return made()


@contextmanager
def without_vectors() -> Iterator[None]:
    """Kernels that are bound meanwhile are the portable ones."""
    from ..kernels._processor import SWITCH

    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "off"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before
