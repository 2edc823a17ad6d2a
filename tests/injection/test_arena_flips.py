"""Flips in the arena: what TFLM's runtime can show of them, and what follows from where and when."""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import ModelBuilder, zoo
from microinfer.injection.arena_flips import ArenaFlips, Strike

from support.flipping import specimen_of, with_state
from support.oracle import tflm


def test_a_flip_of_an_input_is_a_flipped_input() -> None:
    model = zoo.load("digits")
    specimen = specimen_of(model)
    flips = ArenaFlips(specimen)
    graph = specimen.interpreter.subgraph
    offset = flips.plan.tensor_offsets[graph.inputs[0]]
    shape = graph.tensors[graph.inputs[0]].shape
    for number in range(60):
        at, bit, sample = number % specimen.x[0][0].size, number % 8, number % specimen.samples
        flips.try_(number, Strike(offset + at, bit, 0, sample, 0))
        struck = specimen.x[0][sample].copy()
        struck.reshape(-1).view(np.uint8)[at] ^= 1 << bit
        wanted = tflm(model, [struck.reshape(shape)])[0]
        assert flips.outputs is not None
        np.testing.assert_array_equal(flips.outputs[0].reshape(-1), wanted.reshape(-1))


def test_a_flip_between_two_operators_is_that_of_the_second_half_alone() -> None:
    """A network in two files: what goes from one to the other is flipped on the way."""
    generator = np.random.default_rng(2)
    weights = [generator.integers(-60, 60, size, np.int8) for size in ((5, 8), (4, 5))]

    def layers(builder: ModelBuilder, x: Any, first: int, last: int) -> Any:
        for w in weights[first:last]:
            x = builder.fully_connected(x, w, weight_scale=0.02, scale=0.1)
        return x

    def made(inputs: int, first: int, last: int) -> bytes:
        builder = ModelBuilder()
        builder.output(layers(builder, builder.input((1, inputs), scale=0.1, zero_point=0), first, last))
        return builder.build()

    model, half, rest = made(8, 0, 2), made(8, 0, 1), made(5, 1, 2)
    specimen = specimen_of(model)
    flips = ArenaFlips(specimen)
    middle = specimen.interpreter.steps[0].node.outputs[0].index
    for number in range(40):
        at, bit, sample, late = number % 5, number % 8, number % specimen.samples, bool(number % 2)
        step = 0 if late else 1
        strike = Strike(flips.plan.tensor_offsets[middle] + at, bit, step, sample, 0, late)
        trial = flips.try_(number, strike)
        assert (trial.tensor, trial.kind) == (middle, "output" if late else "activation")
        between = tflm(half, [specimen.x[0][sample].reshape(1, 8)])[0]
        between.view(np.uint8).reshape(-1)[at] ^= 1 << bit
        assert flips.outputs is not None
        np.testing.assert_array_equal(flips.outputs[0].reshape(-1), tflm(rest, [between])[0].reshape(-1))


def test_a_free_byte_changes_nothing() -> None:
    specimen = specimen_of(zoo.load("digits"))
    flips = ArenaFlips(specimen)
    seen = 0
    for number in range(800):
        trial = flips.try_(number, flips.draw(0, number))
        if trial.kind == "free":
            assert (trial.outcome, trial.repeated) == ("masked", 0)
            seen += 1
        if trial.kind == "output" and not trial.late:
            assert trial.outcome == "masked", "what is about to be written is written over"
    assert seen > 50


def test_a_state_that_is_struck_lasts() -> None:
    specimen = specimen_of(with_state(), 4, steps=6)
    assert specimen.sequences == 6
    flips = ArenaFlips(specimen)
    state = specimen.interpreter.steps[0].node.inputs[4]
    assert state is not None
    start = flips.plan.tensor_offsets[state.index]
    changed = 0
    for at in range(0, state.size_bytes, 2):
        trial = flips.try_(at, Strike(start + at + 1, 5, 0, 0, 2))
        assert trial.kind == "state"
        changed += trial.outcome != "masked"
    assert changed
