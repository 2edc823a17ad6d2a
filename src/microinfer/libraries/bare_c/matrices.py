"""BATCH_MATMUL in C: steps for rows, columns and depth, so that nothing is transposed first."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ...operators.batch_matmul import BatchMatmulGeometry, product_parameters
from ..kernel import Inner, Kernel
from .c_source import ByteArray, Parameters
from .call import Call
from .float_layers import kernel_of
from .int16_layers import wide_factor
from .pair_operands import in_flash

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Constant, Place
    from .parameters import Field

LOOPS = 3
"""Dimensions before rows and columns."""


def _steps(shape: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """In elements from one matrix to the next along each of the output's loops; 0 where it stays."""
    before = [1] * (LOOPS - len(shape) + 2) + list(shape[:-2])
    sizes = [*before, shape[-2], shape[-1]]
    return [0 if sizes[axis] == 1 else prod(sizes[axis + 1 :]) for axis in range(len(wanted))]


def _factors(place: Place, g: BatchMatmulGeometry) -> list[Field]:
    """Zero points, multiplier and shift; real numbers have none."""
    zero_1 = zero_2 = zero = multiplier = shift = 0
    if g.dtype == "int8":
        zero_1, zero_2, multiplier, shift, zero = product_parameters(place.node)
    elif g.dtype == "int16":
        multiplier, shift = wide_factor(*product_parameters(place.node))
    zeros = ("zero_point_1", zero_1), ("zero_point_2", zero_2), ("zero_point", zero)
    return [
        *((name, "int16_t", value) for name, value in zeros),
        ("multiplier", "int32_t", multiplier),
        ("shift", "int8_t", shift),
    ]


def lower_batch_matmul(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, BatchMatmulGeometry)
    sizes = [1] * (LOOPS - len(g.output_shape) + 2) + list(g.output_shape[:-2])
    row_1, depth_1 = (1, g.shape_1[-1]) if g.adj_x else (g.shape_1[-1], 1)
    depth_2, column_2 = (1, g.shape_2[-1]) if g.adj_y else (g.shape_2[-1], 1)
    inside = {"rows": g.output_shape[-2], "columns": g.output_shape[-1], "depth": g.depth}
    inside |= {"row_1": row_1, "depth_1": depth_1, "depth_2": depth_2, "column_2": column_2}
    constants: list[Constant] = []
    inputs, flags = [], []
    for position in (0, 1):
        tensor = place.node.input(position)
        flags.append(int(tensor.data is not None))
        if tensor.data is None:
            inputs.append(place.at(tensor))
            continue
        stored = np.asarray(tensor.data, tensor.data.dtype.newbyteorder("<")).tobytes()
        constants.append(ByteArray(f"{place.name}_input_{position + 1}", ((stored, ""),)))
        inputs.append(in_flash(constants[-1].name, tensor.dtype))
    fields: list[Field] = [
        ("size", "uint16_t", sizes),
        ("batch_1", "uint16_t", _steps(g.shape_1, sizes)),
        ("batch_2", "uint16_t", _steps(g.shape_2, sizes)),
        *((name, "uint16_t", size) for name, size in inside.items()),
        *_factors(place, g),
        ("constant_1", "uint8_t", flags[0]),
        ("constant_2", "uint8_t", flags[1]),
    ]
    parameters = Parameters("mi_batch_matmul_parameters", place.name, tuple(fields))
    arguments = f"&{place.name}", *inputs, place.output()
    return [Call("batch_matmul.c", batch_matmul_functions(g)[0], arguments, (*constants, parameters))]


def batch_matmul_functions(g: BatchMatmulGeometry) -> tuple[str, ...]:
    return (f"mi_batch_matmul_{'float' if g.dtype == 'float32' else g.dtype}",)


def batch_matmul_counts(g: BatchMatmulGeometry, seen: Observed) -> Counts:
    outputs = prod(g.output_shape)
    return {
        "call": 1,
        "matrices": prod(g.output_shape[:-2]),
        "rows": prod(g.output_shape[:-1]),
        "outputs": outputs,
        "macs": g.macs,
        "flash_macs": g.macs * g.constant_2,
    }


BATCH_MATMUL = Kernel(
    variant=kernel_of,
    counts=batch_matmul_counts,
    inner={f"bare_c_{dtype}": Inner(batch_matmul_counts) for dtype in ("float32", "int16")},
    functions=batch_matmul_functions,
    flash=(0, 1),
    lower=lower_batch_matmul,
)
