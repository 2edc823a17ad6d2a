"""Running sums of rows of float32, 16 side by side, are those of each row alone."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.kernels import float_reductions
from microinfer.kernels._processor import SWITCH, has_vectors

DRAWS = int(os.environ.get("MICROINFER_EXAMPLES", "200"))


def one_by_one(x: Any, exclusive: bool, reverse: bool) -> Any:
    made = np.empty_like(x)
    for row, target in zip(x, made, strict=True):
        total = np.float32(0)
        for k in range(len(row) - 1, -1, -1) if reverse else range(len(row)):
            after = np.float32(total + row[k])
            target[k] = total if exclusive else after
            total = after
    return made


@pytest.mark.skipif(not has_vectors(), reason="vectors are switched off")
@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_running_sums_of_rows(exclusive: bool, reverse: bool) -> None:
    g = np.random.default_rng(2 * exclusive + reverse)
    for _ in range(max(10, DRAWS // 4)):
        shape = int(g.choice([16, 17, 31, 32, 50])), int(g.choice([16, 17, 31, 32, 40, 100]))
        x = (g.normal(size=shape) * 10.0 ** g.integers(-3, 4, shape)).astype(np.float32)
        x[g.random(shape) < 0.05] = -0.0
        if g.random() < 0.3:
            x[g.random(shape) < 0.02] = g.choice([np.inf, -np.inf, np.nan, 3e38])
        room = np.full(x.size + 2, 7, np.float32)
        y = room[1:-1].reshape(shape)
        run = float_reductions.bind_rows(x, y, exclusive, reverse)
        assert run is not None
        for _ in range(2):
            run()
            with np.errstate(all="ignore"):
                assert_array_equal(y, one_by_one(x, exclusive, reverse))
                signs = ~np.isnan(y)
                expected = np.signbit(one_by_one(x, exclusive, reverse))
            assert_array_equal(np.signbit(y)[signs], expected[signs])
        assert room[0] == room[-1] == 7


def test_few_rows_short_ones_and_those_without_vectors_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    for shape in ((15, 100), (100, 15)):
        x = np.zeros(shape, np.float32)
        assert float_reductions.bind_rows(x, x.copy(), False, False) is None
    monkeypatch.setenv(SWITCH, "off")
    x = np.zeros((16, 16), np.float32)
    assert float_reductions.bind_rows(x, x.copy(), False, False) is None
