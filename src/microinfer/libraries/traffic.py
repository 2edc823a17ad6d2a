"""How many bytes of weights a kernel reads from where they lie, in order and out of order.

On an ideal memory this costs nothing beyond the load itself; on a board whose flash has wait states
each byte costs more, and a kernel that reads its weights again for every second pixel pays again.
"In order" means that the next byte follows; a depthwise kernel of the reference steps over channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..operators.spec import Geometry
from .geometries import is_modelled

if TYPE_CHECKING:
    from ..operators.conv_2d import Conv2DGeometry
    from ..operators.depthwise_conv_2d import DepthwiseConv2DGeometry
    from ..operators.fully_connected import FullyConnectedGeometry
    from ..operators.svdf import SvdfGeometry
    from ..operators.transpose_conv import TransposeConvGeometry
    from ..operators.unidirectional_sequence_lstm import LstmGeometry

__all__ = ["WeightTraffic", "weight_traffic"]


@dataclass(frozen=True, slots=True)
class WeightTraffic:
    """Bytes of weights read by one run of an operator."""

    in_order: int = 0
    out_of_order: int = 0


Count: TypeAlias = Callable[[Any], WeightTraffic]
_NONE = WeightTraffic()


def weight_traffic(library: str, name: str, variant: str, geometry: Geometry) -> WeightTraffic:
    """Bytes of weights that operator `name` reads; none where it has none."""
    if not is_modelled(name, geometry):
        return _NONE
    found = _CMSIS_NN.get(variant.removesuffix("_s4")) if library == "tflm-cmsis-nn" else None
    found = found or _REFERENCE.get(name)
    return found(geometry) if found is not None else _NONE


def _every_mac(g: Conv2DGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs_executed)


def _every_mac_out_of_order(g: DepthwiseConv2DGeometry) -> WeightTraffic:
    return WeightTraffic(0, g.macs_executed)


def _fully_connected(g: FullyConnectedGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs)


def _transpose_conv(g: TransposeConvGeometry) -> WeightTraffic:
    reached = g.vertical.inside * g.horizontal.inside
    return WeightTraffic(0, g.batch * reached * g.input_c * g.output_c)


def _svdf(g: SvdfGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs)


def _lstm(g: LstmGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs)


def _matrix_product(rows: int, depth: int, channels: int, calls: int) -> WeightTraffic:
    """Once for the sums, then once for every two rows and for a row that is left."""
    return WeightTraffic(calls * (1 + rows // 2 + rows % 2) * depth * channels)


def _convolve_1x1(g: Conv2DGeometry) -> WeightTraffic:
    whole = g.stride_h == g.stride_w == 1
    rows = g.batch * g.input_h * g.input_w if whole else g.output_w
    return _matrix_product(rows, g.input_c, g.output_c, 1 if whole else g.batch * g.output_h)


def _convolve(g: Conv2DGeometry) -> WeightTraffic:
    """Once for every two patches."""
    pixels = g.output_h * g.output_w
    depth = g.kernel_h * g.kernel_w * g.filter_c
    return WeightTraffic(g.batch * (pixels // 2 + pixels % 2) * depth * g.output_c)


def _fully_connected_1x1(g: FullyConnectedGeometry) -> WeightTraffic:
    return _matrix_product(g.batch, g.input_depth, g.output_depth, 1)


def _depthwise(g: DepthwiseConv2DGeometry) -> WeightTraffic:
    """Four channels at a time, that is a word, from rows of channels."""
    return WeightTraffic(g.macs_executed)


def _transpose_convolve(g: TransposeConvGeometry) -> WeightTraffic:
    """The turned filter lies in RAM; the model's own is read once."""
    return WeightTraffic(g.kernel_h * g.kernel_w * g.input_c * g.output_c)


def _transpose_scatter(g: TransposeConvGeometry) -> WeightTraffic:
    runs = g.input_w // 4 + g.input_w % 4 // 2 + g.input_w % 2
    return WeightTraffic(g.batch * g.input_h * runs * g.kernel_h * g.kernel_w * g.input_c * g.output_c)


_REFERENCE: Mapping[str, Count] = MappingProxyType(
    {
        "CONV_2D": _every_mac,
        "DEPTHWISE_CONV_2D": _every_mac_out_of_order,
        "FULLY_CONNECTED": _fully_connected,
        "SVDF": _svdf,
        "TRANSPOSE_CONV": _transpose_conv,
        "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    }
)
_CMSIS_NN: Mapping[str, Count] = MappingProxyType(
    {
        "1_x_n": _convolve,
        "1x1_fast": _convolve_1x1,
        "1x1_strided": _convolve_1x1,
        "conv_1x1_fast": _fully_connected_1x1,
        "convolve_s8": _convolve,
        "dw_3x3": _depthwise,
        "dw_opt": _depthwise,
        "transpose_conv_forward": _transpose_scatter,
        "transpose_conv_reverse": _transpose_convolve,
        "transpose_conv_reverse_spread": _transpose_convolve,
    }
)
