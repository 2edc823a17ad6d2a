"""MAX_POOL_2D. Types, shapes and checks are those of AVERAGE_POOL_2D."""

from __future__ import annotations

from typing import Any

from . import real_windowed
from .average_pool_2d import PoolGeometry, bind_pool, prepare_pool
from .batching import always
from .carry import carry_pool
from .example import Draw, draw_pool
from .quantization import cut_activation_range
from .spec import Node, Prepared, Spec, same
from .surplus import ignoring
from .versions import Versions


def prepare(node: Node) -> Prepared:
    geometry, (low, high) = prepare_pool(node, cut_activation_range)
    return Prepared(geometry, bind_pool(geometry, "max_pool_2d", low, high))


def example(d: Draw) -> Any:
    return draw_pool(d, "max_pool_2d")


SPEC = Spec(
    "MAX_POOL_2D",
    prepare=ignoring(prepare, inputs=1, outputs=1),
    geometry=PoolGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    in_reals=real_windowed.max_pool,
    carry=carry_pool,
    slides=True,
    copies="data",
    versions=Versions(int8=2, int16=3),
    example=example,
)
