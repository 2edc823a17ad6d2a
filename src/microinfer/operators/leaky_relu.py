"""LEAKY_RELU: int8 or int16 to the same type, both with a scale; any alpha, also negative or above 1.

Numbers below zero are multiplied by input scale x alpha / output scale, the others by input scale /
output scale (as the release of TFLM computes it). Source: TFLM, micro/kernels/leaky_relu_common.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .batching import always
from .branches import negatives
from .carry import carry_same
from .example import Draw
from .float_layers import is_float
from .lookup_table import bind_table
from .quantization import integer_range, quantize_multiplier
from .real_elementwise import only
from .relu import ElementwiseGeometry, elementwise_geometry, float_ratio, prepare_float, same_type_tensors
from .rescaled import centred_numbers, finish
from .spec import Array, Compute, Node, Observe, Prepared, Reach, Real, Reals, Rescale, Spec, Whole, same
from .versions import Versions


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float(node, "leaky_relu", node.options["alpha"])
    source, target = same_type_tensors(node, "int8", "int16", "float32", divisors=("outputs[0]",))
    place = node.operator.place
    alpha = quantize_multiplier(float_ratio(source, target, node.release.real, node.options["alpha"]), place)
    identity = quantize_multiplier(float_ratio(source, target, node.release.real), place)
    low, high = integer_range(target.dtype)

    def table(kernels: Any) -> Any:
        centred = kernels.centred(source.dtype, source.zero_point)
        return kernels.leaky_relu(centred, alpha, identity, target.zero_point, low, high)

    return Prepared(elementwise_geometry(source, target), bind_table(table))


def in_reals(node: Node, inputs: Reals) -> Real:
    x = only(inputs)
    return np.where(x < 0, x * node.options["alpha"], x)


def reach(node: Node, ends: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    low, high = ends[0]
    return low * node.options.get("alpha", 0.0) if low < 0 else low, high


def example(d: Draw) -> Any:
    return d.b.leaky_relu(d.image(), d.scale(0.01, 0.9), **d.out())


def rescaled(node: Node, rescale: Rescale) -> Compute:
    source, target = node.input(0), node.output(0)
    place, real = node.operator.place, node.release.real
    alpha = quantize_multiplier(float_ratio(source, target, real, node.options["alpha"]), place)
    identity = quantize_multiplier(float_ratio(source, target, real), place)

    def compute(inputs: Sequence[Array | None]) -> Whole:
        x = centred_numbers(inputs[0], source)
        below = rescale(x, abs(alpha[0]), alpha[1]) * (-1 if alpha[0] < 0 else 1)
        return finish(node, np.where(x >= 0, rescale(x, *identity), below), *integer_range(target.dtype))

    return compute


SPEC = Spec(
    "LEAKY_RELU",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("int8", "int16", "float32"),
    batch=always,
    observe=Observe(negatives, over="elements"),
    in_reals=in_reals,
    carry=carry_same,
    versions=Versions(int8=2, int16=2),
    reach=Reach(1, reach),
    unscaled=(0,),
    example=example,
    rescaled=rescaled,
)
