"""TRANSPOSE_CONV in C: each output pixel gathers what reaches it, so that no sums are kept."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...operators.quantization import activation_range, channel_multipliers
from ...operators.transpose_conv import TransposeConvGeometry
from ..kernel import Inner, Kernel
from ..tflm_reference.windowed import transpose_conv_traffic
from .c_source import ByteArray, Parameters, int32_bytes
from .call import Call, unsupported
from .float_layers import bounds_fields, by_dtype, kernel_of
from .int16_layers import wide_factor
from .parameters import window_fields
from .records import requantisation_record

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Place
    from .parameters import Field


def _bias(place: Place, g: TransposeConvGeometry) -> NDArray[Any]:
    if not g.bias:
        return np.zeros(g.output_c, np.float32 if g.dtype == "float32" else np.int64)
    return place.node.constant_input(3).reshape(-1)


def _channels(place: Place, g: TransposeConvGeometry) -> ByteArray:
    """Of each output channel the bias, the taps, and how to rescale a sum."""
    node = place.node
    taps, biases = node.constant_input(1).reshape(g.output_c, -1), _bias(place, g)
    rows = []
    if g.dtype == "float32":
        rows = [np.append(bias, row).astype("<f4").tobytes() for bias, row in zip(biases, taps, strict=True)]
    else:
        factors = channel_multipliers(node.input(2), node.input(1), node.output(0), g.output_c)
        pairs = zip(*(part.tolist() for part in factors), strict=True)
        for bias, row, pair in zip(biases.tolist(), taps, pairs, strict=True):
            if g.dtype == "int8":
                made = int32_bytes(bias), row.tobytes(), requantisation_record(*pair)
            else:
                factor, shift = wide_factor(*pair)
                whole = (bias & (1 << 64) - 1).to_bytes(8, "little")
                made = whole, row.tobytes(), int32_bytes(factor) + bytes([shift])
            rows.append(b"".join(made))
    return ByteArray(f"{place.name}_channels", tuple((row, f"channel {o}") for o, row in enumerate(rows)))


def _limits(place: Place, g: TransposeConvGeometry) -> list[Field]:
    if g.dtype == "float32":
        return bounds_fields(place)
    node = place.node
    source, target = node.input(2), node.output(0)
    low, high = activation_range(node.options["fused_activation_function"], target)
    if g.dtype == "int16":
        named = ("low", low), ("high", high), ("zero_point", 0)
        return [(f"clamp.{name}", "int16_t", int(value)) for name, value in named]
    return [
        ("input_zero_point", "int8_t", source.zero_point),
        ("clamp.low", "int16_t", low - target.zero_point),
        ("clamp.high", "int16_t", high - target.zero_point),
        ("clamp.zero_point", "int8_t", target.zero_point),
    ]


def lower_transpose_conv(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, TransposeConvGeometry)
    if g.output_h + g.pad_h > LARGEST or g.output_w + g.pad_w > LARGEST:
        raise unsupported(place.step, f"reaches further than {LARGEST} pixels")
    (function,) = FUNCTIONS(g)
    channels = _channels(place, g)
    fields: list[Field] = [
        *window_fields(g, g.input_c),
        ("output_c", "uint16_t", g.output_c),
        *_limits(place, g),
        ("channels", "pointer", channels.name),
    ]
    parameters = Parameters(f"{function}_parameters", place.name, tuple(fields))
    arguments = f"&{place.name}", place.input(2), place.output()
    return [Call("transpose_conv.c", function, arguments, (channels, parameters))]


def transposed_counts(g: TransposeConvGeometry, seen: Observed) -> Counts:
    """Taps of each output: the input pixels that reach it."""
    pixels = g.batch * g.output_h * g.output_w
    reached = g.batch * g.vertical.inside * g.horizontal.inside
    return {
        "call": 1,
        "rows": g.batch * g.output_h,
        "pixels": pixels,
        "outputs": pixels * g.output_c,
        "taps": reached * g.output_c,
        "macs": g.macs_executed,
    }


LARGEST = 65535
FUNCTIONS = by_dtype("mi_transpose_conv")

TRANSPOSE_CONV = Kernel(
    variant=kernel_of,
    counts=transposed_counts,
    inner=MappingProxyType({f"bare_c_{dtype}": Inner(transposed_counts) for dtype in ("float32", "int16")}),
    functions=FUNCTIONS,
    traffic=transpose_conv_traffic,
    lower=lower_transpose_conv,
)
