"""Matrix products of CMSIS-NN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..fault import fails, other_bits
from ..kernel import Inner
from ..requests import INT32_BYTES
from ..tflm_reference import products as reference
from ..tflm_reference.products import (
    BATCH_MATMUL_QUANTIZATION_BYTES,
    batch_matmul_copies,
    fully_connected_channels,
    turned_sides,
)
from .convolution import matrix_product
from .int16_layers import fully_connected_s16_counts, fully_connected_s16_faults
from .other_types import other_type, zero_point_faults
from .patches import matrix_product_traffic
from .ranks import RANK
from .vectors import fully_connected_1x1_vectors, fully_connected_vectors, vector_product

if TYPE_CHECKING:
    from ...operators.batch_matmul import BatchMatmulGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target
    from ..traffic import WeightTraffic


def fully_connected_variant(geometry: FullyConnectedGeometry, core: Core) -> str:
    if geometry.dtype != "int8":
        return other_type(geometry.dtype, "vec_mat")
    if geometry.weight_bits == 4:
        return "vec_mat_s4"
    if geometry.output_rank > 2 and geometry.input_depth % 4 == 0:
        return "conv_1x1_fast"
    return "vec_mat_per_ch" if geometry.per_channel else "vec_mat"


def batch_matmul_variant(geometry: BatchMatmulGeometry, core: Core) -> str:
    return "batch_matmul_s8" if geometry.dtype == "int8" else other_type(geometry.dtype, "batch_matmul")


def _sums_weights(geometry: FullyConnectedGeometry) -> bool:
    """Where MVE takes sums of weights: not in the 1 x 1 convolution, and of int8 alone."""
    return geometry.weight_bits == 8 and geometry.dtype == "int8" and not _runs_as_1_by_1(geometry)


def _runs_as_1_by_1(geometry: FullyConnectedGeometry) -> bool:
    eight = geometry.weight_bits == 8 and geometry.dtype == "int8"
    return eight and geometry.output_rank > 2 and geometry.input_depth % 4 == 0


def fully_connected_scratch(geometry: FullyConnectedGeometry, core: Core) -> tuple[int, ...]:
    """The 1x1 convolution takes multipliers and shifts a channel: per-tensor ones are spread out."""
    if _runs_as_1_by_1(geometry) and not geometry.per_channel:
        return (2 * INT32_BYTES * geometry.output_depth,)
    if core.mve and _sums_weights(geometry) and not geometry.constant:
        return (INT32_BYTES * geometry.output_depth,)
    return ()


def fully_connected_sums(
    geometry: FullyConnectedGeometry, core: Core, layout: StructLayout
) -> tuple[int, ...]:
    """With MVE, sums of constant weights beside what the reference keeps."""
    kept = fully_connected_channels(geometry, core, layout)
    if core.mve and _sums_weights(geometry) and geometry.constant:
        return (*kept, INT32_BYTES * geometry.output_depth)
    return kept


def batch_matmul_scratch(geometry: BatchMatmulGeometry, core: Core) -> tuple[int, ...]:
    return (INT32_BYTES * geometry.output_shape[-1],) if core.mve and geometry.dtype == "int8" else ()


def batch_matmul_persistent(
    geometry: BatchMatmulGeometry, core: Core, layout: StructLayout
) -> tuple[int, ...]:
    quantization = (BATCH_MATMUL_QUANTIZATION_BYTES,) if geometry.dtype in ("int8", "int16") else ()
    dimensions = layout.size("TfLiteIntArray") * (1 + len(geometry.output_shape))
    return (*batch_matmul_copies(geometry, layout), dimensions, *quantization)


def fully_connected_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {"call": 1, **vector_products(g.batch, g.output_depth, g.input_depth)}


def vector_products(rows: int, channels: int, depth: int) -> Counts:
    """`arm_nn_vec_mat_mult_t_s8`, once a row: two outputs, four inputs at a time; eight steps unrolled."""
    fours, ones = divmod(depth, 4)
    pairs, odd = rows * (channels // 2), rows * (channels % 2)
    return {
        "rows": rows,
        "rows_with_pairs": rows * (channels > 1),
        "pairs": pairs,
        "pair_eights": pairs * (fours // 8),
        "pair_fours": pairs * (fours % 8),
        "pair_with_fours": pairs * (fours > 0),
        "pair_ones": pairs * ones,
        "pair_with_ones": pairs * (ones > 0),
        "odd": odd,
        "odd_eights": odd * (fours // 8),
        "odd_fours": odd * (fours % 8),
        "odd_with_fours": odd * (fours > 0),
        "odd_ones": odd * ones,
        "odd_with_ones": odd * (ones > 0),
    }


def fully_connected_1x1_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    """Rank above 2: one matrix product; a single multiplier is first spread over all channels."""
    spread = 0 if g.per_channel else g.output_depth
    product = matrix_product(1, g.batch, g.output_depth, g.input_depth)
    return {"call": 1, "spread_multipliers": spread, "spread_call": int(spread > 0), **product}


def batch_matmul_counts(g: BatchMatmulGeometry, seen: Observed) -> Counts:
    rows = prod(g.output_shape[:-1])
    return {
        "call": 1,
        **turned_sides(g),
        "batches": prod(g.output_shape[:-2]),
        **vector_products(rows, g.output_shape[-1], g.depth),
    }


def batch_matmul_vectors(g: BatchMatmulGeometry, seen: Observed) -> Counts:
    rows, channels = prod(g.output_shape[:-1]), g.output_shape[-1]
    return {
        "call": 1,
        **turned_sides(g),
        "batches": prod(g.output_shape[:-2]),
        **vector_product(rows, channels, g.depth),
    }


def fully_connected_faults(step: Step, g: FullyConnectedGeometry, target: Target) -> Iterator[Fault]:
    yield from zero_point_faults(step, g.dtype)
    if g.dtype == "int16":
        yield from fully_connected_s16_faults(step, g, target)
    if g.dtype == "int16" and g.per_channel:
        yield fails(
            "AllocateTensors fails: TFLM's glue for CMSIS-NN takes one scale for the weights of an int16 "
            f"FULLY_CONNECTED, here are {g.output_depth}"
        )
    weights = step.node.inputs[1]
    if g.dtype == "float32" or weights is None or weights.zero_point == 0:
        return
    left_out = _runs_as_1_by_1(g) or g.weight_bits == 4 or g.dtype == "int16"
    if left_out != g.per_channel:
        yield other_bits(
            f"CMSIS-NN's kernel {'leaves out' if left_out else 'counts'} the weights' zero point "
            f"{weights.zero_point}, the reference {'counts' if left_out else 'leaves out'} it"
        )


def batch_matmul_faults(step: Step, g: BatchMatmulGeometry, target: Target) -> Iterator[Fault]:
    rank = max(len(g.shape_1), len(g.shape_2))
    if rank > RANK:
        yield fails(
            f"AllocateTensors fails: TFLM's glue for CMSIS-NN takes 2 to 4 dimensions, and here are {rank}"
        )


def fully_connected_1x1_traffic(g: FullyConnectedGeometry) -> WeightTraffic:
    return matrix_product_traffic(g.batch, g.input_depth, g.output_depth, 1)


BATCH_MATMUL = replace(
    reference.BATCH_MATMUL,
    persistent=batch_matmul_persistent,
    scratch=batch_matmul_scratch,
    variant=batch_matmul_variant,
    inner=MappingProxyType(
        {
            "batch_matmul_s8": Inner(batch_matmul_counts, vectors=batch_matmul_vectors),
            "batch_matmul_s16": Inner(batch_matmul_counts),
        }
    ),
    faults=batch_matmul_faults,
)

FULLY_CONNECTED = replace(
    reference.FULLY_CONNECTED,
    persistent=fully_connected_sums,
    scratch=fully_connected_scratch,
    variant=fully_connected_variant,
    inner=MappingProxyType(
        {
            "conv_1x1_fast": Inner(
                fully_connected_1x1_counts, fully_connected_1x1_traffic, fully_connected_1x1_vectors
            ),
            "vec_mat": Inner(fully_connected_counts, vectors=fully_connected_vectors),
            "vec_mat_per_ch": Inner(fully_connected_counts, vectors=fully_connected_vectors),
            "vec_mat_s16": Inner(fully_connected_s16_counts),
            "vec_mat_s4": Inner(fully_connected_counts),
        }
    ),
    faults=fully_connected_faults,
    hybrid="",
)
