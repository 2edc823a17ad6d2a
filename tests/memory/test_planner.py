"""The greedy planner, held against a slow second implementation of its specification."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microinfer.memory.greedy import Buffer, lower_bound, peak, place

from support.slow_planner import slow_place


def overlaps(buffers: Sequence[Buffer], offsets: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of buffers that share a byte in a scope in which both are alive."""
    return [
        (a, b)
        for a in range(len(buffers))
        for b in range(a)
        if buffers[a].overlaps(buffers[b])
        and offsets[a] < offsets[b] + buffers[b].size
        and offsets[b] < offsets[a] + buffers[a].size
    ]


@st.composite
def buffer_lists(draw: st.DrawFn, prescribed: bool = False) -> list[Buffer]:
    scopes = draw(st.integers(1, 40))
    sizes = st.one_of(st.integers(0, 40), st.integers(0, 5000), st.sampled_from([16, 64, 64, 128]))
    made = []
    for _ in range(draw(st.integers(0, 40))):
        first = draw(st.integers(0, scopes))
        last = draw(st.integers(first, scopes))
        offset = draw(st.none() | st.integers(0, 600).map(lambda n: 16 * n)) if prescribed else None
        made.append(Buffer(draw(sizes), first, last, offset))
    return made


@given(buffer_lists(), st.sampled_from([1, 4, 16]))
def test_no_two_live_buffers_overlap_and_the_plan_is_the_specification_s(
    buffers: list[Buffer], alignment: int
) -> None:
    offsets = place(buffers, alignment)
    assert list(offsets) == slow_place(buffers, alignment)
    assert overlaps(buffers, offsets) == []
    assert all(offset % alignment == 0 for offset in offsets)
    assert lower_bound(buffers, alignment) <= peak(buffers, offsets, alignment)


@given(buffer_lists(prescribed=True))
def test_prescribed_places_are_kept_and_worked_around(buffers: list[Buffer]) -> None:
    offsets = place(buffers, 16)
    assert list(offsets) == slow_place(buffers, 16)
    for a, b in overlaps(buffers, offsets):
        assert buffers[a].offset is not None
        assert buffers[b].offset is not None


@given(buffer_lists())
@settings(max_examples=50)
def test_lower_bound_is_the_largest_sum_of_live_bytes(buffers: list[Buffer]) -> None:
    scopes = range(max((buffer.last for buffer in buffers), default=0) + 1)
    live = [sum(-(-b.size // 16) * 16 for b in buffers if b.first <= scope <= b.last) for scope in scopes]
    assert lower_bound(buffers, 16) == max(live)


def test_equal_sizes_keep_the_later_index_first() -> None:
    buffers = [Buffer(64, 0, 1), Buffer(64, 0, 1), Buffer(64, 0, 1)]
    assert place(buffers) == (128, 64, 0)


def test_a_gap_is_taken_only_where_the_buffer_fits() -> None:
    buffers = [Buffer(160, 0, 2), Buffer(96, 0, 0), Buffer(80, 1, 2), Buffer(16, 0, 0)]
    assert place(buffers) == (0, 160, 160, 256)


def test_a_gap_of_just_its_size_is_taken() -> None:
    buffers = [Buffer(48, 1, 2), Buffer(48, 0, 2), Buffer(48, 0, 0), Buffer(64, 0, 2)]
    assert place(buffers) == (64, 112, 64, 0)


def test_own_alignment_is_kept_where_the_arena_has_none() -> None:
    buffers = [Buffer(5, 0, 1), Buffer(4, 0, 1, alignment=4)]
    assert place(buffers, 1) == (0, 8)


def test_no_buffers() -> None:
    assert place([]) == ()
    assert peak([], []) == 0
    assert lower_bound([]) == 0


@pytest.mark.parametrize("long_lived", [False, True])
def test_two_thousand_buffers(long_lived: bool) -> None:
    buffers = [
        Buffer((index * 7919) % 5000 + 1, index, 3000 if long_lived else index + index % 17)
        for index in range(2000)
    ]
    assert overlaps(buffers, place(buffers)) == []


@given(st.integers(0, 1 << 32), st.sampled_from([1, 4, 16]), st.booleans())
@settings(max_examples=10)
def test_many_at_once_are_placed_as_few_are(seed: int, alignment: int, beyond: bool) -> None:
    """Hundreds that are alive together are gone through as arrays, unless sizes leave 64 bits."""
    chance = Random(seed)
    buffers = []
    for _ in range(300):
        first = chance.randrange(300)
        offset = 16 * chance.randrange(600) if chance.random() < 0.05 else None
        size = chance.choice(
            [0, 16, 64, chance.randrange(5000), chance.randrange(1 << (70 if beyond else 40))]
        )
        buffers.append(Buffer(size, first, chance.randrange(first, 600), offset, alignment=alignment))
    assert place(buffers, alignment) == tuple(slow_place(buffers, alignment))
