"""What the firmware needs: which kernel runs, scratch, persistent bytes, code bytes, events.

One module for each kernel library; they see geometries and nothing else.
"""

from __future__ import annotations

from ..errors import InputError
from ..operators.spec import Geometry
from . import bare_c, tflm_cmsis_nn, tflm_reference
from .demand import Demand
from .geometries import is_modelled
from .layout import struct_layout
from .target import Target

__all__ = ["LIBRARIES", "Demand", "check_library", "demand"]

LIBRARIES = (tflm_reference.LIBRARY, tflm_cmsis_nn.LIBRARY, bare_c.LIBRARY)


def check_library(library: str) -> None:
    """Raises InputError where there is no such kernel library."""
    if library not in LIBRARIES:
        raise InputError(f"no kernel library {library!r}; there are {', '.join(LIBRARIES)}")


def demand(library: str, name: str, geometry: Geometry, target: Target) -> Demand | None:
    """The memory that operator `name` asks for; None where it is not known, as of a user's own operator.

    Raises:
        InputError: no such library, or no table for this pointer size.
    """
    check_library(library)
    if not is_modelled(name, geometry):
        return None
    if library == bare_c.LIBRARY:
        return bare_c.demand(name, geometry, target)
    layout = struct_layout(target.pointer_bytes, target.release)
    if library == tflm_reference.LIBRARY:
        return tflm_reference.demand(name, geometry, target, layout)
    return tflm_cmsis_nn.demand(name, geometry, target, layout)
