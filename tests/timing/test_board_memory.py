"""What a board's memories add: what is fetched once, and a cache that keeps a small network."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from microinfer import ModelBuilder, load, load_profile
from microinfer.deploy.common import Common
from microinfer.deploy.deployment import Deployment, deploy
from microinfer.parts.memories import IDEAL_MEMORY, MemoryTiming

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def dense(wide: int, out: int, timing: MemoryTiming) -> Deployment:
    b = ModelBuilder("dense")
    x = b.input((1, wide), scale=0.1, zero_point=0)
    weights = np.ones((out, wide), np.int8)
    b.output(
        b.fully_connected(x, weights, np.zeros(out, np.int32), weight_scale=0.01, scale=0.1, zero_point=0)
    )
    board = replace(load_profile("raspberry-pi-pico"), timing=timing)
    return deploy(Common(load(b.build())), board, "tflm-pico")


def cycles(at: Deployment) -> int:
    assert at.costs[0].cycles is not None
    return at.costs[0].cycles


def test_weights_are_fetched_once_however_often_they_are_read() -> None:
    ideal = dense(64, 32, IDEAL_MEMORY)
    slow = dense(64, 32, MemoryTiming(weights_once=10.0))
    assert cycles(slow) - cycles(ideal) == 10 * (64 * 32 + 4 * 32)


def test_a_network_that_the_cache_keeps_costs_nothing_anew() -> None:
    kept = dense(64, 32, MemoryTiming(weights_once=10.0, cold=5.0, cache_bytes=1 << 20))
    ideal = dense(64, 32, IDEAL_MEMORY)
    assert cycles(kept) == cycles(ideal)
    cold = dense(64, 32, MemoryTiming(weights_once=10.0, cold=5.0))
    assert kept.costs[0].cycles_high is not None
    assert kept.costs[0].cycles_high >= cycles(cold)


def test_one_byte_too_many_is_fetched_anew() -> None:
    small = dense(64, 32, MemoryTiming(weights_once=10.0, cache_bytes=4096))
    assert cycles(small) > cycles(dense(64, 32, IDEAL_MEMORY))


@pytest.mark.parametrize(("board", "most_outside"), [("raspberry-pi-pico", 1), ("xg24-dk", 1)])
def test_published_operators_lie_inside(shared: Path, board: str, most_outside: int) -> None:
    """The softmax of the Pico's log, and the reshape of the xG24's, take what no kernel of ours does."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import operator_rows
    finally:
        sys.path.remove(str(BENCHMARKS))
    (log,) = (one for one in operator_rows.logs() if one["board"] == board)
    found = operator_rows.held(log)
    assert found is not None
    at, rows = found
    assert sum(not row.inside for row in rows) <= most_outside
    assert at.seconds is not None
    assert at.seconds.low <= log["total_us"] / 1e6 <= at.seconds.high
    assert abs(at.seconds.typical / log["total_us"] * 1e6 - 1) < 0.05
