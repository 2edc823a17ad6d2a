"""What sums over many elements can do to an int32."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..operators.int16_layers import accumulator_bits
from ..operators.mean import ReduceGeometry
from ..operators.quantization import integer_range
from ..operators.registry import row
from ..words.printing import counted
from .finding import Trouble
from .rule import rule
from .subject import Subject, label

__all__: list[str] = []

INT32_MAX = (1 << 31) - 1


def first_wrap(dtype: str, zero_point: int, shift: int = 0) -> int:
    """The least number of elements whose sum can leave an int32, shifted left by `shift` where above 0."""
    low, high = integer_range(dtype)
    up, down = high - zero_point, zero_point - low
    factor = 1 << max(0, shift)
    return min(
        INT32_MAX // (up * factor) + 1 if up > 0 else INT32_MAX,
        (INT32_MAX + 1) // (down * factor) + 1 if down > 0 else INT32_MAX,
    )


@rule("reduction-overflow", "warning")
def reduction_overflow(subject: Subject) -> Iterator[Trouble]:
    """A mean or sum over so many elements that 32 bits do not hold them.

    TFLM adds up the distances from the zero point in an int32 and divides afterwards. Of int16 that wraps
    around from some 65,537 elements of the largest value on: a mean near the top of its range comes out near
    the bottom. No error is given; microinfer gives the same wrong number. Reduce in two steps, each over one
    dimension.
    """
    for step in subject.steps:
        geometry, source = step.geometry, next(iter(step.node.inputs), None)
        spec = row(step.name)
        if spec is None or not spec.sums or not isinstance(geometry, ReduceGeometry) or source is None:
            continue
        if geometry.dtype == "float32":
            continue
        least = first_wrap(geometry.dtype, source.zero_point, geometry.shift)
        if geometry.count >= least:
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)} adds {counted(geometry.count, 'element')} of "
                f"{geometry.dtype}; the "
                f"int32 that holds the sum can wrap around from {least:,} on",
                "reduce one dimension after the other, or pool before it",
                certain=False,
            )


@rule("int16-accumulator", "warning")
def int16_accumulator(subject: Subject) -> Iterator[Trouble]:
    """A layer of int16 data sums in 32 bits, which its weights can overflow.

    TFLM takes 32 bits where the bias is int32, and 64 where it is int64 or left out. A sum that 32 bits do
    not hold wraps around, without an error; microinfer gives the same wrong numbers. TensorFlow's converter
    writes int64 biases; where another one wrote int32, convert with int64 (in onnx2tf and ai-edge-quantizer
    the type of the bias is an option), or scale the input down.
    """
    for step in subject.steps:
        geometry = step.geometry
        if getattr(geometry, "dtype", "") != "int16" or len(step.node.inputs) < 2:
            continue
        weights, bias = (*step.node.inputs, None)[1:3]
        if weights is None or weights.dtype != "int8" or accumulator_bits(step.node) != 32:
            continue
        if weights.data is None:
            worst = 0
        else:
            rows = np.abs(weights.data.astype(np.int64)).reshape(weights.shape[0], -1).sum(axis=1)
            start = 0 if bias is None or bias.data is None else np.abs(bias.data.astype(np.int64)).reshape(-1)
            worst = int((rows * 32768 + start).max(initial=0))
        if worst > INT32_MAX or weights.data is None:
            reach = f"can reach {worst:,}" if worst else "of weights that are computed can reach any size"
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)} sums int16 data in 32 bits, since its bias is int32; the sum "
                f"{reach}, and from {INT32_MAX + 1:,} on it wraps around",
                "give the layer an int64 bias, for which TFLM sums in 64 bits",
                certain=False,
            )
        else:
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)} sums int16 data in 32 bits, since its bias is int32; with "
                f"these weights the sum is at most {worst:,}, so nothing wraps around",
                "keep it, or give the layer an int64 bias, for which TFLM sums in 64 bits",
                severity="note",
            )
