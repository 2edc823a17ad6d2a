"""LOGISTIC; TANH shares its geometry and its input scaling.

int8 to int8, both with a scale. The output's zero point must be -128; its scale is taken to be 1/256,
whatever the file says, as TFLM does. The input is scaled to 4 integer bits, and what lies 16 or so away
from 0 saturates without an exponential. int16 to int16, with zero points of 0 and an output scale of
2^-15, goes through a table of 256 knots. Source: TFLM, micro/kernels/logistic_common.cc.
"""

from __future__ import annotations

from functools import partial
from math import floor, frexp, log2
from typing import Any

import numpy as np

from ..errors import Reason
from ..model.tables import Tensor
from ..words.dataclass import dataclass
from .batching import always
from .branches import by_value
from .carry import carry_same
from .example import Draw
from .float_elementwise import bind_float, float_tensors
from .float_layers import is_float
from .lookup_table import bind_table, expect_same_elements
from .quantization import round_half_away
from .real_elementwise import unary
from .spec import Arrays, Bind, Find, Geometry, Node, Observe, Prepared, Seen, Spec, Step, same
from .surplus import ignoring
from .versions import Versions

INTEGER_BITS = 4
LARGEST_SHIFT = 62
"""TFLM computes 2^shift as a 64-bit integer."""


@dataclass(frozen=True, slots=True)
class ActivationGeometry(Geometry):
    """`radius`: inputs this far or further from the zero point saturate without an exponential.

    `shift` is how far those of int16 are shifted to the right.
    """

    elements: int
    radius: int
    zero_point: int
    dtype: str
    shift: int = 0


def input_radius(integer_bits: int, shift: int) -> int:
    """The least distance from the zero point that saturates: floor((2^n - 1) x 2^(31 - n - shift))."""
    radius = ((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits - shift)
    return min(floor(radius), (1 << 31) - 1)


def open_radius(shift: int, width: int) -> int:
    """The same for a negative shift, which C leaves open: instructions for 64 bits take it modulo 64, those
    for 32 modulo 32, with which the function for 64 bits of gcc's library makes 2^32 and 1 of no shift."""
    power = shift % width or (32 if width == 32 else 0)
    return -1 if power == 63 else input_radius(INTEGER_BITS, power)


def prepare_activation(
    node: Node, function: str, powers: tuple[int, ...], *, scaled: bool = True
) -> Prepared:
    """`function` names the table of `kernels.activations`: logistic or tanh. An int16 scale of 2^(n - 12)
    with n in `powers` is not rounded. `scaled`: int8 needs scales."""
    if is_float(node):
        _, target = float_tensors(node)
        return Prepared(ActivationGeometry(target.elements, 0, 0, "float32"), bind_float(function))
    node.expect_counts(1, 1)
    source = node.input(0, "int8", "int16", "float32")
    target = node.output(0, source.dtype)
    if scaled or source.dtype != "int8":
        node.expect_quantized("inputs[0]", source)
        node.expect_quantized("outputs[0]", target)
    elements = expect_same_elements(node, source, target)
    if source.dtype == "int16":
        multiplier, shift = int16_factor(node, source, target, powers)
        radius = 0
    else:
        fraction, shift = frexp(source.scale * (1 << (31 - INTEGER_BITS)))
        multiplier = round(fraction * (1 << 31))
        if shift > LARGEST_SHIFT:
            node.fail(
                f"inputs[0] ({source.name!r}) has scale {source.scale:g}, expected less than 2^35",
                Reason.MULTIPLIER,
            )
        radius = input_radius(INTEGER_BITS, shift)

    def table(kernels: Any, radius: int = radius) -> Any:
        x = kernels.centred(source.dtype, source.zero_point)
        if source.dtype == "int16":
            return kernels.sigmoid_int16(function, x, multiplier, shift)
        return getattr(kernels, function)(x, radius, multiplier, shift)

    def of(width: int) -> Bind:
        return bind_table(partial(table, radius=open_radius(shift, width)))

    bits = shift if source.dtype == "int16" else 0
    geometry = ActivationGeometry(elements, radius, source.zero_point, source.dtype, bits)
    if source.dtype == "int8" and shift < 0:
        arm = bind_table(table)
        return Prepared(geometry, of(64), open_in_c={"arm": arm, "armv6-m": arm, "riscv": of(32)})
    return Prepared(geometry, bind_table(table))


def left_open(node: Node) -> str:
    """An int8 scale below 2^-28 has TFLM's Prepare shift by a negative number, which C leaves open."""
    source = node.inputs[0]
    if source is None or source.dtype != "int8" or frexp(source.scale * (1 << (31 - INTEGER_BITS)))[1] >= 0:
        return ""
    return f"the input's scale of {source.scale:g}, below 2^-28, has TFLM shift by a negative number of bits"


def int16_factor(node: Node, source: Tensor, target: Tensor, powers: tuple[int, ...]) -> tuple[int, int]:
    """(multiplier, right shift) that bring the input to 3 x 2^12 steps for 1."""
    for where, tensor in (("inputs[0]", source), ("outputs[0]", target)):
        if tensor.zero_point != 0:
            node.fail(
                f"{where} ({tensor.name!r}) is int16 with zero point {tensor.zero_point}, expected 0",
                Reason.FIXED_SCALE,
            )
    power, exact = _log2(target.scale)
    if not exact or power != -15:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g}, expected 2^-15", Reason.FIXED_SCALE
        )
    power, exact = _log2(source.scale)
    if exact and power + 12 in powers:
        return 3 << (power + 12), 0
    factor, shift = source.scale * 4096.0 * 3.0, 0
    while factor <= 32767.0 / 2.0 and shift <= 30:
        factor, shift = 2.0 * factor, shift + 1
    if factor >= 32768.0:
        node.fail(f"inputs[0] ({source.name!r}) has scale {source.scale:g}, expected less than 2.667")
    if int(factor) == 0:
        # 0 stands for a power of two: the kernel takes 3 << 31 as int32 has it.
        return -(1 << 31), 0
    return int(factor), shift


