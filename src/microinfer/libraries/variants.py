"""Which internal kernel of a library runs an operator, from its geometry and the core alone."""

from __future__ import annotations

from ..operators.spec import Geometry
from .cmsis_nn_variants import CMSIS_NN
from .geometries import is_modelled
from .reference_variants import REFERENCE, broadcasts
from .target import Target
from .templates import by_type

__all__ = ["UNKNOWN", "broadcasts", "variant"]

UNKNOWN = "reference"
"""Of an operator whose geometry is not the builtin's own: nothing tells which kernel it has."""


def variant(library: str, name: str, geometry: Geometry, target: Target) -> str:
    """The name of the internal kernel that runs operator `name`, e.g. "dw_3x3".

    `bare-c` has one kernel an operator: "bare_c". A geometry that is not the builtin operator's own
    (a user's operator under a builtin name) answers "reference".
    """
    if library == "bare-c":
        return "bare_c"
    if not is_modelled(name, geometry):
        return UNKNOWN
    if library == "tflm-cmsis-nn" and name in CMSIS_NN:
        return CMSIS_NN[name](geometry, target.core)
    return REFERENCE.get(name, by_type)(geometry)
