"""L2_NORMALIZATION over the last dimension: each row divided by the root of its sum of squares.

int8 gives int8 of scale 1/128 and zero point 0, whatever the file says; the input's scale makes no
difference, and may be missing. float32 gives float32.
Of float32 a root below 1e-6 counts as 1e-6. Up to 4 dimensions, no fused activation.
Source: TFLM, micro/kernels/l2norm.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .add import read_only
from .batching import rows
from .carry import carry_same
from .example import Draw
from .float_elementwise import float_tensors
from .float_layers import is_float
from .real_elementwise import only
from .relu import same_type_tensors
from .rows import RowsGeometry, rows_geometry
from .spec import Array, Bind, Node, Prepared, Real, Reals, Spec, same
from .versions import Versions

MAX_RANK = 4
EPSILON = 1e-6


def prepare(node: Node) -> Prepared:
    if is_float(node):
        source, target = float_tensors(node)
    else:
        source, target = same_type_tensors(node, "int8", "float32", divisors=())
    if node.options["fused_activation_function"] not in (0, "NONE"):
        node.fail(
            f"has a fused activation, {node.options['fused_activation_function']}, expected "
            "none: TFLM refuses it"
        )
    if len(source.shape) > MAX_RANK:
        node.fail(f"has {len(source.shape)} dimensions, expected at most {MAX_RANK}")
    geometry = rows_geometry(node, source, target)

    if geometry.dtype == "int8":
        return Prepared(geometry, _bind_int8(geometry, source.zero_point))
    whole, fused = (_bind(geometry, f"l2_normalize_float32{suffix}") for suffix in ("", "_fused"))
    return Prepared(geometry, whole, contracted=fused)


def _bind_int8(geometry: RowsGeometry, zero_point: int) -> Bind:
    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.normalize import ROWS, l2_normalize_int8

        x, shape = inputs[0], (geometry.rows, geometry.depth)
        assert x is not None
        work = np.empty((2, ROWS), np.int64)
        return l2_normalize_int8.bind(
            read_only(x.reshape(shape)), outputs[0].reshape(shape), work, zero_point
        )

    return bind


def _bind(geometry: RowsGeometry, kernel: str) -> Bind:
    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import normalize as kernels

        x, shape = inputs[0], (geometry.rows, geometry.depth)
        assert x is not None
        arrays = read_only(x.reshape(shape)), outputs[0].reshape(shape)
        run: Callable[[], None] = getattr(kernels, kernel).bind(*arrays)
        return run

    return bind


def in_reals(node: Node, inputs: Reals) -> Real:
    x = only(inputs)
    made: Real = x / np.maximum(np.sqrt(np.square(x).sum(axis=-1, keepdims=True)), EPSILON)
    return made


def example(d: Draw) -> Any:
    return d.b.l2_normalization(d.pick(d.real, d.image)())


SPEC = Spec(
    "L2_NORMALIZATION",
    prepare=prepare,
    geometry=RowsGeometry,
    types=same("int8", "float32"),
    batch=rows,
    in_reals=in_reals,
    carry=carry_same,
    fixed_output=(1 / 128, 0),
    versions=Versions(int8=2),
    example=example,
)
