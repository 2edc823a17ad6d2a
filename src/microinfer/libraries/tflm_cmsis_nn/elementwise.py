"""Two operands and one result: what CMSIS-NN has of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..fault import fails, other_bits
from ..kernel import Inner
from ..tflm_reference import elementwise as reference
from ..tflm_reference.elementwise import binary_variant, broadcasts, slow_binary_variant
from .ranks import RANK

if TYPE_CHECKING:
    from ...operators.add import BinaryGeometry
    from ...operators.spec import Step
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..target import Core, Target


def add_mul_variant(geometry: BinaryGeometry, core: Core) -> str:
    if broadcasts(geometry) or geometry.dtype not in {"int8", "int16"}:
        return binary_variant(geometry, core)
    return "elementwise_s8" if geometry.dtype == "int8" else "elementwise_s16"


def extremum_variant(geometry: BinaryGeometry, core: Core) -> str:
    if geometry.dtype != "int8":
        return slow_binary_variant(geometry, core)
    if not broadcasts(geometry):
        return "no_broadcast_s8"
    scalar = min(prod(geometry.shape_1), prod(geometry.shape_2)) == 1
    return "scalar_s8" if scalar else "broadcast_s8"


def elementwise_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    """ADD, MUL: four elements at a time."""
    fours, ones = divmod(g.elements, 4)
    return {"call": 1, "fours": fours, "ones": ones}


def elementwise_16_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    """ADD, MUL of int16: two elements at a time."""
    twos, ones = divmod(g.elements, 2)
    return {"call": 1, "twos": twos, "ones": ones}


def extremum_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def extremum_broadcast_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    """The loops over batch, height, width and channels stop at the first level where the shapes agree or
    one of them is a single element."""
    first, second, output = (_nhwc(shape) for shape in (g.shape_1, g.shape_2, g.output_shape))
    runs, entered, plain = 1, [0, 0, 0], 1
    for level in range(1, 4):
        runs *= output[level - 1]
        entered[level - 1] = runs
        rest = first[level:], second[level:]
        plain = int(rest[0] == rest[1])
        if plain or 1 in {prod(rest[0]), prod(rest[1])}:
            break
    return {
        "call": 1,
        "batches": entered[0],
        "rows": entered[1],
        "columns": entered[2],
        "plain_runs": runs * plain,
        "scalar_runs": runs * (1 - plain),
        "plain_elements": g.elements * plain,
        "scalar_elements": g.elements * (1 - plain),
    }


def _nhwc(shape: tuple[int, ...]) -> tuple[int, ...]:
    """CMSIS-NN sees four dimensions: those of a shorter shape come last."""
    return (1,) * (4 - len(shape)) + shape


def extremum_faults(step: Step, g: BinaryGeometry, target: Target) -> Iterator[Fault]:
    """Of any type: the shapes are taken before the type is looked at."""
    rank = max(len(g.shape_1), len(g.shape_2), len(g.output_shape))
    if rank > RANK:
        yield fails(f"TFLM's glue for CMSIS-NN stops in a check where shapes have {rank} dimensions, above 4")
        return
    if g.dtype != "int8":
        return
    shapes = [(1,) * (RANK - len(shape)) + shape for shape in (g.shape_1, g.shape_2)]
    for one, other in (shapes, shapes[::-1]):
        if one[-2:] == (1, 1) and one[-3] > 1 and other[-2] > 1:
            yield other_bits(f"CMSIS-NN skips rows when it broadcasts {one} over {other}")


def add_faults(step: Step, g: BinaryGeometry, target: Target) -> Iterator[Fault]:
    tensors = [t for t in (*step.node.inputs, *step.node.outputs) if t is not None]
    if g.dtype == "int16" and any(tensor.zero_point for tensor in tensors):
        yield fails(
            "AllocateTensors fails: TFLM's glue for CMSIS-NN wants zero points of 0 in an int16 ADD, which "
            "the reference does not ask for"
        )


_ARITHMETIC = MappingProxyType(
    {"elementwise_s8": Inner(elementwise_counts), "elementwise_s16": Inner(elementwise_16_counts)}
)
_EXTREMA = MappingProxyType(
    {
        "no_broadcast_s8": Inner(extremum_counts),
        "scalar_s8": Inner(extremum_counts),
        "broadcast_s8": Inner(extremum_broadcast_counts),
    }
)

ADD = replace(
    reference.ADD,
    variant=add_mul_variant,
    inner=_ARITHMETIC,
    faults=add_faults,
)

MAXIMUM = replace(
    reference.MAXIMUM,
    variant=extremum_variant,
    inner=_EXTREMA,
    faults=extremum_faults,
)

MINIMUM = replace(
    reference.MINIMUM,
    variant=extremum_variant,
    inner=_EXTREMA,
    faults=extremum_faults,
)

MUL = replace(
    reference.MUL,
    variant=add_mul_variant,
    inner=_ARITHMETIC,
)
