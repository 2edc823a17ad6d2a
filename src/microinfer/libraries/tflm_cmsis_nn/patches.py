"""What several of the convolutions of CMSIS-NN share: their shapes, and patches laid out under the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model.align import align_up
from ..traffic import WeightTraffic

if TYPE_CHECKING:
    from ...operators.conv_2d import Conv2DGeometry
    from ..target import Core


INT16_BYTES = 2


MVE_COLUMNS, MVE_BYTES = 4, 16
"""Patches that are laid out at once, and bytes of a vector register."""


def asked(size: int) -> tuple[int, ...]:
    """A request is made for what is not nothing."""
    return (size,) if size > 0 else ()


def patches(taps: int, core: Core) -> int:
    """Patches under the window: two in int16, or with MVE four in int8, whole registers each."""
    if core.mve:
        return MVE_COLUMNS * align_up(taps, MVE_BYTES)
    return 2 * INT16_BYTES * align_up(taps, 4)


UINT16, INT16 = 0xFFFF, 0x7FFF
"""The largest size and the largest position that some convolutions keep."""


def is_1_by_1(geometry: Conv2DGeometry) -> bool:
    return (
        geometry.kernel_h == geometry.kernel_w == geometry.dilation_h == geometry.dilation_w == 1
        and geometry.pad_h == geometry.pad_w == 0
        and geometry.filter_c == geometry.input_c
    )


def is_1_by_n(geometry: Conv2DGeometry) -> bool:
    return (
        geometry.input_h == geometry.kernel_h == geometry.dilation_w == 1
        and geometry.stride_w * geometry.input_c % 4 == 0
        and geometry.filter_c == geometry.input_c
    )


def matrix_product_traffic(rows: int, depth: int, channels: int, calls: int) -> WeightTraffic:
    """Once for the sums, then once for every two rows and for a row that is left."""
    return WeightTraffic(calls * (1 + rows // 2 + rows % 2) * depth * channels)
