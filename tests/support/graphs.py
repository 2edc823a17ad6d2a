"""Random graphs for the tests of memory: chains, branches, residuals, many inputs and outputs."""

from __future__ import annotations

from random import Random

import numpy as np

from microinfer.builder import Handle, ModelBuilder

SCALE = 0.05
LARGEST = 192


def random_graph(seed: int, operators: int) -> bytes:
    """The file of a model with about so many operators; the same for the same seed."""
    random = Random(seed)
    builder = ModelBuilder(f"graph_{seed}")
    sizes = [random.randrange(1, 80) for _ in range(3)]
    pool = [
        builder.input((1, random.choice(sizes)), scale=SCALE, zero_point=0)
        for _ in range(random.randrange(1, 4))
    ]
    unread = {handle.index: handle for handle in pool}
    for _ in range(operators):
        recent = pool[-random.choice((1, 2, 4, len(pool))) :]
        x = random.choice(recent)
        made = _operator(builder, random, x, pool, sizes)
        unread.pop(x.index, None)
        pool += made
        unread.update((handle.index, handle) for handle in made)
    outputs = [handle for handle in unread.values() if handle not in pool[:1]] or [pool[-1]]
    random.shuffle(outputs)
    builder.output(*outputs[: random.randrange(1, 5)])
    return builder.build()


def _operator(
    builder: ModelBuilder, random: Random, x: Handle, pool: list[Handle], sizes: list[int]
) -> list[Handle]:
    kind = random.choice(("relu", "add", "add", "add", "concatenation", "split", "fully_connected"))
    size = x.shape[1]
    if kind == "add":
        others = [handle for handle in pool if handle.shape == x.shape]
        return [builder.add(x, random.choice(others), scale=SCALE, zero_point=0)]
    if kind == "concatenation":
        other = random.choice(pool)
        if size + other.shape[1] <= LARGEST:
            return [builder.concatenation([x, other], 1)]
    if kind == "split" and size % 2 == 0:
        return list(builder.split(x, 2, 1))
    if kind in ("fully_connected", "split"):
        weights = np.full((random.choice(sizes), size), random.randrange(-9, 9), np.int8)
        return [builder.fully_connected(x, weights, weight_scale=0.01, scale=SCALE, zero_point=0)]
    return [builder.relu(x)]


def wide_graph(branches: int, size: int) -> bytes:
    """All branches are widened first and narrowed last: an order that a better one beats by far."""
    builder = ModelBuilder("wide")
    x = builder.input((1, size), scale=SCALE, zero_point=0)
    wide = [
        builder.fully_connected(
            x, np.full((4 * size, size), 1 + i, np.int8), weight_scale=0.01, scale=SCALE, zero_point=0
        )
        for i in range(branches)
    ]
    narrow = [
        builder.fully_connected(
            y, np.full((size, 4 * size), 1, np.int8), weight_scale=0.01, scale=SCALE, zero_point=0
        )
        for y in wide
    ]
    total = narrow[0]
    for y in narrow[1:]:
        total = builder.add(total, y, scale=SCALE, zero_point=0)
    builder.output(total)
    return builder.build()
