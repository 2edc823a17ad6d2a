"""ADD; SUB, MUL, MAXIMUM and MINIMUM share its geometry and its broadcasting.

int8 and int16 to the same type, all three with a scale, or int32 without; a fused activation, which TFLM
ignores for int32. Shapes broadcast as numpy's, up to 6 dimensions. The factors are computed in float64.
Sources: TFLM, micro/kernels/add_common.cc, kernels/internal/reference/broadcast_loop.h.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..model.tables import Tensor
from ..words.dataclass import dataclass
from .batching import same_ranks
from .branches import negatives_and_sums
from .carry import carry_binary
from .constants import of_two
from .dot_products import fast_pairs
from .example import Draw, draw_binary
from .far_zero_points import bind_far
from .float_layers import float_range, is_float
from .quantization import activation_range, quantize_multiplier_smaller_than_one
from .reach import OF_SUM
from .real_elementwise import binary
from .rescaled import but_for_int32, centred_numbers, finish, low_32_bits
from .spec import Array, Bind, Compute, Geometry, Node, Observe, Prepared, Rescale, Spec, Whole, same
from .surplus import ignoring
from .versions import Versions

MAX_RANK = 6
INT32_RANGE = (-(1 << 31), (1 << 31) - 1)
"""Dimensions that TFLM's RuntimeShape has room for; what lies beyond overwrites its neighbour."""
LEFT_SHIFT = {"int8": 20, "int16": 15}
"""Bits that inputs are shifted left by, so that differences still fit an int32."""


@dataclass(frozen=True, slots=True)
class BinaryGeometry(Geometry):
    """Shapes of both inputs and of the output, which is their broadcast.

    `constant_1`, `constant_2`: whether the inputs are the model's. `shifts`: powers of two in the fixed-point
    factors, of both inputs and of the output of a sum, of a product's output; none for other operators.
    """

    shape_1: tuple[int, ...]
    shape_2: tuple[int, ...]
    output_shape: tuple[int, ...]
    dtype: str
    constant_1: bool = False
    constant_2: bool = False
    shifts: tuple[int, ...] = ()

    @property
    def elements(self) -> int:
        return prod(self.output_shape)

    @property
    def broadcasts(self) -> bool:
        return self.shape_1 != self.shape_2


