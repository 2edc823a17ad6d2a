"""MEAN; SUM and REDUCE_MAX share its geometry and its axes.

int8 or int16 to the same type, both with a scale, over any constant axes, negative and repeated ones
included; with or without keep_dims. Source: TFLM, micro/kernels/reduce_common.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from math import gcd, prod
from typing import Any

import numpy as np

from ..model.tables import Tensor
from ..words.dataclass import dataclass, replace
from .add import read_only
from .batching import not_over_samples
from .branches import negative_sums
from .carry import carry_reduce
from .example import Draw, draw_reduce
from .late import AXES
from .quantization import integer_range, quantize_multiplier
from .real_elementwise import reduction
from .rescaled import centred_numbers, finish, low_32_bits
from .spec import Array, Bind, Compute, Geometry, Node, Observe, Prepared, Rescale, Spec, Whole, same
from .vector_pools import bind_columns
from .versions import Versions


@dataclass(frozen=True, slots=True)
class ReduceGeometry(Geometry):
    """`axes` are non-negative, sorted and without repeats; `axis_count` is the length of the axis tensor.

    `shift` is the power of two in a sum's fixed-point factor, which for MEAN divides by the count too.
    """

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    axes: tuple[int, ...]
    axis_count: int
    keep_dims: bool
    dtype: str
    rescales: bool
    shift: int = 0

    @property
    def count(self) -> int:
        """Elements that are reduced to one."""
        return prod(self.input_shape[axis] for axis in self.axes)

    @property
    def kept_shape(self) -> tuple[int, ...]:
        """The input's shape with 1 in every reduced dimension."""
        return tuple(1 if axis in self.axes else size for axis, size in enumerate(self.input_shape))


def reduce_tensors(node: Node, *dtypes: str, plain: bool = False) -> tuple[Tensor, Tensor, ReduceGeometry]:
    """Input and output, checked, and the geometry. `plain`: neither needs a scale."""
    node.expect_counts(2, 1)
    source = node.input(0, *dtypes)
    target = node.output(0, source.dtype)
    plain &= source.quantization is None and target.quantization is None
    if source.dtype in ("int8", "int16") and not plain:
        node.expect_quantized("inputs[0]", source)
        node.expect_quantized("outputs[0]", target)
    axis = node.constant_input(1, "int32", empty=True).reshape(-1).tolist()
    rank = len(source.shape)
    for found in axis:
        if rank and not -rank <= found < rank:
            node.fail(f"inputs[1] (the axes) holds {found}, expected {-rank} to {rank - 1}")
    axes = tuple(sorted({found % rank for found in axis})) if rank else ()
    geometry = ReduceGeometry(
        source.shape,
        target.shape,
        axes,
        len(axis),
        bool(node.options["keep_dims"]),
        source.dtype,
        source.dtype != "float32" and (source.scale, source.zero_point) != (target.scale, target.zero_point),
    )
    if target.elements != prod(geometry.kept_shape):
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {target.shape}, expected "
            f"{prod(geometry.kept_shape)} elements: {source.shape} reduced over {axes}"
        )
    return source, target, geometry


def prepare_sum(node: Node, mean: bool) -> Prepared:
    source, target, geometry = reduce_tensors(node, "int8", "int16", "float32")
    if source.dtype == "float32":
        return Prepared(geometry, _bind_float(geometry, geometry.count if mean else 1))
    multiplier, shift = quantize_multiplier(source.scale / target.scale, node.operator.place)
    if not source.elements:
        return Prepared(geometry, lambda inputs, outputs: partial(outputs[0].fill, 0))
    count = geometry.count
    if mean:
        left = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << left) // count, shift - left
    geometry = replace(geometry, shift=shift)
    low, high = integer_range(target.dtype)
    parameters = source.zero_point * count, multiplier, shift, target.zero_point, low, high
    return Prepared(geometry, _bind_sum(geometry, parameters))


WIDE = 256
"""Sums that are kept side by side where columns are few."""


