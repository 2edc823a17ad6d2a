"""Random models that keep variables from run to run: rings of rows, sums, loops and branches over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import ModelBuilder

__all__ = ["random_stream"]


class Rings(list[tuple[str, Any]]):
    """Names of variables, each with a tensor like what it holds; all have one container, or none."""

    def __init__(self, container: str | None) -> None:
        super().__init__()
        self.container = container

    def handle(self, graph: ModelBuilder, name: str) -> Any:
        return graph.variable(name, container=self.container)


def random_stream(seed: int) -> bytes:
    """A model of some layers, each with state of its own, as its seed says."""
    rng = np.random.default_rng(seed)
    b = ModelBuilder(f"stream {seed}")
    shape = 1, int(rng.integers(1, 4)), 1, int(rng.integers(1, 6))
    x = b.input(shape, scale=0.1, zero_point=int(rng.integers(-20, 20)))
    rings = Rings(None if rng.random() < 0.3 else "")
    for layer in range(int(rng.integers(1, 6))):
        kind = rng.choice(["ring", "ring", "sum", "convolution", "loop", "branch"])
        name = f"{kind}_{layer}"
        if kind == "ring":
            x = _ring(b, x, name, int(rng.integers(1, 5)), rng, rings)
        elif kind == "sum":
            x = _sum(b, x, name, rings)
            rings.append((name, x))
        elif kind == "convolution":
            filters = int(rng.integers(1, 6))
            weights = rng.integers(-127, 128, (filters, min(2, x.shape[1]), 1, x.shape[3]), np.int8)
            x = b.conv_2d(x, weights, rng.integers(-99, 99, filters), weight_scale=0.01, padding="VALID",
                          scale=0.1, zero_point=3)  # fmt: skip
        elif kind == "loop":
            x = _loop(b, x, name, rng, rings)
        else:
            x = _branch(b, x, name, rings)
    if rings and rng.random() < 0.7:
        start = b.subgraph("start")
        for name, like in rings:
            if rng.random() < 0.8:
                values = rng.integers(-128, 128, like.shape, np.int8)
                held = start.constant(values, like.scale, like.zero_point)
                start.assign_variable(rings.handle(start, name), held)
        b.call_once(start)
    if rings and rng.random() < 0.3:
        name, like = rings[int(rng.integers(len(rings)))]
        b.output(b.read_variable(rings.handle(b, name), like=like))
    b.output(b.reshape(x, (1, -1)))
    return b.build()


def _ring(b: ModelBuilder, x: Any, name: str, rows: int, rng: np.random.Generator, rings: Rings) -> Any:
    """Rows of earlier runs before this one's; the youngest are kept."""
    handle = rings.handle(b, name)
    like = b.tensor((1, rows, 1, x.shape[3]), "int8", x.scale, x.zero_point)
    whole = b.concatenation([b.read_variable(handle, like=like), x], 1)
    first, last = (0, x.shape[1], 0, 0), whole.shape
    kept = (
        b.strided_slice(whole, first, last)
        if rng.random() < 0.5
        else b.slice(whole, list(first), [-1, rows, -1, -1])
    )
    b.assign_variable(handle, kept)
    rings.append((name, kept))
    return whole


def _sum(b: ModelBuilder, x: Any, name: str, rings: Rings) -> Any:
    handle = rings.handle(b, name)
    x = b.add(x, b.read_variable(handle, like=x), scale=x.scale, zero_point=x.zero_point)
    b.assign_variable(handle, x)
    return x


def _loop(b: ModelBuilder, x: Any, name: str, rng: np.random.Generator, rings: Rings) -> Any:
    """Turns so often as a constant says, with a variable of its own, or one that is passed on."""
    more, turn = b.subgraph(f"{name} more"), b.subgraph(f"{name} turn")
    passes = rng.random() < 0.3
    first = b.constant(np.array(0, np.int32))
    for graph in (more, turn):
        count, value = graph.input((), "int32"), graph.input(x.shape, "int8", x.scale, x.zero_point)
        if passes:
            handle = graph.input((), "resource")
        if graph is more:
            limit = graph.constant(np.array(int(rng.integers(0, 4)), np.int32))
            graph.output(graph.compare("LESS", count, limit))
        else:
            handle = handle if passes else rings.handle(graph, name)
            y = graph.add(value, graph.read_variable(handle, like=x), scale=x.scale, zero_point=x.zero_point)
            graph.assign_variable(handle, y)
            graph.output(graph.add(count, graph.constant(np.array(1, np.int32))), y)
            if passes:
                graph.output(handle)
    given = [first, x]
    if passes:
        handle = rings.handle(b, name)
        b.assign_variable(handle, x)
        given.append(handle)
    rings.append((name, x))
    return b.while_loop(more, turn, given)[1]


def _branch(b: ModelBuilder, x: Any, name: str, rings: Rings) -> Any:
    """One side counts on, the other leaves its variable alone."""
    one, other = b.subgraph(f"{name} then"), b.subgraph(f"{name} else")
    for graph in (one, other):
        value = graph.input(x.shape, "int8", x.scale, x.zero_point)
        graph.output(_sum(graph, value, name, rings) if graph is one else graph.relu(value))
    rings.append((name, x))
    first = b.slice(x, [0] * 4, [1] * 4)
    zero = b.constant(np.full((1, 1, 1, 1), x.zero_point, np.int8), x.scale, x.zero_point)
    return b.if_else(b.compare("LESS", zero, first), one, other, [x])[0]
