"""Copies to very many places are counted by where they lie modulo 4, not one by one."""

from __future__ import annotations

from collections import Counter
from time import process_time

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.checks import check
from microinfer.libraries.copies import places


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 1001])
def test_places_are_all_numbers_modulo_4(count: int) -> None:
    found: Counter[int] = Counter()
    for first, times in places(count):
        found[first % 4] += times
    assert found == Counter(number % 4 for number in range(count))


def test_a_reversal_of_many_rows_is_priced_at_once() -> None:
    b = ModelBuilder()
    x = b.input((1, 3958, 3958, 3), "float32")
    b.output(b.reverse_v2(x, (1,)))
    began = process_time()
    check(b.build()).to_json()
    assert process_time() - began < 1
    assert np.prod(x.shape) > 1 << 25
