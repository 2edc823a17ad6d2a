"""BATCH_MATMUL: matrices in the last two of 2 to 5 dimensions; the others broadcast.

float32, int8, or int16 with zero points of 0 and sums of 64 bits; both inputs and the output are of one type.
Real numbers are added in the order of the depth.
`adj_x` and `adj_y` transpose an input first. Source: TFLM, micro/kernels/batch_matmul.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import padded, read_only
from .batching import matrix_of_each
from .branches import negative_sums
from .byte_products import bind_byte_products
from .example import Draw
from .far_zero_points import bind_far
from .int16_layers import expect_wide_shift
from .quantization import product_multiplier
from .real_elementwise import operands
from .rescaled import centred_numbers, finish, low_32_bits
from .spec import (
    Array,
    Bind,
    Compute,
    Geometry,
    Node,
    Observe,
    Prepared,
    Real,
    Reals,
    Rescale,
    Spec,
    Whole,
    same,
)
from .versions import Versions
from .weights import writable

DATA = ("int8", "int16", "float32")
MOST_TILED = 256
"""Products that are prepared for the tiles of convolutions one by one; more go through one loop."""
MAX_RANK = 5


@dataclass(frozen=True, slots=True)
class BatchMatmulGeometry(Geometry):
    """Shapes as the model has them; `constant_2`: the right-hand side is a constant."""

    shape_1: tuple[int, ...]
    shape_2: tuple[int, ...]
    output_shape: tuple[int, ...]
    adj_x: bool
    adj_y: bool
    dtype: str
    constant_2: bool = False

    @property
    def depth(self) -> int:
        return self.shape_1[-2] if self.adj_x else self.shape_1[-1]

    @property
    def macs(self) -> int:
        return prod(self.output_shape) * self.depth


def prepare(node: Node) -> Prepared:
    node.expect_counts(2, 1)
    first = node.input(0, *DATA)
    second, target = node.input(1, first.dtype), node.output(0, first.dtype)
    for where, tensor in (("inputs[0]", first), ("inputs[1]", second), ("outputs[0]", target)):
        if first.dtype != "float32" and tensor is target:
            node.expect_divisor(where, tensor)
        if first.dtype == "int16" and tensor.zero_point:
            node.fail(f"{where} ({tensor.name!r}) has zero point {tensor.zero_point}, expected 0 in int16")
        if not 2 <= len(tensor.shape) <= MAX_RANK:
            node.fail(f"{where} ({tensor.name!r}) has shape {tensor.shape}, expected 2 to 5 dimensions")
    if second.start is not None and not node.options["adj_y"]:
        node.fail(
            f"inputs[1] ({second.name!r}) is a constant that is written over, expected one that stays: TFLM "
            "transposes it in the first inference and never again"
        )
    geometry = BatchMatmulGeometry(
        first.shape,
        second.shape,
        target.shape,
        bool(node.options["adj_x"]),
        bool(node.options["adj_y"]),
        first.dtype,
        second.is_constant,
    )
    rows = first.shape[-1] if geometry.adj_x else first.shape[-2]
    columns, depth = second.shape[-2:] if geometry.adj_y else second.shape[:-3:-1]
    batches = _batches(first.shape, second.shape)
    if batches is None or depth != geometry.depth or target.shape != (*batches, rows, columns):
        node.fail(f"shapes {first.shape} and {second.shape} do not multiply to {target.shape}")
    parameters = product_parameters(node)

    eight = first.dtype == "int8"

    def bind_as(fused: bool) -> Bind:
        def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
            from ..kernels import batch_matmul as kernels
            from ..kernels._processor import has_dot_products, has_vectors
            from ..kernels.data_movement import copy, in_turn
            from ..kernels.real_tiles import products_of_reals

            x1, x2 = inputs
            assert x1 is not None
            assert x2 is not None
            copies: list[Callable[[], None]] = []

            def arranged(x: Array, transposed: bool) -> Array:
                if transposed:
                    source = x.swapaxes(-1, -2)
                    x = np.ascontiguousarray(source)
                    copies.append(copy(source, x))
                stack = x.reshape(prod(x.shape[:-2]), *x.shape[-2:])
                return read_only(stack) if eight else writable(stack)

            left = arranged(x1, geometry.adj_x)
            indices = []
            for shape in (first.shape[:-2], second.shape[:-2]):
                own = np.arange(prod(shape)).reshape(padded(shape, len(batches)))
                indices.append(np.broadcast_to(own, batches).flatten())
            y = outputs[0].reshape(prod(batches), rows, columns)
            some = min(x1.size, x2.size, y.size) > 0
            tiled = 0 < len(y) <= MOST_TILED
            by_depth = not eight or (some and tiled and has_dot_products())
            turned = geometry.adj_y is by_depth
            right = arranged(x2, turned)
            if geometry.constant_2 and turned:
                copies.pop()
            if eight and by_depth:
                fast = bind_byte_products(left, right, indices, y, parameters, geometry.constant_2)
                return in_turn((*copies, *fast))
            if eight:
                run = kernels.batch_matmul.bind(left, right, *indices, y, *parameters)
            elif first.dtype == "float32" and has_vectors() and tiled and left.size:
                return in_turn((*copies, *products_of_reals(left, right, indices, y, fused)))
            elif first.dtype == "float32":
                kernel = kernels.batch_matmul_float32_fused if fused else kernels.batch_matmul_float32
                run = kernel.bind(left, right, *indices, y)
            else:
                totals = np.empty(columns, np.int64)
                run = kernels.batch_matmul_int16.bind(left, right, *indices, totals, y, *parameters)
            return in_turn((*copies, run))

        return bind

    if (far := bind_far(node, rescaled)) is not None:
        return Prepared(geometry, far)
    return Prepared(geometry, bind_as(False), contracted=bind_as(True) if first.dtype == "float32" else None)


def product_parameters(node: Node) -> tuple[int, ...]:
    """What the kernel takes beside its arrays."""
    first, second, target = node.input(0), node.input(1), node.output(0)
    if first.dtype == "float32":
        return ()
    real, place = node.release.real, node.operator.place
    multiplier, shift = product_multiplier(first, second, None, target, real, place)
    if first.dtype == "int16":
        expect_wide_shift(node, shift, "input scale x input scale / output scale")
        return multiplier, shift
    return first.zero_point, second.zero_point, multiplier, shift, target.zero_point


def _batches(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    """The broadcast of what stands before rows and columns, or None."""
    try:
        return np.broadcast_shapes(first[:-2], second[:-2])
    except ValueError:
        return None


def in_reals(node: Node, inputs: Reals) -> Real:
    first, second = operands(inputs)
    left = first.swapaxes(-1, -2) if node.options["adj_x"] else first
    right = second.swapaxes(-1, -2) if node.options["adj_y"] else second
    return np.asarray(left @ right)


def example(d: Draw) -> Any:
    n, left, right = d.pick(2, 5), d.pick(False, True), d.pick(False, True)
    x, y = d.image(shape=(1, 2, n, 3) if left else (1, 2, 3, n)), (1, 2, 4, n) if right else (1, 2, n, 4)
    return d.b.batch_matmul(x, d.image(shape=y), adj_x=left, adj_y=right, **d.out())


def rescaled(node: Node, rescale: Rescale) -> Compute | None:
    first, second, target = node.input(0), node.input(1), node.output(0)
    if first.dtype != "int8":
        return None
    multiplier, shift = product_multiplier(
        first, second, None, target, node.release.real, node.operator.place
    )

    def compute(inputs: Sequence[Array | None]) -> Whole:
        left, right = centred_numbers(inputs[0], first), centred_numbers(inputs[1], second)
        left = left.swapaxes(-1, -2) if node.options["adj_x"] else left
        right = right.swapaxes(-1, -2) if node.options["adj_y"] else right
        return finish(node, rescale(low_32_bits(left @ right), multiplier, shift), -128, 127)

    return compute


SPEC = Spec(
    "BATCH_MATMUL",
    prepare=prepare,
    geometry=BatchMatmulGeometry,
    types=same(*DATA),
    batch=matrix_of_each,
    observe=Observe(negative_sums, over="outputs"),
    in_reals=in_reals,
    multiplies=True,
    versions=Versions(int8=2, int16=3),
    cell="product",
    unscaled=(0, 1),
    example=example,
    rescaled=rescaled,
)
