"""Matrix products of TFLM's reference kernels."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING

from ...model.tables import ITEM_BYTES
from ..kernel import Kernel
from ..negative_sums import shaped_bounds, sums_bounds
from ..requests import INT32_BYTES, per_channel
from ..software_float import ARITHMETIC
from ..templates import by_type
from ..traffic import WeightTraffic

if TYPE_CHECKING:
    from ...operators.batch_matmul import BatchMatmulGeometry
    from ...operators.fully_connected import FullyConnectedGeometry
    from ..kernel import Bounds, Counts, Observed
    from ..layout import StructLayout
    from ..target import Core


def fully_connected_variant(geometry: FullyConnectedGeometry, core: Core) -> str:
    if geometry.weight_bits == 4:
        return "reference_int4"
    narrow = geometry.dtype == "int16" and geometry.accumulator_bits == 32
    found = by_type(geometry, "reference_per_channel" if geometry.per_channel else "reference")
    return found + ("_sum32" if narrow else "")


def fully_connected_channels(
    geometry: FullyConnectedGeometry, core: Core, layout: StructLayout
) -> tuple[int, ...]:
    return per_channel(geometry.output_depth) if geometry.per_channel else ()


def unpacked_matrix(geometry: FullyConnectedGeometry, core: Core) -> tuple[int, ...]:
    weights = geometry.input_depth * geometry.output_depth
    return (weights,) if geometry.weight_bits == 4 else ()


BATCH_MATMUL_QUANTIZATION_BYTES = 7 * INT32_BYTES


def transposed_copy(shape: tuple[int, ...], dtype: str, layout: StructLayout) -> tuple[int, ...]:
    """A TfLiteEvalTensor with dimensions and data of its own."""
    dimensions = layout.size("TfLiteIntArray") * (1 + len(shape))
    return layout.size("TfLiteEvalTensor"), dimensions, prod(shape) * ITEM_BYTES.get(dtype, 1)


def batch_matmul_copies(geometry: BatchMatmulGeometry, layout: StructLayout) -> tuple[int, ...]:
    """Transposed operands: the left one where adj_x asks for it, the right one unless adj_y spares it."""
    left = transposed_copy(geometry.shape_1, geometry.dtype, layout) if geometry.adj_x else ()
    right = () if geometry.adj_y else transposed_copy(geometry.shape_2, geometry.dtype, layout)
    return left + right


def batch_matmul_persistent(
    geometry: BatchMatmulGeometry, core: Core, layout: StructLayout
) -> tuple[int, ...]:
    quantization = (BATCH_MATMUL_QUANTIZATION_BYTES,) if geometry.dtype in ("int8", "int16") else ()
    dimensions = layout.size("TfLiteIntArray") * (1 + len(geometry.output_shape))
    return (*quantization, *batch_matmul_copies(geometry, layout), dimensions)


def fully_connected_counts(g: FullyConnectedGeometry, seen: Observed) -> Counts:
    return {
        "call": 1,
        "rows": g.batch,
        "outputs": g.batch * g.output_depth,
        "macs": g.macs,
        **seen,
    }


def batch_matmul_counts(g: BatchMatmulGeometry, seen: Observed) -> Counts:
    """Sides that do not lie as the loops want them are transposed first."""
    columns, rows = g.output_shape[-1], g.output_shape[-2]
    batches = prod(g.output_shape[:-2])
    return {
        "call": 1,
        **turned_sides(g),
        "batches": batches,
        "columns": batches * columns,
        "outputs": batches * columns * rows,
        "macs": g.macs,
        **seen,
    }


def turned_sides(g: BatchMatmulGeometry) -> Counts:
    """The transpositions that BATCH_MATMUL does in every run; a constant is turned only once."""
    turned = [
        *([] if g.adj_y or g.constant_2 else [g.shape_2]),
        *([g.shape_1] if g.adj_x else []),
    ]
    return {
        "turned_sides": len(turned),
        "turned_matrices": sum(prod(shape[:-2]) for shape in turned),
        "turned_rows": sum(prod(shape[:-2]) * shape[-1] for shape in turned),
        "turned_elements": sum(prod(shape) for shape in turned),
    }


def matrix_bounds(g: FullyConnectedGeometry) -> Mapping[str, Bounds]:
    return sums_bounds(g.batch * g.output_depth)


def fully_connected_traffic(g: FullyConnectedGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs)


BATCH_MATMUL = Kernel(
    temporaries="i0 i1 o0",
    persistent=batch_matmul_persistent,
    counts=batch_matmul_counts,
    bounds=shaped_bounds,
)

FULLY_CONNECTED = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1 i2 o0 + +",
    persistent=fully_connected_channels,
    scratch=unpacked_matrix,
    variant=fully_connected_variant,
    counts=fully_connected_counts,
    bounds=matrix_bounds,
    traffic=fully_connected_traffic,
    hybrid="Input type: FLOAT32 with filter type: {weights} not supported.",
)
