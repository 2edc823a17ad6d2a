"""Padding and transposition of CMSIS-NN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..copies import Copies
from ..fault import fails
from ..kernel import Inner
from ..places import places
from ..templates import by_type
from ..tflm_reference import moving as reference
from .ranks import RANK

if TYPE_CHECKING:
    from ...operators.pad import PadGeometry
    from ...operators.spec import Step
    from ...operators.transpose import TransposeGeometry
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..target import Core, Target


def pad_variant(geometry: PadGeometry, core: Core) -> str:
    return "pad_s8" if geometry.item_bytes == 1 else by_type(geometry)


def transpose_variant(geometry: TransposeGeometry, core: Core) -> str:
    return "transpose_s8" if geometry.item_bytes == 1 else by_type(geometry)


def pad_counts(g: PadGeometry, seen: Observed) -> Counts:
    """A fill or a copy for each run of padding or input."""
    shape = (1,) * (4 - len(g.input_shape)) + tuple(g.input_shape)
    before = (0,) * (4 - len(g.before)) + tuple(g.before)
    after = (0,) * (4 - len(g.after)) + tuple(g.after)
    whole = [b + size + a for b, size, a in zip(before, shape, after, strict=True)]
    column, row, block = whole[3], whole[3] * whole[2], whole[3] * whole[2] * whole[1]
    rows, whole_rows = shape[0] * shape[1], shape[3] == whole[3]
    pixels = 0 if whole_rows else rows * shape[2]
    moved = Copies()
    moved.fill(block * before[0], 0)
    moved.fill(block * after[0], block * (before[0] + shape[0]))
    for image, images in places(shape[0]):
        top = block * (before[0] + image)
        moved.fill(row * before[1], top, images)
        moved.fill(row * after[1], top + row * (before[1] + shape[1]), images)
        for line, lines in places(shape[1]):
            start, times = top + row * (before[1] + line), images * lines
            moved.fill(column * before[2], start, times)
            moved.fill(column * after[2], start + column * (before[2] + shape[2]), times)
            source = (image * shape[1] + line) * shape[2] * shape[3]
            if whole_rows:
                moved.copy(shape[2] * shape[3], source, start + column * before[2], times)
                continue
            for pixel, more in places(shape[2]):
                target = start + column * (before[2] + pixel)
                moved.fill(before[3], target, times * more)
                moved.copy(shape[3], source + pixel * shape[3], target + before[3], times * more)
                moved.fill(after[3], target + before[3] + shape[3], times * more)
    return {
        "call": 1,
        "input_rows": rows,
        "pixels": pixels,
        "fills": 2 * (1 + shape[0] + rows + pixels),
        "copies": rows if whole_rows else pixels,
        **moved.counts,
    }


def transpose_counts(g: TransposeGeometry, seen: Observed) -> Counts:
    """Two dimensions in a loop of their own, one in a copy, others in a nest of four over the input."""
    shape = g.input_shape
    elements = prod(shape)
    if len(shape) == 1:
        moved = Copies()
        moved.copy(elements, 0, 0)
        return {"call": 1, **moved.counts}
    if len(shape) == 2:
        return {"call": 1, "flat_rows": shape[0], "flat_elements": elements}
    filled = (1,) * (4 - len(shape)) + shape
    return {
        "call": 1,
        "outer": filled[0] * filled[1],
        "rows": prod(filled[:3]),
        "elements": elements,
    }


def pad_faults(step: Step, g: PadGeometry, target: Target) -> Iterator[Fault]:
    source = step.node.inputs[0]
    extra = len(g.input_shape) - RANK
    if source is None or source.dtype != "int8" or extra <= 0:
        return
    outer = zip(g.input_shape[:extra], g.before[:extra], g.after[:extra], strict=True)
    if any(part != (1, 0, 0) for part in outer):
        yield fails(
            f"CMSIS-NN pads the last four of the {len(g.input_shape)} dimensions and drops those in front: "
            "most of the output is never written"
        )


def transpose_faults(step: Step, g: TransposeGeometry, target: Target) -> Iterator[Fault]:
    source = step.node.inputs[0]
    if source is not None and source.dtype == "int8" and len(g.input_shape) > RANK:
        yield fails(
            f"CMSIS-NN transposes at most four dimensions, here are {len(g.input_shape)}: the output is "
            "never written, and TFLM goes on as if it were"
        )


PAD = replace(
    reference.PAD,
    variant=pad_variant,
    inner=MappingProxyType({"pad_s8": Inner(pad_counts)}),
    faults=pad_faults,
)

PADV2 = replace(
    reference.PADV2,
    variant=pad_variant,
    inner=MappingProxyType({"pad_s8": Inner(pad_counts)}),
    faults=pad_faults,
)

TRANSPOSE = replace(
    reference.TRANSPOSE,
    variant=transpose_variant,
    inner=MappingProxyType({"transpose_s8": Inner(transpose_counts)}),
    faults=transpose_faults,
)
