"""Tensors of types without a size: TFLM allocates nothing beside one, read or not, and neither do we."""

from __future__ import annotations

import pytest

from microinfer import Interpreter, UnsupportedError, check
from microinfer.model.schema import TENSOR_TYPES

from support.flatbuffer_fields import with_unread_tensor

CODES = (*TENSOR_TYPES, 23, 99)


def runs(data: bytes, release: str) -> bool:
    try:
        Interpreter(data, release=release)
    except UnsupportedError:
        return False
    return True


@pytest.mark.parametrize("code", CODES)
def test_the_package_allocates_what_we_do(code: int) -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    data = with_unread_tensor(code)
    try:
        runtime.Interpreter.from_bytes(data, arena_size=1 << 16)
    except RuntimeError:
        allocated = False
    else:
        allocated = True
    assert runs(data, "2026-10") == allocated


@pytest.mark.parametrize("code", CODES)
def test_the_check_says_no_with_that_cause(code: int) -> None:
    data = with_unread_tensor(code)
    for release in ("2026-08", "2026-10"):
        report = check(data, release=release)
        causes = [one for one in report.findings if one.rule == "unsized-type"]
        assert (report.verdict == "no", bool(causes)) == (not runs(data, release),) * 2
        assert all(one.place.startswith("subgraphs[0].tensors[") for one in causes)


def test_an_earlier_release_lacks_some_sizes() -> None:
    eights = [with_unread_tensor(code) for code in (21, 22)]
    assert [runs(data, release) for release in ("2026-08", "2026-10") for data in eights] == [0, 0, 1, 1]


def test_generated_code_holds_no_tensor_that_nobody_reads() -> None:
    assert check(with_unread_tensor(99), "atmega328p", "bare-c").verdict == "yes"
