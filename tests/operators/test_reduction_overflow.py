"""Means and sums that wrap around: TFLM's bits, and a finding that says from how many elements on."""

from __future__ import annotations

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.checks import check

from support.oracle import Interpreter, tflm


def reduction(operator: str, dtype: str, count: int, zero_point: int, scale: float) -> bytes:
    b = ModelBuilder("many")
    x = b.input((1, count, 2), dtype, 0.001, zero_point)
    y = b.tensor((1, 2), dtype, scale, 0)
    b.operator(operator, [x, b.constant(np.array([1], np.int32))], [y], {"keep_dims": False})
    b.output(y)
    return b.build()


@pytest.mark.parametrize("operator", ["MEAN", "SUM"])
@pytest.mark.parametrize(
    ("dtype", "zero_point", "least"),
    [("int16", 0, 65_537), ("int16", 10_000, 50_213), ("int16", -32768, 32_769)],
)
def test_the_first_count_that_wraps(operator: str, dtype: str, zero_point: int, least: int) -> None:
    limits = np.iinfo(dtype)
    worst = limits.min if zero_point >= 0 else limits.max
    wraps = []
    for count in (least - 1, least):
        data = reduction(operator, dtype, count, zero_point, 0.001 if operator == "MEAN" else 200.0)
        values = np.full((1, count, 2), worst, dtype)
        interpreter = Interpreter(data)
        interpreter.set_tensor(0, values)
        interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        (expected,) = tflm(data, [values])
        assert np.array_equal(found, expected)
        wraps.append(bool((found[0, 0] > 0) != (worst > zero_point)))
        rules = {finding.rule: finding for finding in check(data, "cortex-m4").findings}
        assert ("reduction-overflow" in rules) == (count == least)
        if count == least:
            assert f"from {least:,} on" in rules["reduction-overflow"].cause
    assert wraps == [False, True]


def test_bytes_need_millions() -> None:
    data = reduction("MEAN", "int8", 100_000, -128, 0.001)
    assert all(finding.rule != "reduction-overflow" for finding in check(data, "cortex-m4").findings)
