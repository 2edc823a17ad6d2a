"""Libraries whose kernels nobody has counted: those of another are taken for theirs, and say so."""

from __future__ import annotations

from dataclasses import replace

from .fault import without
from .library import KernelLibrary
from .tflm_image import tflm_program

__all__ = ["carried_over"]


def carried_over(
    base: KernelLibrary,
    *,
    name: str,
    title: str,
    linked: str,
    to_link: str,
    sources: str,
    short: str,
    timed: bool = False,
    lacks: frozenset[str] = frozenset(),
) -> KernelLibrary:
    """A library with the kernels, structures and code of `base`, all provisional, whose times published rows
    of boards carry over, or, where it is `timed`, were counted. Operators that it `lacks` came later."""

    later = without(lacks, f"{name} has no such operator: a firmware of that time cannot register it")
    return replace(
        base,
        name=name,
        title=title,
        image_of=tflm_program(base.tables, provisional=True),
        base=base,
        like=base.tables,
        carried=True,
        timed=timed,
        refused=later if lacks else base.refused,
        linked=linked,
        to_link=to_link,
        sources=sources,
        short=short,
    )
