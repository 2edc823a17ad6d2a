"""The smallest arena to the byte: TFLM's own interpreter works in it, and fails in one byte less."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microinfer import Interpreter, load, zoo
from microinfer.builder import ModelBuilder
from microinfer.libraries.target import HOST_TARGET
from microinfer.memory.plan import MemoryPlan
from microinfer.memory.planning import plan_memory
from microinfer.memory.smallest_arena import Event, smallest
from microinfer.model.align import align_up
from microinfer.operators.prepare import prepare

from support.arena_trials import works
from support.graphs import random_graph, wide_graph
from support.single_operators import OPERATORS, model_of

pytest.importorskip("tflite_micro.python.tflite_micro.runtime")


def smallest_on_host(data: bytes) -> int:
    model = load(data)
    recording = plan_memory(model, prepare(model), "tflm-reference", HOST_TARGET).recording
    assert recording is not None
    return recording.min_arena_bytes


def expect_exact(models: dict[str, bytes]) -> None:
    """TFLM works in what is said, and not in a byte less."""
    said = {name: smallest_on_host(data) for name, data in models.items()}
    enough = works([(data, said[name]) for name, data in models.items()])
    less = works([(data, said[name] - 1) for name, data in models.items()])
    assert [name for name, found in zip(models, enough, strict=True) if not found] == []
    assert [name for name, found in zip(models, less, strict=True) if found] == []


def dense(channels: int, depth: int, *, per_channel: bool, chain: int = 1) -> bytes:
    """Fully connected layers, whose multipliers may overwrite a temporary tensor that is read no more."""
    builder = ModelBuilder()
    x = builder.input((1, depth), scale=0.1, zero_point=0)
    for _ in range(chain):
        weights = np.ones((channels, x.shape[1]), np.int8)
        scale: Any = np.full(channels, 0.01) if per_channel else 0.01
        x = builder.fully_connected(x, weights, weight_scale=scale, scale=0.1, zero_point=0)
    builder.output(x)
    return builder.build()


def test_models_of_the_zoo() -> None:
    expect_exact({name: zoo.load(name) for name in zoo.names()})


def test_every_operator_alone() -> None:
    expect_exact({name: model_of(OPERATORS[name]) for name in OPERATORS})


def test_graphs_drawn_at_random() -> None:
    graphs = {f"graph {seed}": random_graph(seed, 1 + seed % 23) for seed in range(60)}
    expect_exact({**graphs, **{f"{n} branches": wide_graph(n, 96) for n in (2, 5, 9)}})


def test_multipliers_over_temporary_tensors() -> None:
    """Where preparing decides: the smallest layers, one scale a channel."""
    drawn = {
        f"{channels} x {depth}, {chain}": dense(channels, depth, per_channel=True, chain=chain)
        for channels in (1, 2, 3, 4, 5, 8, 13, 16, 33, 64, 200)
        for depth in (1, 8, 40)
        for chain in (1, 2)
    }
    expect_exact(drawn)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 300), st.integers(1, 64), st.booleans(), st.integers(1, 3), st.integers(0, 1 << 20))
def test_drawn_models(channels: int, depth: int, per_channel: bool, chain: int, seed: int) -> None:
    layers = dense(channels, depth, per_channel=per_channel, chain=chain)
    expect_exact({"dense": layers, "graph": random_graph(seed, 1 + seed % 40)})


def plan_of(name: str, library: str) -> MemoryPlan:
    return Interpreter(zoo.load(name), "cortex-m4", library=library).plan


def test_on_a_32_bit_core() -> None:
    """Counted on a Cortex-M4: digits works in 2,324 bytes and fails in 2,323."""
    plan = plan_of("digits", "tflm-reference")
    assert (plan.min_arena_bytes, plan.recommended_arena_bytes) == (2324, 2336)
    assert plan.say_recommended() == " (use 2,336)"


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn", "bare-c"])
@pytest.mark.parametrize("name", zoo.names())
def test_the_size_to_use_is_the_next_whole_one(name: str, library: str) -> None:
    plan = plan_of(name, library)
    assert plan.recommended_arena_bytes == align_up(plan.min_arena_bytes, plan.alignment)
    assert plan.recommended_arena_bytes >= plan.arena_used_bytes


def test_padding_takes_up_an_end_that_is_not_aligned() -> None:
    """20 bytes at an alignment of 16 leave 12 unused, so that the arena may end 12 bytes earlier."""
    journal = [Event(20, 16, 64, 1, 0, 0)]
    assert smallest(journal, 96) == 64 + 20
    assert smallest([*journal, Event(0, 1, 80, 16, 0, 0)], 112) == 80 + 20


def test_what_is_overwritten_but_not_read_costs_nothing() -> None:
    """Of 80 to 100 only 92 to 96 are read again: 12 bytes from 80 on may be written, 16 may not."""
    assert smallest([Event(12, 16, 80, 1, 92, 96)], 112) == 80 + 12
    assert smallest([Event(16, 16, 80, 1, 92, 96)], 112) == 96 + 16
