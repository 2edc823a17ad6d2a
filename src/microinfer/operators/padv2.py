"""PADV2: as PAD, with a value to pad with as its third input."""

from __future__ import annotations

from .batching import always
from .pad import PadGeometry, carry, in_reals, prepare
from .spec import Spec, same
from .versions import Versions

SPEC = Spec(
    "PADV2",
    prepare=prepare,
    geometry=PadGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=always,
    in_reals=in_reals,
    carry=carry,
    versions=Versions(int8=2, int16=2),
)