def padded(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """The shape with ones in front."""
    return (1,) * (rank - len(shape)) + shape


def binary_tensors(
    node: Node, *dtypes: str, quantized: bool = True, divisors: Sequence[str] = ()
) -> tuple[Tensor, Tensor, Tensor]:
    """Both inputs and the output, of one type, whose shapes broadcast. 8- and 16-bit ones have scales; where
    `divisors` are named, only those need one."""
    node.expect_counts(2, 1)
    first = node.input(0, *dtypes)
    second, target = node.input(1, first.dtype), node.output(0, first.dtype)
    rank = max(len(first.shape), len(second.shape), len(target.shape))
    if rank > MAX_RANK:
        node.fail(f"has {rank} dimensions, expected at most {MAX_RANK}")
    for sizes in zip(*(padded(t.shape, rank) for t in (first, second, target)), strict=True):
        if sizes[2] != max(sizes[:2], key=lambda size: (size != 1, size)) or not {*sizes} <= {1, sizes[2]}:
            node.fail(
                f"shapes {first.shape} and {second.shape} do not broadcast to {target.shape}, the shape of "
                f"outputs[0] ({target.name!r})"
            )
    if quantized and first.dtype != "int32":
        for where, tensor in (("inputs[0]", first), ("inputs[1]", second), ("outputs[0]", target)):
            if where in divisors:
                node.expect_divisor(where, tensor)
            elif not divisors:
                node.expect_quantized(where, tensor)
    return first, second, target


def binary_geometry(
    first: Tensor, second: Tensor, target: Tensor, shifts: tuple[int, ...] = ()
) -> BinaryGeometry:
    constant = first.data is not None, second.data is not None
    return BinaryGeometry(first.shape, second.shape, target.shape, target.dtype, *constant, shifts)


def ranked(array: Array, rank: int) -> Array:
    """A view with at least one and at least `rank` dimensions."""
    return array.reshape(padded(array.shape, max(rank, 1)))


PERIOD = 64, 2048
"""Elements that an input which begins again has at least, and that it is repeated up to."""


def flat_operands(
    inputs: Sequence[Array | None], y: Array, *, repeating: bool = False
) -> tuple[list[Array], Callable[[], None] | None]:
    """Flat views of two inputs, of as many elements as the output; what broadcasts is copied to its shape: a
    constant here, all else by the function that comes second, to be called each time.

    `repeating`: one of two may be shorter, where it is to begin again at its end.
    """
    from ..kernels.data_movement import copy, in_turn

    operands: list[Array] = []
    copies: list[Callable[[], None]] = []
    whole_ones = sum(x is not None and x.size == y.size for x in inputs)
    for x in inputs:
        assert x is not None
        if x.size == y.size:
            operands.append(read_only(x.reshape(-1)))
        else:
            shape = ranked(y, x.ndim).shape
            source = ranked(x, len(shape))
            if repeating and whole_ones and (times := _times(source, shape)):
                shape, source = (times, x.size), x.reshape(-1)
            whole = np.empty(shape, x.dtype)
            operands.append(read_only(whole.reshape(-1)))
            spread = copy(np.broadcast_to(source, shape), whole)
            if x.flags.writeable:
                copies.append(spread)
            else:
                spread()
    return operands, in_turn(copies) if copies else None


def _times(x: Array, shape: tuple[int, ...]) -> int:
    """How often an input that is repeated as a whole to this shape stands side by side, to begin again after
    it, 0 where it is another input or that would be too often."""
    own = next((i for i, size in enumerate(x.shape) if size != 1), len(shape))
    if x.size == 0 or x.shape[own:] != shape[own:]:
        return 0
    outer = prod(shape[:own])
    least, most = PERIOD
    times = max(n for n in range(1, max(1, min(outer, most // x.size)) + 1) if outer % n == 0)
    return times if times * x.size >= least or times == outer else 0


def bind_elementwise(kernel: str, *parameters: int) -> Bind:
    """A bind of `kernels.arithmetic.<kernel>_<dtype>`(x1, x2, y, *parameters) on flat arrays.

    An input that broadcasts is first copied to the output's shape, each time if it is no constant.
    """

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import arithmetic as kernels
        from ..kernels.data_movement import in_turn

        y = outputs[0]
        operands, copy = flat_operands(inputs, y)
        fast = fast_pairs(kernel, parameters, operands, y)
        chosen, arguments = fast or (getattr(kernels, f"{kernel}_{y.dtype}"), parameters)
        run: Callable[[], None] = chosen.bind(*operands, y.reshape(-1), *arguments)
        return run if copy is None else in_turn((copy, run))

    return bind


def read_only(array: Array) -> Array:
    """A view that cannot be written: the type for which kernels take their inputs."""
    view = array.view()
    view.flags.writeable = False
    return view


def bind_pairs(name: str, *bounds: float) -> Bind:
    """A bind of `kernels.element_pairs.pair(name, ...)`(x1, x2, y, *bounds) on flat arrays, for all types for
    which it is there; truth as bytes. An input that broadcasts is first copied, each time."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.data_movement import in_turn
        from ..kernels.element_pairs import pair

        y = outputs[0]
        operands, copy = flat_operands(inputs, y, repeating=True)
        flat = [plain(x) for x in operands]
        run = pair(name, flat[0].dtype.name).bind(*flat, plain(y.reshape(-1)), *bounds)
        return run if copy is None else in_turn((copy, run))

    return bind


def plain(array: Array) -> Array:
    """Truth as bytes, all else as it is."""
    return array.view(np.uint8) if array.dtype == bool else array


def sum_parameters(node: Node, real: Any, sign: int) -> tuple[int, ...]:
    """Arguments of the sum kernels; the factors are computed in the numpy type `real`."""
    first, second, target = node.input(0), node.input(1), node.output(0)
    place = node.operator.place
    left_shift = LEFT_SHIFT[target.dtype]
    with np.errstate(all="ignore"):
        scales = real(first.scale), real(second.scale)
        shared = real(2) * max(scales)
        factors = [
            *(float(scale / shared) for scale in scales),
            float(shared / (real(1 << left_shift) * real(target.scale))),
        ]
    packed = []
    for tensor, factor in zip((first, second, target), factors, strict=True):
        multiplier, shift = quantize_multiplier_smaller_than_one(factor, place)
        packed += [tensor.zero_point, multiplier, -shift]
    low, high = activation_range(node.options["fused_activation_function"], target, place)
    return sign, left_shift, *packed, low, high


def sum_shifts(parameters: tuple[int, ...]) -> tuple[int, int, int]:
    """The exponents among what `sum_parameters` gives."""
    _, _, _, _, down_1, _, _, down_2, _, _, down, *_ = parameters
    return -down_1, -down_2, -down


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float_binary(node, "add")
    first, second, target = binary_tensors(node, "int8", "int16", "int32", "float32")
    if target.dtype == "int32":
        expect_plain(node)
        return Prepared(binary_geometry(first, second, target), bind_pairs("add", *INT32_RANGE))
    parameters = sum_parameters(node, np.float64, 1)
    geometry = binary_geometry(first, second, target, sum_shifts(parameters))
    far = bind_far(node, but_for_int32(rescaled_sum(1)))
    return Prepared(geometry, far or bind_elementwise("add", *parameters))


def prepare_float_binary(node: Node, name: str) -> Prepared:
    """Two inputs of float32 that broadcast, and a fused activation; `name`: of `kernels.element_pairs`."""
    tensors = binary_tensors(node, "float32", quantized=False)
    return Prepared(binary_geometry(*tensors), bind_pairs(name, *float_range(node)))


def expect_plain(node: Node) -> None:
    """TFLM adds and subtracts int32 only where the inputs have no scale."""
    for position in (0, 1):
        tensor = node.input(position)
        if tensor.quantization is not None:
            node.fail(f"inputs[{position}] ({tensor.name!r}) is int32 with a scale, expected none")


def example(d: Draw) -> Any:
    return draw_binary(d, "add")


def rescaled_sum(sign: int) -> Callable[[Node, Rescale], Compute]:
    def make(node: Node, rescale: Rescale) -> Compute:
        real = np.float64 if sign > 0 else node.release.real
        _, left, *packed, low, high = sum_parameters(node, real, sign)
        (_, factor_1, right_1), (_, factor_2, right_2), (_, factor, right) = (
            packed[i : i + 3] for i in (0, 3, 6)
        )

        def compute(inputs: Sequence[Array | None]) -> Whole:
            first = rescale(
                low_32_bits(centred_numbers(inputs[0], node.input(0)) << left), factor_1, -right_1
            )
            second = rescale(
                low_32_bits(centred_numbers(inputs[1], node.input(1)) << left), factor_2, -right_2
            )
            return finish(node, rescale(low_32_bits(first + sign * second), factor, -right), low, high)

        return compute

    return make


SPEC = Spec(
    "ADD",
    prepare=ignoring(prepare, inputs=2, outputs=1),
    geometry=BinaryGeometry,
    types=same("int8", "int16", "int32", "float32"),
    batch=same_ranks,
    observe=Observe(negatives_and_sums(1), over="elements"),
    in_reals=binary(np.add),
    carry=carry_binary,
    versions=Versions(int8=2, int16=3),
    reach=OF_SUM,
    example=example,
    rescaled=but_for_int32(rescaled_sum(1)),
    evaluate=of_two(np.add),
)