def _log2(scale: float) -> tuple[int, bool]:
    """The nearest power of two, and whether the scale is one, within a thousandth of an octave."""
    power = log2(scale)
    nearest = int(round_half_away(power))
    return nearest, abs(power - nearest) < 1e-3


def prepare(node: Node) -> Prepared:
    target = node.output(0)
    if target.dtype == "int8" and target.quantization is not None and target.zero_point != -128:
        node.fail(
            f"outputs[0] ({target.name!r}) has zero point {target.zero_point}, expected -128",
            Reason.FIXED_SCALE,
        )
    return prepare_activation(node, "logistic", (0,))


def exponentials(steps: int) -> Find:
    """The exponential multiplies once for each set bit of its argument's quarters, `steps` to a unit of x."""

    def find(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
        geometry = step.geometry
        assert isinstance(geometry, ActivationGeometry)
        tensor = step.node.inputs[0]
        if geometry.dtype != "int8" or tensor is None:
            return {}
        values, times = by_value(inputs[0])
        x = values - tensor.zero_point
        evaluated = abs(x) < geometry.radius
        quarters = np.ceil(abs(x) * (tensor.scale * steps)).astype(np.int64) - 1
        unset = (~quarters[:, None] >> np.arange(6) & 1).sum(1)
        return {
            "saturated_high": int(times[x >= geometry.radius].sum()),
            "exponentials": int(times[evaluated].sum()),
            "negative_exponentials": int(times[evaluated & (x < 0)].sum()),
            "unset_bits": int((times * unset)[evaluated].sum()),
        }

    return find


def example(d: Draw) -> Any:
    return d.b.logistic(d.image())


SPEC = Spec(
    "LOGISTIC",
    prepare=ignoring(prepare, inputs=1, outputs=1),
    geometry=ActivationGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    observe=Observe(exponentials(4), over="elements"),
    in_reals=unary(lambda x: 0.5 * (1.0 + np.tanh(0.5 * x))),
    carry=carry_same,
    fixed_output=(1 / 256, -128),
    versions=Versions(int8=2, int16=3),
    cell="gate",
    c_library=("exponentials", 2),
    example=example,
    left_open=left_open,
)
