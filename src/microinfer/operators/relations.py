"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL: two tensors to bool.

Specification: int8 with scales below 1, int32, int64 or float32, and bool where equality is asked for; both
inputs of one type. Shapes broadcast, up to 6 dimensions. int8 numbers are compared as 256 times their
distance from the zero point, rescaled and rounded, so that numbers near one another may count as equal.
GREATER of int16 compares with factors that TFLM never sets; this project has it not.
Source: TFLM, micro/kernels/comparisons.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ..model.tables import Tensor
from .add import MAX_RANK, BinaryGeometry, padded, ranked
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
        return Prepared(geometry, _bind_plain(function))
    factors = []
    for where, tensor in (("inputs[0]", first), ("inputs[1]", second)):
        node.expect_quantized(where, tensor)
        factors.append(quantize_multiplier_smaller_than_one(tensor.scale, node.operator.place))
    return Prepared(geometry, _bind_tables(function, (first, second), factors))


def _bind_plain(function: np.ufunc) -> Bind:
    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        first, second = inputs
        assert first is not None
        assert second is not None
        return partial(function, ranked(first, 0), ranked(second, 0), out=ranked(outputs[0], 0))

    return bind


def _bind_tables(function: np.ufunc, tensors: Sequence[Tensor], factors: Sequence[tuple[int, int]]) -> Bind:
    """Each int8 number is looked up in a table of what it is compared as."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import activations, exponential

        y = ranked(outputs[0], 0)
        lookups: list[Callable[[], object]] = []
        operands = []
        for x, tensor, (multiplier, shift) in zip(inputs, tensors, factors, strict=True):
            assert x is not None
            centred = activations.values("int8") - tensor.zero_point
            table = exponential.rescale(centred << LEFT_SHIFT, multiplier, shift).astype(np.int32)
            bits = x.view(np.uint8).reshape(padded(x.shape, y.ndim))
            found = np.empty(bits.shape, np.int32)
            lookups.append(partial(np.take, table, bits, out=found, mode="clip"))
            operands.append(found)
        compare = partial(function, *operands, out=y)

        def run() -> None:
            for look in lookups:
                look()
            compare()

        return run

    return bind
