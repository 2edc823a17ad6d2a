"""FlexBuffers: as FlatBuffers' own package reads and writes them, and no byte outside is read."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer.model.flexbuffers import DamagedError, read_map, write_map

oracle = pytest.importorskip("flatbuffers.flexbuffers")

WRITTEN = bytes.fromhex("54006666745f6c656e67746800020e0d020001000200070000020505062501")
"""The options of a SignalRfft as TensorFlow's converter wrote them."""

names = st.text("abcdefgT_0", min_size=1, max_size=40)
numbers = st.one_of(
    st.integers(-(1 << 63), (1 << 63) - 1), st.integers(-300, 300), st.floats(-1e30, 1e30), st.booleans()
)
maps = st.dictionaries(names, numbers, max_size=40)


def by_key(data: bytes) -> dict[str, Any]:
    return {entry.key: entry.real for entry in read_map(data)}


@given(maps)
def test_what_is_written_can_be_read(values: dict[str, Any]) -> None:
    data = write_map(values)
    assert oracle.Loads(data) == values == by_key(data)
    assert [entry.key for entry in read_map(data)] == sorted(values, key=str.encode)


@given(maps)
def test_what_others_write_can_be_read(values: dict[str, Any]) -> None:
    assert by_key(bytes(oracle.Dumps(values))) == values


def test_as_the_converter_writes() -> None:
    assert write_map({"fft_length": 512, "T": 7}) == WRITTEN
    assert [(e.key, e.stored, e.real, e.whole) for e in read_map(WRITTEN)] == [
        ("T", 7, 7, True),
        ("fft_length", 512, 512, True),
    ]


def test_vectors_have_no_keys() -> None:
    assert [(e.key, e.real) for e in read_map(bytes(oracle.Dumps([3, -1, 2.5])))] == [
        ("", 3),
        ("", -1),
        ("", 2.5),
    ]


def test_what_is_no_number() -> None:
    (text,) = read_map(bytes(oracle.Dumps({"a": "b"})))
    assert (text.real, text.whole) == (None, False)
    (null,) = read_map(bytes(oracle.Dumps({"a": None})))
    assert (null.real, null.whole, null.is_null) == (0, True, True)
    with pytest.raises(DamagedError, match="type 5, expected a map"):
        read_map(bytes(oracle.Dumps("text")))


@given(st.one_of(st.binary(max_size=60), maps.map(write_map)), st.data())
def test_nothing_outside_is_read(data: bytes, how: Any) -> None:
    changed = bytearray(data)
    for _ in range(how.draw(st.integers(0, 4)) if data else 0):
        changed[how.draw(st.integers(0, len(data) - 1))] = how.draw(st.integers(0, 255))
    damaged = bytes(changed[: how.draw(st.integers(0, len(changed)))])
    with suppress(DamagedError):
        assert len(read_map(damaged)) <= len(damaged)


def test_numbers_of_more_than_64_bits_cannot_be_written() -> None:
    with pytest.raises(OverflowError):
        write_map({"a": 1 << 64})
