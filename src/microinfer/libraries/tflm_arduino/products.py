"""Matrix products of CMSIS-NN V.11, as the Arduino library has them: one scale for all weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..fault import fails, other_bits
from ..kernel import Inner
from ..requests import INT32_BYTES
from ..tflm_cmsis_nn import products
from ..tflm_cmsis_nn.int16_layers import fully_connected_s16_counts
from ..tflm_cmsis_nn.other_types import zero_point_faults
from ..tflm_cmsis_nn.patches import asked

if TYPE_CHECKING:
    from ...operators.fully_connected import FullyConnectedGeometry
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target


def _is_convolution(g: FullyConnectedGeometry) -> bool:
    return g.dtype == "int8" and g.output_rank > 2 and g.input_depth % 4 == 0


def fully_connected_variant(g: FullyConnectedGeometry, core: Core) -> str:
    return products.fully_connected_variant(replace(g, weight_bits=8, per_channel=False), core)


def fully_connected_channels(g: FullyConnectedGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """The one multiplier and shift, spread over all channels for the 1 x 1 convolution."""
    return (INT32_BYTES * g.output_depth,) * 2 if _is_convolution(g) else ()


def fully_connected_scratch(g: FullyConnectedGeometry, core: Core) -> tuple[int, ...]:
    """Weights of 4 bits are unpacked first."""
    return asked(g.input_depth * g.output_depth) if g.weight_bits == 4 else ()


def fully_connected_1x1_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return products.fully_connected_1x1_counts(replace(g, per_channel=False), seen)


def fully_connected_faults(step: Step, g: FullyConnectedGeometry, target: Target) -> Iterator[Fault]:
    yield from zero_point_faults(step, g.dtype)
    if g.per_channel and g.dtype != "float32":
        yield other_bits(
            f"the Arduino library of 2023 takes the first of {g.output_depth} scales for all weights of a "
            "FULLY_CONNECTED: convert with one scale for a whole tensor"
        )
    if g.dtype == "int8" and not 2 <= g.output_rank <= 4:
        yield fails(f"the Arduino library's FULLY_CONNECTED takes 2 to 4 dimensions, not {g.output_rank}")


FULLY_CONNECTED = replace(
    products.FULLY_CONNECTED,
    temporaries="i0 i1 i2 o0 + +",
    persistent=fully_connected_channels,
    scratch=fully_connected_scratch,
    variant=fully_connected_variant,
    inner=MappingProxyType(
        {
            "conv_1x1_fast": Inner(fully_connected_1x1_counts, products.fully_connected_1x1_traffic),
            "vec_mat": Inner(products.fully_connected_counts),
            "vec_mat_s16": Inner(fully_connected_s16_counts),
        }
    ),
    faults=fully_connected_faults,
)
