"""Sets of bytes as ranges, against sets of bytes."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from microinfer import ModelBuilder, load
from microinfer.deploy.deployment import deploy
from microinfer.memory.byte_ranges import ByteRanges
from microinfer.parts.profile import load_profile

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 40)), max_size=30)


@given(steps=STEPS, start=st.integers(0, 40), stop=st.integers(0, 40))
def test_ranges_are_the_bytes(steps: list[tuple[bool, int, int]], start: int, stop: int) -> None:
    ranges, wanted = ByteRanges(), set[int]()
    for more, first, behind in steps:
        if more:
            ranges.add(first, behind)
            wanted |= set(range(first, behind))
        else:
            ranges.remove(first, behind)
            wanted -= set(range(first, behind))
    found = list(ranges.within(start, stop))
    assert {byte for first, behind in found for byte in range(first, behind)} == wanted & set(
        range(start, stop)
    )
    assert all(first < behind for first, behind in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


def test_two_gigabytes_to_chance_take_no_memory() -> None:
    """A file of 600 bytes may say that it weaves images of as many into a larger one."""
    b = ModelBuilder()
    x = b.input((4, 4, 6, 5), "float32")
    y = b.tensor((1 << 20, 7, 12, 5), "float32")
    block, crops = b.constant(np.array([1, 2], np.int32)), b.constant(np.zeros((2, 2), np.int32))
    b.operator("BATCH_TO_SPACE_ND", [x, block, crops], [y])
    b.output(y)
    made = load(b.build())
    tracemalloc.start()
    deploy(made, load_profile("cortex-m7"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20
