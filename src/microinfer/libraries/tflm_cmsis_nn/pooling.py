"""Pools of CMSIS-NN."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..kernel import Inner
from ..places import Starts, going_up
from ..requests import INT32_BYTES
from ..tflm_reference import windowed as reference
from ..tflm_reference.moving import run_copies
from .other_types import other_type
from .patches import asked
from .vectors import pool_vectors

if TYPE_CHECKING:
    from ...operators.average_pool_2d import PoolGeometry
    from ...operators.window import Axis
    from ..kernel import Counts, Observed
    from ..target import Core


def average_pool_variant(geometry: PoolGeometry, core: Core) -> str:
    return "avgpool_s8" if geometry.dtype == "int8" else other_type(geometry.dtype, "avgpool")


def max_pool_variant(geometry: PoolGeometry, core: Core) -> str:
    return "max_pool_s8" if geometry.dtype == "int8" else other_type(geometry.dtype, "max_pool")


def average_pool_scratch(geometry: PoolGeometry, core: Core) -> tuple[int, ...]:
    if geometry.dtype == "float32" or not core.dsp or core.mve:
        return ()
    return asked(INT32_BYTES * geometry.channels)


def average_pool_counts(g: PoolGeometry, seen: Observed) -> Counts:
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside * g.output_w
    taps = g.batch * g.vertical.inside * g.horizontal.inside
    return {
        "call": 1,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "kernel_rows": rows,
        "taps": taps,
        "outputs": pixels * g.channels,
        "sums": (taps - pixels) * g.channels,
    }


def max_pool_counts(g: PoolGeometry, seen: Observed) -> Counts:
    fours, ones = divmod(g.channels, 4)
    pixels = g.batch * g.output_h * g.output_w
    rows = g.batch * g.vertical.inside * g.output_w
    taps = g.batch * g.vertical.inside * g.horizontal.inside
    compared = taps - pixels
    each = g.output_h * g.output_w * g.channels
    return {
        "call": 1,
        "batches": g.batch,
        "output_rows": g.batch * g.output_h,
        "pixels": pixels,
        "kernel_rows": rows,
        "taps": taps,
        **_first_taps(g),
        "compared_fours": compared * fours,
        "compared_ones": compared * ones,
        "clamped_fours": g.batch * (each // 4),
        "clamped_ones": g.batch * (each % 4),
    }


def _first_taps(g: PoolGeometry) -> Counts:
    """Each output pixel starts as a copy of its first tap."""
    size = g.channels
    column = _first_inside(g.horizontal, size, size)
    row = _first_inside(g.vertical, g.input_w * size, g.output_w * size)
    image = going_up(g.batch, g.input_h * g.input_w * size, g.output_h * g.output_w * size)
    return run_copies(size, image, row, column)


def _first_inside(axis: Axis, source: int, target: int) -> Starts:
    """Where an axis' windows start, the first of them at the input's edge if they start in the padding."""
    edge = min(axis.output, axis.pad // axis.stride + 1)
    start = (edge * axis.stride - axis.pad) * source, edge * target
    found = going_up(edge, 0, target)
    return found + going_up(axis.output - edge, axis.stride * source, target, start)


AVERAGE_POOL_2D = replace(
    reference.AVERAGE_POOL_2D,
    temporaries="i0 o0 i0 o0",
    scratch=average_pool_scratch,
    variant=average_pool_variant,
    inner=MappingProxyType(
        {
            "avgpool_s8": Inner(average_pool_counts, vectors=pool_vectors),
            "avgpool_s16": Inner(average_pool_counts),
        }
    ),
)

MAX_POOL_2D = replace(
    reference.MAX_POOL_2D,
    variant=max_pool_variant,
    inner=MappingProxyType({name: Inner(max_pool_counts) for name in ("max_pool_s8", "max_pool_s16")}),
)
