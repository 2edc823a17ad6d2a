"""Descriptions of tensors that are taken at once need what they need one by one."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from microinfer.libraries.layout import struct_layout
from microinfer.memory.endless_arena import EndlessArena
from microinfer.memory.smallest_arena import smallest
from microinfer.model.tables import Quantization, Tensor


def drawn(random: Random) -> Tensor:
    channels = random.choice((0, 1, 1, 5))
    scales = np.full(channels, 0.1, np.float32)
    quantization = Quantization(scales, np.zeros(channels, np.int64), 0) if channels else None
    return Tensor(0, "x", "int8", (1,), quantization)


@pytest.mark.parametrize("pointer_bytes", [4, 8])
@pytest.mark.parametrize("seed", range(20))
def test_at_once_as_one_by_one(seed: int, pointer_bytes: int) -> None:
    random = Random(seed)
    whole, single = EndlessArena(struct_layout(pointer_bytes)), EndlessArena(struct_layout(pointer_bytes))
    for operator in range(30):
        tensors = [drawn(random) for _ in range(random.randrange(4))]
        size, head = random.randrange(1, 40), random.randrange(200)
        for arena in (whole, single):
            arena.operator = operator
        whole.take_tensors(tensors)
        for tensor in tensors:
            single.take_tensors([tensor])
        for arena in (whole, single):
            arena.persist("held", size)
            if operator % 3 == 0:
                arena.reserve(head)
        assert (whole.read, whole.pointer, whole.temporary, whole.crest) == (
            single.read,
            single.pointer,
            single.temporary,
            single.crest,
        )
    assert (whole.needed, whole.needed_in, whole.tail) == (single.needed, single.needed_in, single.tail)
    assert smallest(whole.journal, whole.needed) == smallest(single.journal, single.needed)
