"""Copies to very many places are counted by where they lie modulo 4, not one by one."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.checks import check
from microinfer.libraries.pick_tables import pick_sizes, pick_tables
from microinfer.libraries.places import going_up, inside_runs, places, wrapped
from microinfer.libraries.tflm_cmsis_nn import moving as cmsis_moving
from microinfer.libraries.tflm_cmsis_nn import pooling as cmsis_pooling
from microinfer.libraries.tflm_reference import batches, indexed, moving, shaping
from microinfer.operators.average_pool_2d import PoolGeometry
from microinfer.operators.broadcast_to import BroadcastGeometry
from microinfer.operators.embedding_lookup import EmbeddingGeometry
from microinfer.operators.gather import GatherGeometry
from microinfer.operators.gather_nd import GatherNdGeometry
from microinfer.operators.mirror_pad import MirrorPadGeometry
from microinfer.operators.pad import PadGeometry
from microinfer.operators.resize_nearest_neighbor import ResizeGeometry
from microinfer.operators.space_to_batch_nd import BatchSpaceGeometry
from microinfer.operators.strided_slice import StridedSliceGeometry

from support.lines_run import lines_run

MANY = 30_000_001
LINES = 20_000
"""Of Python that a count may run, which no machine's speed changes."""


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 1001])
def test_places_are_all_numbers_modulo_4(count: int) -> None:
    found: Counter[int] = Counter()
    for first, times in places(count):
        found[first % 4] += times
    assert found == Counter(number % 4 for number in range(count))


@pytest.mark.parametrize("count", [0, 1, 3, 5, 17, 40])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_places_along_an_axis_are_each_place(count: int, size: int) -> None:
    each = Counter(((3 + i * size) % 4, (1 - i * 5) % 4) for i in range(count))
    assert going_up(count, size, -5, (3, 1)) == each
    for length in range(1, 9):
        rounds = Counter((i % length * size % 4, i * size % 4) for i in range(count))
        assert wrapped(count, length, size) == rounds


@pytest.mark.parametrize("step", [1, 2, 5])
@pytest.mark.parametrize("before", [0, 1, 4, 11])
@pytest.mark.parametrize("size", [1, 3, 10])
def test_runs_inside_an_axis_are_each_number_inside(step: int, before: int, size: int) -> None:
    phases, count = 2 * step + 1, 4
    found = [
        (p, i)
        for run, numbers in inside_runs(phases, count, step, before, size)
        for p in run
        for i in numbers
    ]
    assert found == [(p, i) for p in range(phases) for i in range(count) if 0 <= i * step + p - before < size]


