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
from microinfer.timing.board_memory import EVICTED, LOST
from microinfer.timing.prices import CALLER, total

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


@pytest.mark.parametrize(("dtype", "bytes_"), [("int8", 1), ("float32", 4)])
@pytest.mark.parametrize(
    ("board", "library"), [("portenta-h7", "tflm-arduino"), ("ek-ra6m4", "tflm-cmsis-nn")]
)
def test_a_weight_waits_for_as_many_bytes_as_it_has(
    board: str, library: str, dtype: str, bytes_: int
) -> None:
    """A float32 was taken to wait as long as an int8."""
    b = ModelBuilder("dense")
    if dtype == "float32":
        made = b.constant(np.ones((32, 64), np.float32)), np.zeros(32, np.float32)
        b.output(b.fully_connected(b.input((1, 64), dtype), *made))
    else:
        x = b.input((1, 64), scale=0.1, zero_point=0)
        made = np.ones((32, 64), np.int8), np.zeros(32, np.int32)
        b.output(b.fully_connected(x, *made, weight_scale=0.01, scale=0.1, zero_point=0))
    model = Common(load(b.build()))
    part = load_profile(board)
    ideal, slow = (
        cycles(deploy(model, replace(part, timing=timing), library))
        for timing in (IDEAL_MEMORY, MemoryTiming(weights_sequential=5.0, fitted_for=(library,)))
    )
    assert slow - ideal == 5 * bytes_ * 64 * 32


def test_a_network_that_the_cache_keeps_is_fetched_anew_by_a_share() -> None:
    kept = dense(64, 32, MemoryTiming(weights_once=10.0, cold=5.0, cache_bytes=1 << 20))
    ideal = cycles(dense(64, 32, IDEAL_MEMORY))
    fetched = cycles(dense(64, 32, MemoryTiming(weights_once=10.0, cold=5.0))) - ideal
    assert cycles(kept) == pytest.approx(ideal + LOST * fetched, abs=1)
    assert kept.costs[0].cycles_low is not None
    assert kept.costs[0].cycles_high is not None
    assert kept.costs[0].cycles_low <= ideal
    assert kept.costs[0].cycles_high >= ideal + EVICTED * fetched


def test_a_cache_for_code_alone_keeps_the_code_of_a_network_whose_weights_it_does_not_hold() -> None:
    kept = cycles(dense(64, 512, MemoryTiming(cold=5.0, code_cache_bytes=16_384)))
    ideal = cycles(dense(64, 512, IDEAL_MEMORY))
    fetched = cycles(dense(64, 512, MemoryTiming(cold=5.0, code_cache_bytes=1024))) - ideal
    assert fetched > 0
    assert kept == pytest.approx(ideal + LOST * fetched, abs=1)


def test_a_loop_of_a_few_instructions_takes_no_waits_for_them() -> None:
    b = ModelBuilder("real")
    x = b.input((1, 64), "float32")
    b.output(b.fully_connected(x, np.ones((32, 64), np.float32), np.zeros(32, np.float32)))
    board, common = load_profile("nucleo-l4r5zi"), Common(load(b.build()))
    slow, ideal = (
        deploy(common, replace(board, timing=timing), "tflm-cmsis-nn")
        for timing in (MemoryTiming(fetch=1.0), IDEAL_MEMORY)
    )
    assert cycles(slow) == cycles(ideal)
    whole = dense(64, 32, MemoryTiming(fetch=1.0))
    assert cycles(whole) > cycles(dense(64, 32, IDEAL_MEMORY))


def test_an_inference_may_take_no_more_than_its_operators() -> None:
    at = dense(64, 32, MemoryTiming(cold=1.0))
    (cost,) = at.costs
    assert cost.cycles is not None
    assert cost.cycles_high is not None
    found = total(at.costs)
    assert found.cycles == cost.cycles + cost.invocation
    assert found.cycles_low <= cost.cycles
    assert found.cycles_high >= cost.cycles_high + cost.invocation + CALLER


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
