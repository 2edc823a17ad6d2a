"""What sums over many elements can do to an int32."""

from __future__ import annotations

from collections.abc import Iterator

from ..operators.mean import ReduceGeometry
from ..operators.quantization import integer_range
from ..operators.registry import row
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
        geometry, source = step.geometry, step.node.inputs[0]
        spec = row(step.name)
        if spec is None or not spec.sums or not isinstance(geometry, ReduceGeometry) or source is None:
            continue
        least = first_wrap(geometry.dtype, source.zero_point, geometry.shift)
        if geometry.count >= least:
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)} adds {geometry.count:,} elements of {geometry.dtype}; the "
                f"int32 that holds the sum can wrap around from {least:,} on",
                "reduce one dimension after the other, or pool before it",
                certain=False,
            )
