"""PAD and PADV2: a border around a tensor.

Specification: output as input, float32, int8, int16 or int32, at most 5 dimensions. inputs[1] is the
paddings: a constant int32 [dimensions, 2], before and after, not negative. The border holds the real
number 0 (int8: the output's zero point; else 0), or the one element of inputs[2] where there is one,
which in int8 has the output's scale and zero point and may be computed.

CMSIS-NN pads the innermost four dimensions only: five in int8 come out wrong on such a build.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..model.tables import Operator, Tensor
from ..words.dataclass import dataclass
from .batching import always
from .carry import constant_values
from .example import Draw, draw_paddings
from .far_zero_points import is_far
from .real_elementwise import only
from .scaling import Scaling
from .spec import Array, ItemGeometry, Node, Prepared, Real, Reals, Run, Spec, same
from .versions import Versions

MAX_RANK = 5


@dataclass(frozen=True, slots=True)
class PadGeometry(ItemGeometry):
    """Shapes as the model has them; `before` and `after` per dimension, in elements of `dtype`."""

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(range(2, 4), 1)
    source = node.input(0, "int8", "int16", "int32", "float32")
    target = node.output(0, source.dtype)
    rank = len(source.shape)
    if rank > MAX_RANK:
        node.fail(f"inputs[0] ({source.name!r}) has {rank} dimensions, expected at most {MAX_RANK}")
    # Devices read int32 whatever the tensor says; the converter writes int64 only if told to.
    paddings = node.constant_input(1, "int32")
    if paddings.size != 2 * rank:
        node.fail(f"inputs[1], the paddings, has shape {paddings.shape}, expected ({rank}, 2)")
    pairs = [(int(before), int(after)) for before, after in paddings.reshape(-1, 2)]
    if any(amount < 0 for pair in pairs for amount in pair):
        node.fail(f"inputs[1], the paddings, is {pairs}, expected no negative amounts")
    expected = tuple(size + before + after for size, (before, after) in zip(source.shape, pairs, strict=True))
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    if len(node.inputs) == 2 and source.dtype == "int8" and is_far(target):
        node.fail(
            f"outputs[0] ({target.name!r}) has zero point {target.zero_point}, expected one that int8 "
            "holds; TFLM refuses it too"
        )
    if len(node.inputs) == 3:
        _check_value(node, node.input(2, source.dtype), target)
    default = np.array(
        target.zero_point if source.dtype == "int8" and len(node.inputs) == 2 else 0, target.dtype
    )
    before = tuple(pair[0] for pair in pairs)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.pad import pad

        source = inputs[0]
        given = inputs[2] if len(inputs) == 3 else None
        assert source is not None
        return pad(source, outputs[0], before, default if given is None else given)

    geometry = PadGeometry(source.shape, target.shape, before, tuple(pair[1] for pair in pairs), source.dtype)
    return Prepared(geometry, bind)


def _check_value(node: Node, value: Tensor, target: Tensor) -> None:
    if value.elements != 1:
        node.fail(f"inputs[2], the value, has shape {value.shape}, expected one element")
    same = (value.scale, value.zero_point) == (target.scale, target.zero_point)
    if value.dtype == "int8" and not same:
        node.fail(
            f"inputs[2], the value, has scale {value.scale} and zero point {value.zero_point}, "
            f"expected those of outputs[0], {target.scale} and {target.zero_point}"
        )


def in_reals(node: Node, inputs: Reals) -> Real:
    paddings = node.constant_input(1).reshape(-1, 2)
    value = inputs[2] if len(inputs) > 2 else None
    fill = 0.0 if value is None else float(value.reshape(()))
    return np.pad(only(inputs), paddings.tolist(), constant_values=fill)


def carry(scaling: Scaling, operator: Operator) -> None:
    paddings = constant_values(scaling, operator.inputs[1]).reshape(-1, 2).sum(1)
    shape = scaling.shape(operator.inputs[0])
    made = tuple(size + int(more) for size, more in zip(shape, paddings, strict=True))
    scaling.set(operator.outputs[0], made)


def example(d: Draw) -> Any:
    return d.b.pad(d.image(), draw_paddings(d))


SPEC = Spec(
    "PAD",
    prepare=prepare,
    geometry=PadGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=always,
    in_reals=in_reals,
    carry=carry,
    copies="data",
    versions=Versions(int8=2, int16=3, wide=4),
    example=example,
)
