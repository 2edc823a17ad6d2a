"""LOG_SOFTMAX over the last dimension: the logarithm of SOFTMAX; int8 or float32 to the same type.

int8's output has scale 1/16 and zero point 127, as prescribed. Exponentials are summed with 12 integer bits:
4096 and more numbers that are all about the largest make the sum overflow, which raises UnsupportedError when
it comes. float32 takes exponentials and a logarithm from the C library.
Source: TFLM, micro/kernels/log_softmax.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import Reason, UnsupportedError
from .add import read_only
from .batching import rows
from .carry import carry_same
from .example import Draw
from .float_elementwise import float_tensors
from .float_layers import is_float
from .logistic import input_radius
from .quantization import quantize_multiplier_smaller_than_one
from .real_elementwise import only
from .refusals import refusing
from .relu import same_type_tensors
from .rows import RowsGeometry, rows_geometry
from .softmax import INTEGER_BITS, input_multiplier
from .spec import Array, Node, Prepared, Real, Reals, Spec, same
from .versions import Versions

SCALE, ZERO_POINT = 1 / 16, 127


def factors(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    """Multiplier and shift that bring a difference to 5 integer bits, and those that bring it back."""
    multiplier, shift = input_multiplier(node, 1.0)
    back = quantize_multiplier_smaller_than_one((1 << (31 - shift)) / multiplier, node.operator.place)
    return (multiplier, shift), back


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return _prepare_float(node)
    source, target = same_type_tensors(node, "int8", "float32")
    if (target.scale, target.zero_point) != (SCALE, ZERO_POINT):
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g} and zero point {target.zero_point}, "
            f"expected 1/16 and {ZERO_POINT}",
            Reason.FIXED_SCALE,
        )
    (multiplier, shift), (divisor, divisor_shift) = factors(node)
    geometry = rows_geometry(node, source, target, -input_radius(INTEGER_BITS, shift))

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.exponential import exponentials, rescale
        from ..kernels.normalize import ROWS, log_softmax_int8

        x, shape = inputs[0], (geometry.rows, geometry.depth)
        assert x is not None
        stopped = np.zeros(1, np.int64)
        scaled = rescale(-np.arange(256), multiplier, shift).astype(np.int32)
        run = log_softmax_int8.bind(
            read_only(x.reshape(shape)), exponentials(multiplier, shift, geometry.diff_min),
            read_only(scaled), outputs[0].reshape(shape), np.empty((3, ROWS), np.int64), divisor,
            divisor_shift, geometry.diff_min, stopped,
        )  # fmt: skip

        def refuse() -> None:
            raise UnsupportedError(
                f"LOG_SOFTMAX: the exponentials of row {stopped[0] - 1} sum to 4096 times the largest or "
                "more, which overflows TFLM's int32; make the row shorter",
                node.operator.place,
            )

        return refusing((run,), stopped, refuse)

    return Prepared(geometry, bind)


def _prepare_float(node: Node) -> Prepared:
    geometry = rows_geometry(node, *float_tensors(node))

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.float_softmax import bind_log_softmax

        x, shape = inputs[0], (geometry.rows, geometry.depth)
        assert x is not None
        return bind_log_softmax(read_only(x.reshape(shape)), outputs[0].reshape(shape))

    return Prepared(geometry, bind)


def in_reals(node: Node, inputs: Reals) -> Real:
    x = only(inputs)
    off = x - x.max(axis=-1, keepdims=True)
    made: Real = off - np.log(np.exp(off).sum(axis=-1, keepdims=True))
    return made


def example(d: Draw) -> Any:
    return d.b.log_softmax(d.pick(d.real, d.image)())


SPEC = Spec(
    "LOG_SOFTMAX",
    prepare=prepare,
    geometry=RowsGeometry,
    types=same("int8", "float32"),
    batch=rows,
    in_reals=in_reals,
    carry=carry_same,
    fixed_output=(SCALE, ZERO_POINT),
    versions=Versions(int8=2),
    c_library=("exponentials and logarithms", 3),
    example=example,
)
