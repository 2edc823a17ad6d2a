"""Input patterns against a loop that does what their description says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microinfer.errors import InputError
from microinfer.run.patterns import pattern

DTYPES = ("int8", "uint8", "int16", "int32", "int64", "bool", "float32")


def slow(number: int, count: int, dtype: str) -> list[Any]:
    found: list[Any] = []
    state = 12345
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        small = (i * 31 + 7) % 256 - 128 if number == 0 else (state >> 24) - 128
        wide = (i * 12345 + 6789) % 65536 - 32768 if number == 0 else (state >> 16) - 32768
        value: Any = {"uint8": small + 128, "int16": wide, "bool": bool(small & 1)}.get(dtype, small)
        found.append(small / 128 if dtype == "float32" else value)
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", [0, 1])
def test_pattern_is_what_it_says(number: int, dtype: str) -> None:
    made = pattern(number, (7, 1, 113), dtype)
    assert made.dtype == dtype
    np.testing.assert_array_equal(made.ravel(), np.array(slow(number, 791, dtype), dtype))


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint32", "float32"])
@pytest.mark.parametrize("number", [0, 1])
def test_patterns_longer_than_their_period(number: int, dtype: str) -> None:
    made = pattern(number, (70_001,), dtype)
    expected = slow(number, 70_001, dtype)
    np.testing.assert_array_equal(
        made, np.array(expected, "int64" if dtype == "uint32" else dtype).astype(dtype)
    )


def test_shapes_without_elements_or_dimensions() -> None:
    assert pattern(1, (3, 0), "int8").shape == (3, 0)
    assert pattern(1, (), "int8").shape == ()


@pytest.mark.parametrize(("number", "dtype"), [(2, "int8"), (0, "string"), (0, "int4"), (1, "complex64")])
def test_what_there_is_no_pattern_for(number: int, dtype: str) -> None:
    with pytest.raises(InputError):
        pattern(number, (1,), dtype)
