"""Bilinear blends of whole lines, and sums of several terms at once, are those of single elements."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from microinfer import Interpreter
from microinfer.builder import ModelBuilder
from microinfer.kernels import resize

from support.oracle import tflm

DRAWS = int(os.environ.get("MICROINFER_EXAMPLES", "200"))


def blended(x: Any, rows: Any, columns: Any) -> Any:
    """The four pixels by their weights, in whole numbers of Python's."""
    (top, bottom, down), (left, right, across) = rows, columns
    wide = x.astype(np.int64)
    lower, after = down.astype(np.int64)[:, None, None], across.astype(np.int64)[:, None]
    upper, before = 1024 - lower, 1024 - after
    total = wide[:, top][:, :, left] * upper * before + wide[:, bottom][:, :, left] * lower * before
    total += wide[:, top][:, :, right] * upper * after + wide[:, bottom][:, :, right] * lower * after
    return np.sign(total) * ((abs(total) + (1 << 19)) >> 20)


def test_blended_lines_are_blended_pixels() -> None:
    g = np.random.default_rng(3)
    for _ in range(DRAWS):
        shape = [int(n) for n in g.integers(1, 12, 3)]
        channels, centres = int(g.choice([1, 2, 3, 7, 16, 21, 64])), bool(g.integers(2))
        sizes = [int(n) for n in g.integers(1, 30, 2)]
        x = g.integers(-128, 128, (*shape, channels)).astype(np.int8)
        target = np.full((shape[0], *sizes, channels), 77, np.int8)
        pairs = list(zip(shape[1:], sizes, strict=True))
        scales = [(1024 * size + wanted // 2) // wanted for size, wanted in pairs]
        lines = [resize.neighbours(*pair, scale, centres) for pair, scale in zip(pairs, scales, strict=True)]
        if any(int(line[0].max()) >= size for line, (size, _) in zip(lines, pairs, strict=True)):
            continue
        resize.resize_bilinear(x, target, scales, centres)()
        assert_array_equal(target, blended(x, *lines))


@pytest.mark.parametrize("terms", [2, 3, 4, 6])
def test_floats_are_added_in_their_order(terms: int) -> None:
    g = np.random.default_rng(terms)
    b = ModelBuilder()
    b.output(b.add_n([b.input((1, 333), dtype="float32") for _ in range(terms)]))
    model = b.build()
    values = [(g.normal(size=(1, 333)) * 10.0 ** g.integers(-9, 9)).astype(np.float32) for _ in range(terms)]
    for value in values:
        value[0, :3] = -0.0, np.inf, 1e38
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert_array_equal(found.view(np.int32), tflm(model, values)[0].view(np.int32))
