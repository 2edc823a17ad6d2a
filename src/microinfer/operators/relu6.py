"""RELU6: int8 or int16 to the same type.

The stored numbers are clamped between the input's zero point and its 6; nothing is rescaled, so that an
output with another quantisation than the input's comes out wrong, on the device as here.
Source: TFLM, micro/kernels/activations_common.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import Reason
from ..model.tables import Tensor
from .add import read_only
from .batching import always
from .carry import carry_same
from .example import Draw
from .float_layers import is_float
from .lookup_table import bind_table
from .quantization import cut, integer_range, round_half_away
from .reach import after_activation
from .real_elementwise import unary
from .relu import ElementwiseGeometry, prepare_float, same_type_tensors
from .spec import Array, Bind, Node, Prepared, Reach, Run, Spec, same
from .surplus import ignoring
from .versions import Versions


def limits(node: Node, source: Tensor) -> tuple[int, int]:
    """Stored numbers: the zero point, cut to the type, and 6 above it as far as the type reaches."""
    low, high = integer_range(source.dtype)
    with np.errstate(all="ignore"):
        six = float(np.float32(6.0) / np.float32(source.scale))
    if not six < 1 << 30:
        node.fail(
            f"inputs[0] ({source.name!r}) has scale {source.scale:g}: 6 is more steps than an int32 holds",
            Reason.MULTIPLIER,
        )
    upper = min(max(low, cut(source.zero_point + int(round_half_away(six)), "int32")), high)
    return cut(source.zero_point, source.dtype), upper


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float(node, "rectify", 0.0, 6.0)
    source, target = same_type_tensors(node, "int8", "int16", "float32", divisors=("inputs[0]",))
    lower, upper = limits(node, source)

    def table(kernels: Any) -> Any:
        x = kernels.values(source.dtype)
        return np.where(x > upper, upper, np.maximum(x, lower))

    geometry = ElementwiseGeometry(target.elements, source.dtype, target.dtype, source.zero_point, False)
    if source.dtype == "int16":
        return Prepared(geometry, _bind_clamp(lower, upper))
    return Prepared(geometry, bind_table(table))


def _bind_clamp(least: int, most: int) -> Bind:
    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.activations import clamp_int16

        x = inputs[0]
        assert x is not None
        return clamp_int16.bind(read_only(x.reshape(-1)), outputs[0].reshape(-1), least, most)

    return bind


def example(d: Draw) -> Any:
    return d.b.relu6(d.image())


SPEC = Spec(
    "RELU6",
    prepare=ignoring(prepare, inputs=1, outputs=1),
    geometry=ElementwiseGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    in_reals=unary(lambda x: np.clip(x, 0.0, 6.0)),
    carry=carry_same,
    versions=Versions(int8=2, int16=2),
    reach=Reach(1, lambda node, ends: after_activation(*ends[0], "RELU6")),
    rectifies=True,
    example=example,
)
