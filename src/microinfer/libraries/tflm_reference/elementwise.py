"""Two operands and one result of the same kind: arithmetic and comparisons of TFLM's reference kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..kernel import Kernel
from ..levels import operand_levels
from ..negative_sums import PLAIN, sums_bounds
from ..software_float import ARITHMETIC
from ..templates import typed
from .asserted_shifts import division_faults

if TYPE_CHECKING:
    from ...operators.add import BinaryGeometry
    from ..kernel import Bounds, Counts, Observed
    from ..target import Core


def broadcasts(geometry: BinaryGeometry) -> bool:
    """Whether the shapes differ once leading dimensions of 1 are left out, as TFLM compares them."""
    rank = max(len(geometry.shape_1), len(geometry.shape_2))
    padded = [(1,) * (rank - len(shape)) + shape for shape in (geometry.shape_1, geometry.shape_2)]
    return padded[0] != padded[1]


def binary_variant(geometry: BinaryGeometry, core: Core) -> str:
    return typed("reference_broadcast" if broadcasts(geometry) else "reference", geometry.dtype)


def shaped_binary_variant(geometry: BinaryGeometry, core: Core) -> str:
    """Kernels that broadcast wherever shapes differ, if only in leading dimensions of 1."""
    return typed("reference_broadcast" if geometry.broadcasts else "reference", geometry.dtype)


def slow_binary_variant(geometry: BinaryGeometry, core: Core) -> str:
    """MAXIMUM and MINIMUM, whose reference is one N-dimensional loop."""
    return typed("reference", geometry.dtype)


def binary_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    counts = broadcast(g) if broadcasts(g) else {"call": 1, "elements": g.elements}
    return counts | dict(seen)


def shaped_binary_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    counts = broadcast(g) if g.broadcasts else {"call": 1, "elements": g.elements}
    return counts | dict(seen)


def broadcast(g: BinaryGeometry) -> Counts:
    """Adjacent dimensions that broadcast alike are fused into one loop; the innermost run is a plain one."""
    loops, innermost = fused_loops(g.shape_1, g.shape_2, g.output_shape)
    calls, entered = 0, 1
    for extent in loops[:-1]:
        entered *= extent
        calls += entered
    return {
        "call": 1,
        "dimensions": max(len(g.shape_1), len(g.shape_2), len(g.output_shape)),
        "loops": len(loops),
        "loop_turns": calls,
        "inner_runs": entered,
        "elements": g.elements,
        "first_fixed": g.elements * (innermost[0] == 0),
        "second_fixed": g.elements * (innermost[0] != 0 and innermost[1] == 0),
    }


def fused_loops(
    first: Sequence[int], second: Sequence[int], output: Sequence[int]
) -> tuple[list[int], tuple[int, int, int]]:
    """Extents of the loops that TFLM's broadcast runs, outermost first, and the strides of the innermost."""
    rank = max(len(first), len(second), len(output))
    shapes = [(1,) * (rank - len(shape)) + tuple(shape) for shape in (first, second, output)]
    loops: list[int] = []
    strides: list[tuple[int, int, int]] = []
    run = [1, 1, 1]
    for axis in range(rank - 1, -1, -1):
        extents = [shape[axis] for shape in shapes]
        stride = tuple(
            0 if extent == 1 and extents[2] != 1 else have for extent, have in zip(extents, run, strict=True)
        )
        fuse = bool(strides) and (
            extents[2] == 1
            or all(
                mine == 0 if before == 0 else mine == have
                for mine, have, before in zip(stride, run, strides[-1], strict=True)
            )
        )
        if fuse:
            loops[-1] *= extents[2]
        else:
            loops.append(extents[2])
            strides.append((stride[0], stride[1], stride[2]))
        run = [have * extent for have, extent in zip(run, extents, strict=True)]
    return loops[::-1], strides[0] if strides else (1, 1, 1)


def mul_bounds(g: BinaryGeometry) -> Mapping[str, Bounds]:
    return sums_bounds(g.elements) if g.dtype not in PLAIN else {}


def add_bounds(g: BinaryGeometry) -> Mapping[str, Bounds]:
    n = g.elements
    return {"negatives": (0, n, 2 * n), "negative_sums": (0, n // 2, n)} if g.dtype not in PLAIN else {}


def comparison_bounds(g: BinaryGeometry) -> Mapping[str, Bounds]:
    n = g.elements
    return {"negatives": (0, n, 2 * n)} if g.dtype not in PLAIN else {}


def prelu_bounds(g: BinaryGeometry) -> Mapping[str, Bounds]:
    n = g.elements
    return {"negatives": (0, n // 2, n), "negative_sums": (0, n // 4, n)}


ADD = SUB = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1 o0",
    variant=binary_variant,
    counts=binary_counts,
    bounds=add_bounds,
    levels=operand_levels,
)

DIV = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1 o0",
    variant=binary_variant,
    counts=binary_counts,
    levels=operand_levels,
    faults=division_faults,
)

EQUAL = GREATER = GREATER_EQUAL = LESS = LESS_EQUAL = NOT_EQUAL = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1",
    variant=binary_variant,
    counts=binary_counts,
    bounds=comparison_bounds,
    levels=operand_levels,
)

FLOOR_DIV = FLOOR_MOD = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1 o0",
    variant=shaped_binary_variant,
    counts=shaped_binary_counts,
    levels=operand_levels,
)

LOGICAL_AND = LOGICAL_OR = Kernel(
    variant=shaped_binary_variant, counts=shaped_binary_counts, levels=operand_levels
)

MAXIMUM = MINIMUM = Kernel(
    software=ARITHMETIC, variant=slow_binary_variant, counts=binary_counts, levels=operand_levels
)

MUL = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1 o0",
    variant=binary_variant,
    counts=binary_counts,
    bounds=mul_bounds,
    levels=operand_levels,
)

PRELU = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1 o0",
    variant=binary_variant,
    counts=binary_counts,
    bounds=prelu_bounds,
    levels=operand_levels,
)

SQUARED_DIFFERENCE = Kernel(
    software=ARITHMETIC,
    temporaries="i0 i1 o0",
    variant=shaped_binary_variant,
    counts=shaped_binary_counts,
    bounds=comparison_bounds,
    levels=operand_levels,
)
