"""Where the kernels of a build with asserts stop, and others go on: gemmlowp shifts by 31 bits at most.

Source: TFLM 90b983c2, kernels/internal/reference/div.h, on an emulated Cortex-M4 with asserts and without.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import MicroinferError
from ...operators.quantization import integer_range, quantize_multiplier
from ..fault import Fault

if TYPE_CHECKING:
    from ...operators.add import BinaryGeometry
    from ...operators.spec import Step
    from ..target import Target

__all__ = ["division_faults"]

MOST = 31
"""Bits that gemmlowp's RoundingDivideByPOT shifts by at the most."""


def division_faults(step: Step, geometry: BinaryGeometry, target: Target) -> Iterator[Fault]:
    """DIV shifts a quotient by the bits of the divisor and the leading zeros of the dividend: of a dividend
    of 0, which is the input's zero point, by all 31 of them."""
    first, second, result = *step.node.inputs[:2], step.node.outputs[0]
    if not target.build.asserts or first is None or second is None or result is None or first.dtype != "int8":
        return
    shift = _shift(first.scale / (second.scale * result.scale))
    low, high = integer_range(second.dtype)
    if second.data is not None:
        low, high = int(second.data.min()), int(second.data.max())
    largest = max(abs(low - second.zero_point), abs(high - second.zero_point))
    if shift is not None and shift < largest.bit_length() - 1:
        yield Fault(
            "warning",
            f"with asserts the kernel stops where a small x, such as 0, is divided by "
            f"{1 << max(0, shift + 1)} or more steps of y, which may be {largest}: it would shift by more "
            f"than {MOST} bits, as a release build does; compile with -DNDEBUG",
            certain=False,
        )


def _shift(factor: float) -> int | None:
    """Of a factor as TFLM has it; None where it has none, which preparing says."""
    try:
        return quantize_multiplier(factor)[1]
    except MicroinferError:
        return None
