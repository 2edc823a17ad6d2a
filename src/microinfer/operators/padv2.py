"""PADV2: as PAD, with a value to pad with as its third input."""

from __future__ import annotations

from typing import Any

from .batching import always
from .example import Draw, draw_paddings
from .pad import PadGeometry, carry, in_reals, prepare
from .spec import Spec, same
from .versions import Versions


def example(d: Draw) -> Any:
    return d.b.padv2(d.image(), draw_paddings(d), d.zero())


SPEC = Spec(
    "PADV2",
    prepare=prepare,
    geometry=PadGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=always,
    in_reals=in_reals,
    carry=carry,
    versions=Versions(int8=2, int16=2),
    example=example,
)
