"""SOFTMAX over the last dimension: int8 to int8 or int16, int16 or float32 to the same type.

The output's quantisation is prescribed: scale 1/256 and zero point -128 for int8, 1/65536 and -32768 for
int16 of int8, 2^-15 and 0 for int16 of int16. `beta` multiplies the inputs. int16 rows go through two tables
of 513 knots. Source: TFLM, micro/kernels/softmax_common.cc.

TFLM's reference kernel checks that a row's exponentials, in units of the largest, sum to less than 512;
where they do not (512 equal logits, say) it aborts, which on a target is an endless loop. Such a row
raises UnsupportedError when the model is invoked. CMSIS-NN does not check and computes nonsense. Of int16
rows CMSIS-NN's sum overflows where it lies below a power of two by no more than one in 2^18, which takes nine
elements or more; the reference's does not. Both wrap where a row of more than 65,538 sums to 2^31 or more,
and where what is left is not above 0 all its shares are 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, frexp
from typing import Any

import numpy as np

from ..errors import Reason, UnsupportedError
from ..model.tables import Tensor
from ..words.dataclass import dataclass
from .add import read_only
from .batching import rows
from .carry import carry_same
from .example import Draw
from .float_elementwise import float_tensors
from .float_layers import is_float
from .logistic import input_radius
from .pieces import pieces
from .quantization import quantize_multiplier
from .real_elementwise import only
from .refusals import refusing
from .spec import Array, Arrays, Geometry, Node, Observe, Prepared, Real, Reals, Seen, Spec, Step, same
from .versions import Versions

INTEGER_BITS = 5
LARGEST_MULTIPLIER = (1 << 31) - 1.0
CHECKED_DEPTH = 512
"""Rows shorter than this cannot reach the sum that TFLM refuses."""
MANY = 2048
"""Elements of int16 from which exponentials are looked up by their distance from the largest."""


@dataclass(frozen=True, slots=True)
class SoftmaxGeometry(Geometry):
    """`rows` of `depth` elements; what is below a row's maximum by more than -`diff_min` counts as 0."""

    rows: int
    depth: int
    diff_min: int
    input_dtype: str
    output_dtype: str


def _prepare_float(node: Node) -> Prepared:
    source, target = float_tensors(node)
    if not source.shape or target.shape[-1:] != source.shape[-1:]:
        node.fail(f"outputs[0] ({target.name!r}) has shape {target.shape}, inputs[0] {source.shape}")
    depth, beta = source.shape[-1], node.options["beta"]
    rows = source.elements // depth if depth else 0

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.float_softmax import bind_softmax

        x = inputs[0]
        assert x is not None
        shape = (x.size // max(depth, 1), depth)
        return bind_softmax(read_only(x.reshape(shape)), outputs[0].reshape(shape), beta)

    return Prepared(SoftmaxGeometry(rows, depth, 0, "float32", "float32"), bind)


def _expect_output(node: Node, steps: int, zero_point: int, tolerance: float) -> None:
    """The output's scale is one of so many steps for 1."""
    target = node.output(0)
    if target.zero_point != zero_point or abs(target.scale * steps - 1) > tolerance:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g} and zero point {target.zero_point}, "
            f"expected 1/{steps} and {zero_point}",
            Reason.FIXED_SCALE,
        )


def _prepare_int16(node: Node, source: Tensor, target: Tensor) -> Prepared:
    if source.zero_point:
        node.fail(f"inputs[0] ({source.name!r}) is int16 with zero point {source.zero_point}, expected 0")
    _expect_output(node, 1 << 15, 0, 0.001)
    depth = source.shape[-1]
    factor = source.scale * node.options["beta"] / (10.0 / 65535.0)
    multiplier, shift = quantize_multiplier(factor, node.operator.place)
    rows = source.elements // depth if depth else 0

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import softmax as kernels

        x = inputs[0]
        assert x is not None
        shape = rows, depth
        exponentials, reciprocals = kernels.tables()
        source, target = read_only(x.reshape(shape)), outputs[0].reshape(shape)
        if x.size >= MANY:
            powers = kernels.powers(exponentials, multiplier, shift)
            return kernels.softmax_by_powers.bind(source, powers, reciprocals, target)
        return kernels.softmax_of_int16.bind(source, exponentials, reciprocals, target, multiplier, shift)

    return Prepared(SoftmaxGeometry(rows, depth, 0, "int16", "int16"), bind)


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return _prepare_float(node)
    node.expect_counts(1, 1)
    source = node.input(0, "int8", "int16", "float32")
    target = node.output(0, *(("int8", "int16") if source.dtype == "int8" else ("int16",)))
    node.expect_quantized("inputs[0]", source)
    node.expect_quantized("outputs[0]", target)
    if not source.shape:
        node.fail(f"inputs[0] ({source.name!r}) is a scalar, expected at least one dimension")
    if not target.shape or (target.elements, target.shape[-1]) != (source.elements, source.shape[-1]):
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {target.shape}, expected {source.shape}, the input's"
        )
    if source.dtype == "int16":
        return _prepare_int16(node, source, target)
    bits = 8 if target.dtype == "int8" else 16
    _expect_output(node, 1 << bits, -(1 << (bits - 1)), 0.0 if bits == 8 else 0.001)
    multiplier, shift = input_multiplier(node, node.options["beta"])
    depth = source.shape[-1]
    rows = source.elements // depth if depth else 0
    diff_min = -input_radius(INTEGER_BITS, shift)

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import exponential
        from ..kernels import softmax as kernels

        x, y = inputs[0], outputs[0]
        assert x is not None
        kernel = kernels.softmax_int8 if bits == 8 else kernels.softmax_int16
        exponentials = exponential.exponentials(multiplier, shift, diff_min)
        stopped = np.zeros(1, np.int64)
        shape = rows, depth
        run = kernel.bind(read_only(x.reshape(shape)), exponentials, y.reshape(shape), bits, stopped)
        return _checked(run, stopped, node.operator.place) if bits == 8 and depth >= CHECKED_DEPTH else run

    return Prepared(SoftmaxGeometry(rows, depth, diff_min, source.dtype, target.dtype), bind)


