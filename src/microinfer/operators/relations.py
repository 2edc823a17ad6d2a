"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL: two tensors to bool.

Specification: int8 with scales below 1, int32, int64 or float32, and bool where equality is asked for; both
inputs of one type. Shapes broadcast, up to 6 dimensions. int8 numbers are compared as 256 times their
distance from the zero point, rescaled and rounded, so that numbers near one another may count as equal.
GREATER of int16 compares with factors that TFLM never sets; this project has it not.
Source: TFLM, micro/kernels/comparisons.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..model.tables import Tensor
from .add import MAX_RANK, BinaryGeometry, bind_pairs, flat_operands, plain
from .quantization import quantize_multiplier_smaller_than_one
from .spec import Array, Bind, Node, Prepared

LEFT_SHIFT = 8
NUMBERS = ("int8", "int32", "int64", "float32")


def prepare_comparison(node: Node, function: np.ufunc, *dtypes: str) -> Prepared:
    """`function` says which elements are true; the first input has one of the types."""
    node.expect_counts(2, 1)
    first = node.input(0, *dtypes)
    second, target = node.input(1, first.dtype), node.output(0, "bool")
    rank = max(len(tensor.shape) for tensor in (first, second, target))
    if rank > MAX_RANK:
        node.fail(f"has {rank} dimensions, expected at most {MAX_RANK}")
    try:
        expected = np.broadcast_shapes(first.shape, second.shape)
    except ValueError:
        node.fail(f"shapes {first.shape} and {second.shape} do not broadcast")
    if target.shape != expected:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {expected}")
    geometry = BinaryGeometry(first.shape, second.shape, target.shape, first.dtype)
    if first.dtype != "int8":
        return Prepared(geometry, bind_pairs(function.__name__))
    factors = []
    for where, tensor in (("inputs[0]", first), ("inputs[1]", second)):
        node.expect_quantized(where, tensor)
        factors.append(quantize_multiplier_smaller_than_one(tensor.scale, node.operator.place))
    return Prepared(geometry, _bind_tables(function, (first, second), factors))


def _bind_tables(function: np.ufunc, tensors: Sequence[Tensor], factors: Sequence[tuple[int, int]]) -> Bind:
    """What an int8 is compared as never falls as it grows, so that a table says, for each second number, from
    which first ones on the comparison turns."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import activations, element_pairs, exponential
        from ..kernels.data_movement import in_turn

        y = plain(outputs[0].reshape(-1))
        (first, second), copy = flat_operands(inputs, outputs[0])
        bits = second.view(np.uint8)
        sides = []
        for tensor, (multiplier, shift) in zip(tensors, factors, strict=True):
            centred = activations.values("int8") - tensor.zero_point
            sides.append(exponential.rescale(centred << LEFT_SHIFT, multiplier, shift))
        steps = np.sort(sides[0])
        bounds = {
            "left": (np.searchsorted(steps, sides[1], "left") - 128).astype(np.int16),
            "right": (np.searchsorted(steps, sides[1], "right") - 128).astype(np.int16),
        }
        if function in (np.equal, np.not_equal):
            turned = int(function is np.not_equal)
            run = element_pairs.between.bind(first, bits, bounds["left"], bounds["right"], y, turned)
        else:
            side = "left" if function in (np.less, np.greater_equal) else "right"
            turned = int(function in (np.greater, np.greater_equal))
            run = element_pairs.below.bind(first, bits, bounds[side], y, turned)
        return run if copy is None else in_turn((copy, run))

    return bind
