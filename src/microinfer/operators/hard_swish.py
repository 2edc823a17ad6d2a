"""HARD_SWISH: int8 to int8, both with a scale; x * relu6(x + 3) / 6 in 16-bit arithmetic.

Multipliers are int16, rounded from the int32 ones. The output scale must not be below 1/128 of the
input's. Source: TFLM, micro/kernels/hard_swish_common.cc.
"""

from __future__ import annotations

from math import frexp
from typing import Any

import numpy as np

from .batching import always
from .branches import centred, count
from .carry import carry_same
from .example import Draw
from .float_layers import is_float
from .lookup_table import bind_table
from .quantization import quantize_multiplier
from .real_elementwise import unary
from .relu import ElementwiseGeometry, elementwise_geometry, prepare_float, same_type_tensors
from .spec import Arrays, Node, Observe, Prepared, Reach, Seen, Spec, Step, same

RELUISH_SCALE = 3.0 / 32768.0
"""The scale on which the real number 3 is 32768."""


def _int16_multiplier(real: float, place: str) -> tuple[int, int]:
    multiplier, exponent = quantize_multiplier(real, place)
    rounding = 1 << 15
    if multiplier >= (1 << 31) - 1 - rounding:
        return 32767, exponent
    return (multiplier + rounding) >> 16, exponent


def prepare(node: Node) -> Prepared:
    if is_float(node):
        return prepare_float(node, "hard_swish")
    source, target = same_type_tensors(node, "int8", "float32", divisors=("outputs[0]",))
    place = node.operator.place
    real = node.release.real
    with np.errstate(all="ignore"):
        fine_scale = real(1.0 / 128.0) * real(source.scale)
        output = _int16_multiplier(float(fine_scale / real(target.scale)), place)
        reluish = _int16_multiplier(float(fine_scale / real(RELUISH_SCALE)), place)
    if output[1] > 0:
        node.fail(
            f"outputs[0] ({target.name!r}) has scale {target.scale:g}, expected at least 1/128 of the "
            f"input's {source.scale:g}"
        )

    def table(kernels: Any) -> Any:
        centred = kernels.centred(source.dtype, source.zero_point)
        return kernels.hard_swish(centred, reluish, output, target.zero_point)

    return Prepared(elementwise_geometry(source, target), bind_table(table))


def branches(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Values go to a scale on which 3.0 is 32768 by a shift, to the left if the input's scale is coarse;
    only there can they saturate."""
    tensor = step.node.inputs[0]
    scale = tensor.scale if tensor is not None else 1.0
    x = centred(inputs[0], tensor)
    left = frexp(scale / 128 / 3 * 32768)[1] > 0
    unclipped = (abs(x * scale) < 3) if left else np.zeros(x.shape, bool)
    return {
        "negatives": count(x < 0),
        "shifted_left": x.size * left,
        "negatives_shifted_left": count(x < 0) * left,
        "unclipped": count(unclipped),
        "unclipped_negatives": count(unclipped & (x < 0)),
    }


def reach(node: Node, ends: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    """Its least value is that of -1.5."""
    low, high = ends[0]
    return max(low, -0.375) if high > -3 else 0.0, high


def example(d: Draw) -> Any:
    return d.b.hard_swish(d.image(), **d.out())


SPEC = Spec(
    "HARD_SWISH",
    prepare=prepare,
    geometry=ElementwiseGeometry,
    types=same("int8", "float32"),
    batch=always,
    observe=Observe(branches, over="elements"),
    in_reals=unary(lambda x: x * np.clip(x + 3.0, 0.0, 6.0) / 6.0),
    carry=carry_same,
    reach=Reach(1, reach),
    cell="gate",
    unscaled=(0,),
    example=example,
)