def small_images(g: BatchSpaceGeometry) -> tuple[int, int]:
    """Pixels that both sides have, and rows of the small images that lie in a large one: one by one."""
    batch, height, width, _ = g.large
    many, rows, columns, _ = g.small
    pixels = lines = 0
    for n in range(many):
        down, across = divmod(n // batch, g.block[1])
        for y in range(rows):
            if 0 <= y * g.block[0] + down - g.before[0] < height:
                lines += 1
                pixels += sum(0 <= x * g.block[1] + across - g.before[1] < width for x in range(columns))
    return pixels, lines


@pytest.mark.parametrize("many", [1, 5, 11, 12])
@pytest.mark.parametrize("before", [(0, 0), (1, 2), (3, 0), (7, 7)])
def test_pixels_of_small_images_are_each_pixel(many: int, before: tuple[int, int]) -> None:
    g = BatchSpaceGeometry((2, 5, 4, 3), (many, 4, 3, 3), (2, 3), before, "int8")
    pixels, lines = small_images(g)
    there, back = batches.space_to_batch_counts(g, None), batches.batch_to_space_counts(g, None)
    assert (there["copies"], there["tests"]) == (pixels, 3 * lines)
    assert (back["copies"], back["pixels"]) == (pixels, 3 * lines)


def test_a_resized_axis_longer_than_what_is_looked_at_at_once_is_each_place() -> None:
    assert moving.NEAREST_AT_ONCE < 140_000
    g = ResizeGeometry(1, 1, 999, 5, 1, 140_000, False, True, "int8")
    starts = [(int((x + 0.5) * (999 / 140_000)) * 5 % 4, x * 5 % 4) for x in range(140_000)]
    counts = moving.resize_nearest_neighbor_counts(g, None)
    one = moving.run_copies(5, Counter(starts))
    assert {event: counts[event] for event in one} == one


POOL = {"kernel_h": 1, "kernel_w": 3, "stride_h": 1, "stride_w": 1, "pad_h": 0, "pad_w": 1}
HOSTILE: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "gather": (shaping.gather_counts, GatherGeometry(1, 3, 7, 3, MANY, "int8", 3, 1, 0)),
    "gather of many": (shaping.gather_counts, GatherGeometry(1, MANY, 7, 3, 3, "int8", 3, 1, 0)),
    "embedding": (indexed.embedding_counts, EmbeddingGeometry(MANY, 9, 3, "int8", "int8", 2)),
    "broadcast": (shaping.broadcast_to_counts, BroadcastGeometry((1, MANY, 1), (3, MANY, 3), "int8")),
    "repeated": (shaping.broadcast_to_counts, BroadcastGeometry((1, 1, 1), (MANY, 1, 1), "int8")),
    "resize": (
        moving.resize_nearest_neighbor_counts,
        ResizeGeometry(1, 1, MANY // 2, 3, 1, MANY, False, False, "int8"),
    ),
    "slice": (
        moving.strided_slice_counts,
        StridedSliceGeometry((MANY, 3), (0, 1), (1, 1), (MANY, 2), "int8"),
    ),
    "space to batch": (
        batches.space_to_batch_counts,
        BatchSpaceGeometry((1, 5000, 5000, 3), (25_000_000, 1, 1, 3), (5000, 5000), (0, 0), "int8"),
    ),
    "batch to space": (
        batches.batch_to_space_counts,
        BatchSpaceGeometry((1, 5000, 5000, 3), (4, 2501, 2501, 3), (2, 2), (1, 1), "int8"),
    ),
    "pad": (
        cmsis_moving.pad_counts,
        PadGeometry((5000, 5000, 1), (5000, 5000, 3), (0, 0, 1), (0, 0, 1), "int8"),
    ),
    "pool": (
        cmsis_pooling.max_pool_counts,
        PoolGeometry(1, 1, MANY, 3, 1, MANY, **POOL),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_tens_of_millions_of_places_are_counted_in_few_steps(name: str) -> None:
    function, geometry = HOSTILE[name]
    assert lines_run(lambda: function(geometry, None)) < LINES


def test_what_is_picked_is_counted_without_the_tables() -> None:
    geometry = ResizeGeometry(MANY, 4, 6, 2, 3, 2, False, True, "int8")
    tracemalloc.start()
    try:
        assert pick_sizes(geometry) == ([1, MANY, 3, 2], 2)
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "geometry",
    [
        ResizeGeometry(2, 4, 6, 2, 3, 2, False, True, "int8"),
        ResizeGeometry(1, 3, 5, 1, 3, 4, True, False, "float32"),
        MirrorPadGeometry((2, 3, 4), (2, 6, 4), (0, 1, 0), (0, 2, 0), False, "int8"),
        MirrorPadGeometry((2, 1, 3, 2, 2), (4, 3, 6, 3, 4), (1, 1, 1, 0, 1), (1, 1, 2, 1, 1), True, "int16"),
        GatherNdGeometry(5, 2, 3, "float32", 2),
    ],
)
def test_sizes_are_those_of_the_tables(geometry: Any) -> None:
    tables, moved = pick_tables(geometry)
    assert pick_sizes(geometry) == ([len(table) for table in tables], moved)


def test_a_reversal_of_many_rows_is_priced_at_once() -> None:
    b = ModelBuilder()
    x = b.input((1, 3958, 3958, 3), "float32")
    b.output(b.reverse_v2(x, (1,)))
    model = b.build()
    assert lines_run(lambda: check(model).to_json()) < 3_000_000
    assert np.prod(x.shape) > 1 << 25
