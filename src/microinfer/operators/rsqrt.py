"""RSQRT: 1 / sqrt(x); int8, int16 or float32 to the same type.

int8 and int16 have scales, int16 zero points of 0. Numbers below the zero point have no root: the device's
Invoke fails there, and so does this one. 0 gives the greatest number. float32 rounds the root, then the
quotient, and gives no number of negative ones. Source: TFLM, micro/kernels/elementwise.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..model.tables import Tensor
from .add import read_only
from .batching import always
from .carry import carry_same
from .example import Draw
from .float_layers import is_float
from .lookup_table import bind_table
from .quantization import integer_range, quantize_multiplier
from .real_elementwise import unary
from .refusals import refusing
from .relu import ElementwiseGeometry, elementwise_geometry, prepare_float, same_type_tensors
from .spec import Array, Bind, Node, Prepared, Spec, same
from .versions import Versions

LEAST_SHIFT = -11
"""With 20 bits more to the right TFLM's shifts stay in an int32."""


def _factor(source: Tensor, target: Tensor, real: Any) -> float:
    """1 / (sqrt(input scale) x output scale)."""
    with np.errstate(all="ignore"):
        return float(1.0 / np.float64(np.sqrt(real(source.scale)) * real(target.scale)))


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float(node, "inverse_root")
    source, target = same_type_tensors(node, "int8", "int16", "float32")
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target)):
        if tensor.dtype == "int16" and tensor.zero_point != 0:
            node.fail(f"{where} ({tensor.name!r}) is int16 with zero point {tensor.zero_point}, expected 0")
    factor = _factor(source, target, node.release.real)
    multiplier, shift = quantize_multiplier(factor, node.operator.place)
    if shift < LEAST_SHIFT:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g}, too coarse for inputs[0] "
            f"({source.name!r}) of scale {source.scale:g}: TFLM's shifts leave an int32"
        )
    low, high = integer_range(target.dtype)

    def table(kernels: Any) -> Any:
        from ..kernels.inverse_root import rsqrt_table

        centred = kernels.centred(source.dtype, source.zero_point)
        return rsqrt_table(centred, multiplier, shift, target.zero_point, low, high)

    return Prepared(elementwise_geometry(source, target), _checked(bind_table(table), node, source))


def _checked(compute: Bind, node: Node, source: Tensor) -> Bind:
    least, place = source.zero_point, node.operator.place

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import scans

        x, run = inputs[0], compute(inputs, outputs)
        assert x is not None
        flat, negative = x.reshape(-1), np.zeros(1, np.int64)

        def refuse() -> None:
            raise UnsupportedError(
                f"RSQRT: inputs[0] ({source.name!r}) holds {flat.min()}, below its zero point {least}: a "
                "negative number has no root, and TFLM's Invoke fails here; clip the input at 0",
                place,
            )

        scan = scans.below[source.dtype].bind(read_only(flat), least, negative)
        return refusing((scan, run), negative, refuse)

    return bind


def example(d: Draw) -> Any:
    if d.pick(True, False) and d.dtype in ("int8", "float32"):
        return d.b.rsqrt(d.real())
    return d.b.rsqrt(d.never_negative((1, d.pick(2, 4), 3)), **d.out())


SPEC = Spec(
    "RSQRT",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    in_reals=unary(lambda x: 1.0 / np.sqrt(x)),
    carry=carry_same,
    versions=Versions(int8=2, int16=3),
    example=example,
)
