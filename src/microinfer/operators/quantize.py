"""QUANTIZE: float32 to int8 or int16, and integers to another scale, zero point or type.

Integers: int8 to int8, uint8, int16, int32; uint8 to int8; int16 to int8, int16, int32; int32 to int8,
int16. The output has one scale. A float of 2^31 steps or more, an infinity or no number has no defined
result in C: TFLM's package, as x86 converts, takes the least int32 for all of them; a device the nearest
int32, and of what is no number what `_BEYOND` has. Source: TFLM, micro/kernels/quantize_common.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import Reason
from .add import read_only
from .batching import always
from .branches import count, negatives
from .carry import carry_same
from .example import Draw
from .lookup_table import bind_table, expect_same_elements
from .quantization import integer_range, quantize_multiplier
from .reach import PASSING
from .real_elementwise import unary
from .relu import ElementwiseGeometry, elementwise_geometry
from .rescaled import centred_numbers, finish
from .spec import Array, Arrays, Bind, Compute, Node, Observe, Prepared, Rescale, Seen, Spec, Step, Whole
from .versions import Versions

_TARGETS = {
    "float32": ("int8", "int16"),
    "int8": ("int8", "uint8", "int16", "int32"),
    "uint8": ("int8",),
    "int16": ("int8", "int16", "int32"),
    "int32": ("int8", "int16"),
}
"""Types of the output for each type of the input."""


_LEAST, _MOST = -(1 << 31), (1 << 31) - 1
_ON_A_HOST = _LEAST, _LEAST, _LEAST
_BEYOND = {"arm": (_MOST, 0, 0), "armv6-m": (_MOST, _MOST, _LEAST), "riscv": (_MOST, _MOST, _MOST)}
"""What becomes of a float above all of int32, and of what is no number, with the sign bit clear and set, by
OPEN_IN_C. Counted under QEMU on a Cortex-M4, M33, M3, M0+ and on RV32IMC, whose division in software forgets
a sign."""


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source = node.input(0, *_TARGETS)
    target = node.output(0, *_TARGETS[source.dtype])
    expect_same_elements(node, source, target)
    node.expect_quantized("outputs[0]", target)
    if target.quantization is not None and target.quantization.per_channel:
        node.fail(
            f"outputs[0] ({target.name!r}) has {len(target.quantization.scale)} scales, expected one",
            Reason.CHANNEL_SCALES,
        )
    low, high = integer_range(target.dtype)
    geometry = elementwise_geometry(source, target)
    parameters: tuple[Any, ...]
    if source.dtype == "float32":
        parameters = np.float32(target.scale), target.zero_point, low, high

        def ending(beyond: tuple[int, int, int]) -> Bind:
            return bind_kernel("quantize", source.dtype, target.dtype, (*parameters, *beyond))

        devices = {name: ending(beyond) for name, beyond in _BEYOND.items()}
        return Prepared(geometry, ending(_ON_A_HOST), open_in_c=devices)
    multiplier, shift = quantize_multiplier(source.scale / target.scale, node.operator.place)
    geometry = replace(geometry, shift=shift)
    if source.dtype == "int32":
        parameters = source.zero_point, multiplier, shift, target.zero_point, low, high
        return Prepared(geometry, bind_kernel("requantize", source.dtype, target.dtype, parameters))

    def table(kernels: Any) -> Any:
        centred = kernels.centred(source.dtype, source.zero_point)
        return kernels.rescaled(centred, multiplier, shift, target.zero_point, low, high)

    return Prepared(geometry, bind_table(table))


def bind_kernel(name: str, source: str, target: str, parameters: tuple[Any, ...]) -> Bind:
    """A bind of `kernels.quantize.<name>_<source>_<target>`(x, y, *parameters) on flat arrays."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import quantize as kernels

        x, y = inputs[0], outputs[0]
        assert x is not None
        kernel: kernels.Kernel
        if source == "float32":
            scale, zero_point = parameters[:2]
            kernel = kernels.fastest(target, float(scale), int(zero_point), x.size)
        else:
            kernel = getattr(kernels, f"{name}_{source}_{target}")
        return kernel.bind(read_only(x.reshape(-1)), y.reshape(-1), *parameters)

    return bind


def branches(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Of integers their signs. Of floats, what the loops of a division in software, of its truncation and of
    the fraction that is left go through: bytes and bits to shift."""
    target, x = step.node.outputs[0], inputs[0]
    if x is None or target is None or x.dtype.kind != "f":
        return negatives(step, inputs, outputs)
    with np.errstate(all="ignore"):
        quotients = abs(np.nan_to_num(x / np.float32(target.scale)).astype(np.float64))
    usual = quotients[(quotients >= 1) & (quotients < 131072)]
    whole = np.floor(usual)
    fractions = usual - whole
    exponents = np.frexp(usual)[1]
    right = 24 - exponents
    cancelled = np.where(fractions > 0, exponents - np.frexp(fractions)[1], 0)
    return {
        "negatives": count(x < 0),
        "zeros": count(x == 0),
        "whole_quotients": count(fractions == 0),
        "truncations": usual.size,
        "truncated_bytes": int(np.sum(right // 8)),
        "truncated_bits": int(np.sum(right % 8)),
        "cancelled_bits": int(np.sum(cancelled)),
    }


def converts(node: Node) -> tuple[float, float] | None:
    """Floats between these become int32 the same way everywhere; None where there are no floats."""
    source, target = node.inputs[0], node.outputs[0]
    if source is None or source.dtype != "float32":
        return None
    bound = float(np.float32(target.scale)) * 2.0**31
    return float(np.nextafter(-bound, -np.inf)), bound


def example(d: Draw) -> Any:
    if d.dtype not in ("int8", "int16"):
        x = d.image() if d.dtype != "int32" else d.b.input((1, 3, 5), "int32", scale=d.scale(), zero_point=0)
        return d.b.quantize(x, "int8", scale=d.scale(), zero_point=int(d.g.integers(-128, 128)))
    x = d.image() if d.dtype == "int16" or d.pick(True, False) else d.b.input((1, 3, 5), "float32")
    return d.b.quantize(x, d.dtype, **d.out())


def rescaled(node: Node, rescale: Rescale) -> Compute | None:
    source, target = node.input(0), node.output(0)
    if source.dtype == "float32":
        return None
    multiplier, shift = quantize_multiplier(source.scale / target.scale, node.operator.place)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        scaled = rescale(centred_numbers(inputs[0], source), multiplier, shift)
        return finish(node, scaled, *integer_range(target.dtype))

    return compute


SPEC = Spec(
    "QUANTIZE",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types={
        "int8": ("int8", "uint8", "int16", "int32"),
        "int16": ("int8", "int16", "int32"),
        "int32": ("int8", "int16"),
        "uint8": ("int8",),
        "float32": ("int8", "int16"),
    },
    batch=always,
    observe=Observe(branches, "outputs", over="elements"),
    in_reals=unary(lambda x: x),
    carry=carry_same,
    keeps_pixels=True,
    versions=Versions(int8=2, int16=2),
    reach=PASSING,
    unscaled=(0,),
    example=example,
    rescaled=rescaled,
    converts=converts,
)
