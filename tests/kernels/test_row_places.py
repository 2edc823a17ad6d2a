"""The first of the largest numbers of each row, by vectors and without, for rows of any number and length."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer.kernels._processor import SWITCH, has_vectors
from microinfer.operators.reduced_axes import bind_extreme

DRAWS = int(os.environ.get("MICROINFER_EXAMPLES", "200"))


def one_by_one(x: Any, name: str) -> list[int]:
    found = []
    for row in x.tolist():
        best, where = row[0], 0
        for place, value in enumerate(row):
            if value > best if name == "largest" else value < best:
                best, where = value, place
        found.append(where)
    return found


def drawn(g: np.random.Generator, shape: tuple[int, int], dtype: str) -> Any:
    if dtype == "int8":
        low = int(g.choice([-128, -3, 120]))
        return g.integers(low, min(low + int(g.integers(2, 256)), 128), shape).astype(np.int8)
    x = g.integers(-4, 5, shape).astype(np.float32)
    odd = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45], np.float32)
    spots = g.random(shape) < g.choice([0.0, 0.1, 0.9])
    x[spots] = g.choice(odd, int(spots.sum()))
    return x


@pytest.mark.parametrize("name", ["largest", "least"])
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_places_in_rows(name: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    g = np.random.default_rng(len(name + dtype))
    seen, by_vectors = set(), has_vectors()
    for draw in range(DRAWS):
        monkeypatch.setenv(SWITCH, "off" if draw % 4 == 0 else "on")
        rows = int(g.choice([1, 2, 63, 64, 65, 79, 200]))
        count = int(g.choice([*range(1, 35), 63, 64, 65, 127, 255, 256, 257, 700]))
        x = drawn(g, (rows, count), dtype)
        y = np.full(rows + 2, -7, np.int32)
        run: Any = bind_extreme(x.reshape(rows, count, 1), y[1:-1], name, place=True)
        run()
        assert_array_equal(y, [-7, *one_by_one(x, name), -7])
        if hasattr(run, "kernel"):
            seen.add(run.kernel.py_func.__name__)
    wanted = {f"place_of_{name}_{dtype}_rows"}
    assert seen == (wanted | {f"place_of_{name}_{dtype}_short_rows"} if by_vectors else wanted)
