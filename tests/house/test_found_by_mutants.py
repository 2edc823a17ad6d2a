"""What hostile files found, by its kind: memory that a small file takes, and operators without outputs."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from microinfer import Interpreter, check, load, plan
from microinfer.builder import ModelBuilder

MEGABYTE = 1 << 20


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_many_small_products_take_no_more_memory_than_their_numbers() -> None:
    batches = 1 << 16
    b = ModelBuilder("products")
    x = b.input((batches, 2, 3), scale=0.1)
    y = b.input((batches, 3, 4), scale=0.1)
    b.output(b.batch_matmul(x, y, scale=0.1))
    model = load(b.build())
    numbers = batches * (6 + 12 + 8)
    assert peak(lambda: Interpreter(model)) < 4 * numbers + 16 * MEGABYTE


def test_offsets_are_worked_out_where_a_layer_runs_and_not_where_it_is_planned() -> None:
    b = ModelBuilder("wide")
    x = b.input((1, 3, 1 << 19, 4), scale=0.1)
    weights = b.constant(np.ones((1, 3, 3, 4), np.int8), scale=0.1)
    b.output(b.depthwise_conv_2d(x, weights, None, scale=0.1))
    model = load(b.build())
    assert peak(lambda: plan(model)) < 8 * MEGABYTE


@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_an_operator_without_outputs_is_no_mistake_of_ours(name: str) -> None:
    b = ModelBuilder(name)
    x = b.input((4,), scale=0.1)
    y = b.input((4,), scale=0.2)
    b.output(getattr(b, name)(x, y))
    model = load(b.build())
    (graph,) = model.subgraphs
    (operator,) = graph.operators
    without = replace(model, subgraphs=(replace(graph, operators=(replace(operator, outputs=()),)),))
    assert check(without, "cortex-m4").verdict in ("no", "cannot-tell")
