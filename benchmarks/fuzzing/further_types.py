"""Sound models of operators in types that no example of theirs draws: in integers, or in real numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle

__all__ = ["further_models"]


def further_models() -> Iterator[tuple[str, bytes]]:
    """Each with a name of its own, as a seed bears one."""
    g = np.random.default_rng(0)
    b = ModelBuilder("broadcast_args")
    sizes, other = (b.constant(np.array(found, np.int64)) for found in ([2, 1, 3], [4, 1]))
    yield "BROADCAST_ARGS int64", _ended(b, b.broadcast_args(sizes, other))
    b = ModelBuilder("div")
    x, y = b.input((2, 3), "int32"), b.constant(np.array([7, -2, 3], np.int32))
    yield "DIV int32", _ended(b, b.div(x, y, activation="RELU6"))
    for dtype in ("float32", "int32"):
        b = ModelBuilder("fill")
        yield f"FILL {dtype}", _ended(b, b.fill((2, 3), b.input((), dtype)))
    b = ModelBuilder("svdf")
    features, times, bias = (g.normal(size=s).astype(np.float32) for s in ((4, 5), (4, 3), (2,)))
    x = b.input((2, 5), "float32")
    made = b.svdf(x, b.constant(features), b.constant(times), b.constant(bias), rank=2, activation="RELU")
    yield "SVDF float32", _ended(b, made)
    for dtype in ("int16", "int32", "float32"):
        b = ModelBuilder("signal_rfft")
        yield f"SignalRfft {dtype}", _ended(b, b.signal_rfft(b.input((1, 29), dtype), 32))
        b = ModelBuilder("signal_irfft")
        yield f"SignalIrfft {dtype}", _ended(b, b.signal_irfft(b.input((2, 34), dtype), 32))
    for encoded in ("int8", "int32", "uint32"):
        yield f"TFLM_DECODE {encoded}", _decoding(encoded)
    b = ModelBuilder("dynamic_update_slice")
    x, update = b.input((2, 3, 4), "int16", 0.1, 0), b.constant(np.ones((1, 2, 4), np.int16), 0.1, 0)
    yield "DYNAMIC_UPDATE_SLICE int16", _ended(b, b.dynamic_update_slice(x, update, [1, 9, 0]))


def _ended(b: ModelBuilder, made: Handle | Any) -> bytes:
    b.output(made)
    data: bytes = b.build()
    return data


def _decoding(encoded: str) -> bytes:
    """Twelve values by a table of four, two bits each: codes and what is told of them, in words."""
    b = ModelBuilder("tflm_decode")
    about = np.zeros(20, np.uint8)
    about[[1, 4, 5, 6]] = 1, 1, 2, 4
    about[16:] = 3, 250, 9, 100
    codes = np.array([0x1B, 0xE4, 0x27, 0], np.uint8)
    words = (b.constant(found.view(encoded)) for found in (codes, about))
    return _ended(b, b.decode(*words, (3, 4), scale=0.1, zero_point=0))
