"""Where very many buffers are alive together, a tree finds each its place: the one that the rule gives."""

from __future__ import annotations

from random import Random

import pytest

from microinfer.memory.gap_tree import GapTree
from microinfer.memory.greedy import Buffer, _Placed, place

from support.slow_planner import slow_place

COUNT = 400


def buffers(kind: str, chance: Random) -> list[Buffer]:
    """`kind` is how they live: all at once, as branches that are summed, as levels of a U, or in a muddle."""
    made = []
    for index in range(COUNT):
        first, last = {
            "all": (0, COUNT),
            "branches": (index, COUNT + index),
            "nested": (index, 2 * COUNT - index),
            "waves": (index, index + 90 + index % 7),
            "muddle": tuple(sorted(chance.choices(range(COUNT), k=2))),
        }[kind]
        if chance.random() < 0.05:
            last = -1
        size = chance.choice([0, 16, 64, 64, 64, 1000, chance.randrange(1, 5000)])
        offset = 16 * chance.randrange(900) if chance.random() < 0.03 else None
        made.append(Buffer(size, first, last, offset, alignment=chance.choice([1, 4])))
        if kind == "branches" and index:
            made.append(Buffer(64, COUNT + index, COUNT + index + 1, alignment=1))
    return made


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["all", "branches", "nested", "waves", "muddle"])
def test_places_are_the_specification_s(kind: str, seed: int) -> None:
    wanted = buffers(kind, Random(seed))
    assert place(wanted, 16) == tuple(slow_place(wanted, 16))


def test_of_one_size_and_one_life_each_lies_behind_the_last() -> None:
    assert place([Buffer(64, 0, 9)] * 5000) == tuple(range(64 * 4999, -1, -64))


@pytest.mark.parametrize("seed", range(4))
def test_the_tree_says_what_going_through_all_says_or_nothing(seed: int) -> None:
    chance, tree, entries, told = Random(seed), GapTree(), [], 0
    assert tree.first_gap(0, 1, 16) == 0
    for count in range(800):
        first, life = chance.randrange(200), chance.choice([3, 50, 400])
        start, size = 16 * chance.randrange(2000), 16 * chance.randrange(1, 9)
        entry = start, count, start + size, first, first + life
        entries.append(entry)
        tree.add(entry)
        begins, ends, wanted = chance.randrange(200), chance.randrange(200, 500), 16 * chance.randrange(1, 9)
        offset = 0
        for low, _, high, made, gone in sorted(entries):
            if made <= ends and begins <= gone:
                if low - offset >= wanted:
                    break
                offset = max(offset, high)
        found = tree.first_gap(begins, ends, wanted)
        told += found is not None
        assert found in (None, offset)
    assert told > 50


def test_branches_are_placed_by_the_tree_and_a_muddle_by_arrays() -> None:
    for muddled in (False, True):
        chance, placed = Random(1), _Placed(4000, exact=True, aligned=True)
        for index in range(2000):
            first, last = sorted(chance.choices(range(4000), k=2)) if muddled else (index, 4000 + index)
            start = 16 * chance.randrange(2000) if muddled else 16 * index
            placed.add(Buffer(16, first, last), start, start + 16)
        asked = [Buffer(16, *sorted(chance.choices(range(4000), k=2))) for _ in range(300)]
        found = [placed.first_gap(buffer, 800) for buffer in asked]
        assert found == [_Placed._first_gap_of_many(placed._all_rows(), buffer, 800) for buffer in asked]
        assert (placed._tree is None) is muddled