def input_multiplier(node: Node, beta: float) -> tuple[int, int]:
    """What brings a difference of int8 to INTEGER_BITS integer bits.

    As `quantize_multiplier`, which stops one short of the largest shift that this operator can have.
    """
    scale, place = node.input(0).scale, node.operator.place
    factor = min(beta * scale * (1 << (31 - INTEGER_BITS)), LARGEST_MULTIPLIER)
    if not factor > 1.0:
        node.fail(
            f"beta {beta:g} x input scale {scale:g} is {beta * scale:g}, expected more than "
            f"2^{INTEGER_BITS - 31}"
        )
    if factor >= 1 << 30:
        multiplier, shift = quantize_multiplier(factor / 2, place)
        return multiplier, shift + 1
    return quantize_multiplier(factor, place)


def _checked(run: Callable[[], None], stopped: Array, place: str) -> Callable[[], None]:
    def refuse() -> None:
        raise UnsupportedError(
            f"SOFTMAX: the exponentials of row {stopped[0] - 1} sum to 512 times the largest or more: "
            "TFLM's reference kernel aborts here, on a target in an endless loop (TFLITE_CHECK(0 <= "
            "exponent && exponent <= 31)); spread the logits or make the row shorter",
            place,
        )

    return refusing((run,), stopped, refuse)


def exponentials(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """The exponential multiplies once for each bit that is set in its argument's seven upper bits."""
    geometry = step.geometry
    assert isinstance(geometry, SoftmaxGeometry)
    tensor = step.node.inputs[0]
    if geometry.input_dtype != "int8" or inputs[0] is None or tensor is None:
        return {}
    rows = inputs[0].reshape(geometry.rows, geometry.depth)
    fraction, exponent = frexp(min(step.node.options.get("beta", 1.0) * tensor.scale * 2**26, 2.0**31 - 1))
    multiplier, right = floor(fraction * 2**31 + 0.5), min(31 - exponent, 62)
    half = 1 << (right - 1) if right else 0
    times = np.zeros(256, np.int64)
    for piece, largest in pieces((rows, rows.max(axis=1, keepdims=True)), rows.shape):
        below = np.subtract(largest, piece, dtype=np.int16)
        times += np.bincount(below.ravel(), minlength=256)
    difference = -np.arange(256)
    values = (difference * multiplier + half) >> right
    within = (values & 0xFFFFFF) - (1 << 24)
    bits = ((within - values) >> 24) & 0x7F
    unset = (~bits[:, None] >> np.arange(7) & 1).sum(1)
    times[difference < geometry.diff_min] = 0
    return {"exponentials": int(times.sum()), "unset_bits": int((times * unset).sum())}


def in_reals(node: Node, inputs: Reals) -> Real:
    x = only(inputs) * node.options.get("beta", 1.0)
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    made: Real = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return made


def example(d: Draw) -> Any:
    return d.b.softmax(d.image(shape=(d.pick(1, 3), d.pick(2, 10))), beta=d.pick(1.0, 0.5))


SPEC = Spec(
    "SOFTMAX",
    prepare=prepare,
    geometry=SoftmaxGeometry,
    types={"int8": ("int8", "int16"), **same("int16", "float32")},
    batch=rows,
    observe=Observe(exponentials),
    in_reals=in_reals,
    carry=carry_same,
    fixed_output=(1 / 256, -128),
    versions=Versions(int8=2, int16=3),
    c_library=("exponentials", 2),
    example=example,
)