def _bind_sum(geometry: ReduceGeometry, parameters: tuple[int, ...]) -> Bind:
    runs = _runs(geometry)
    count = geometry.count

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import data_movement, long_sums
        from ..kernels import reduce as kernels
        from ..kernels._processor import has_vectors

        x, y = inputs[0], outputs[0]
        assert x is not None
        kinds = [reduced for _, reduced in runs]
        if kinds in ([False], [True, False], [False, True, False]):
            inner = runs[-1][0]
            columns: kernels.Kernel = getattr(kernels, f"sum_columns_{geometry.dtype}")
            wide = inner * gcd(count, max(1, WIDE // max(1, inner)))
            source = read_only(x.reshape(-1, count * inner // max(1, wide), wide))
            return columns.bind(source, np.empty(wide, np.int32), y.reshape(-1, inner), *parameters)
        rows: kernels.Kernel = getattr(kernels, f"sum_rows_{geometry.dtype}")
        if geometry.dtype == "int8" and count >= long_sums.BLOCK and has_vectors():
            rows = long_sums.sum_rows
        if kinds in ([], [True], [False, True]):
            return rows.bind(read_only(x.reshape(-1, count)), y.reshape(-1), *parameters)
        order = sorted(range(x.ndim), key=lambda axis: axis in geometry.axes)
        moved = x.transpose(order)
        copy = np.empty(moved.shape, x.dtype)
        run = rows.bind(read_only(copy.reshape(-1, count)), y.reshape(-1), *parameters)
        return data_movement.in_turn((data_movement.copy(moved, copy), run))

    return bind


def _bind_float(geometry: ReduceGeometry, divisor: int) -> Bind:
    """Each sum in the order of the input's elements, then divided."""
    order = sorted(range(len(geometry.input_shape)), key=lambda axis: axis in geometry.axes)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import data_movement
        from ..kernels.float_elementwise import sum_rows

        x, y = inputs[0], outputs[0]
        assert x is not None
        if not x.size:
            return partial(y.fill, 0)
        axes = geometry.axes
        if axes and axes == tuple(range(axes[0], axes[-1] + 1)):
            outer = prod(geometry.input_shape[: axes[0]])
            laid = x.reshape(outer, geometry.count, -1)
            fast = bind_columns("sums", laid, y.reshape(outer, -1), divisor)
            if fast is not None:
                return fast
        moved = x.transpose(order)
        if moved.flags.c_contiguous:
            return sum_rows.bind(read_only(moved.reshape(-1, geometry.count)), y.reshape(-1), divisor)
        copy = np.empty(moved.shape, x.dtype)
        run = sum_rows.bind(read_only(copy.reshape(-1, geometry.count)), y.reshape(-1), divisor)
        return data_movement.in_turn((data_movement.copy(moved, copy), run))

    return bind


def _runs(geometry: ReduceGeometry) -> list[tuple[int, bool]]:
    """(size, reduced) of neighbouring dimensions taken together; those of size 1 belong anywhere."""
    sizes = [(size, axis in geometry.axes) for axis, size in enumerate(geometry.input_shape) if size != 1]
    return [(prod(size for size, _ in run), reduced) for reduced, run in groupby(sizes, lambda pair: pair[1])]


def prepare(node: Node) -> Prepared:
    return prepare_sum(node, True)


def example(d: Draw) -> Any:
    return draw_reduce(d, "mean", **d.out())


def rescaled_sums(mean: bool) -> Callable[[Node, Rescale], Compute]:
    def make(node: Node, rescale: Rescale) -> Compute:
        source, target, geometry = reduce_tensors(node, "int8", "int16")
        multiplier, shift = quantize_multiplier(source.scale / target.scale, node.operator.place)
        if mean:
            left = min(geometry.count.bit_length() - 1, 32, 31 + shift)
            multiplier, shift = (multiplier << left) // geometry.count, shift - left

        def compute(inputs: Sequence[Array | None]) -> Whole:
            total = centred_numbers(inputs[0], source).sum(axis=geometry.axes)
            return finish(node, rescale(low_32_bits(total), multiplier, shift), *integer_range(target.dtype))

        return compute

    return make


SPEC = Spec(
    "MEAN",
    prepare=AXES.around(prepare),
    late=AXES,
    geometry=ReduceGeometry,
    types=same("int8", "int16", "float32"),
    batch=not_over_samples,
    observe=Observe(negative_sums, over="outputs"),
    in_reals=reduction(np.mean),
    carry=carry_reduce,
    versions=Versions(int8=2, int16=3),
    sums=True,
    example=example,
    rescaled=rescaled_sums(True),
)
