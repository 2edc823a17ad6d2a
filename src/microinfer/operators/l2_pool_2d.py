"""L2_POOL_2D: the root of the mean square of each window, float32.

Taps in the padding do not count; squares are added row by row. Source: TFLM, micro/kernels/l2_pool_2d.cc and
kernels/internal/reference/pooling.h.
"""

from __future__ import annotations

from typing import Any

from . import real_windowed
from .average_pool_2d import PoolGeometry, bind_pool, prepare_pool
from .batching import always
from .carry import carry_pool
from .example import Draw
from .spec import Node, Prepared, Spec, same


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    node.input(0, "float32")
    geometry, (low, high) = prepare_pool(node)
    plain, fused = (bind_pool(geometry, f"l2_pool_2d{end}", low, high) for end in ("", "_fused"))
    return Prepared(geometry, plain, contracted=fused)


def example(d: Draw) -> Any:
    return d.b.l2_pool_2d(
        d.real(), d.pick((1, 2), (2, 2), (2, 1)), strides=d.pick((1, 1), (2, 2)),
        padding=d.pick("SAME", "VALID"), activation=d.activation(),
    )  # fmt: skip


SPEC = Spec(
    "L2_POOL_2D",
    prepare=prepare,
    geometry=PoolGeometry,
    types=same("float32"),
    batch=always,
    in_reals=real_windowed.l2_pool,
    carry=carry_pool,
    slides=True,
    example=example,
)
