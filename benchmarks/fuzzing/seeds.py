"""The sound models that are damaged: every operator in every type, networks, and several subgraphs in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microinfer import Interpreter, MicroinferError, ModelBuilder, zoo
from microinfer.operators.example import QUANTIZED, Draw
from microinfer.operators.registry import row, rows

from .further_types import further_models
from .positions import Layout, layout_of

__all__ = ["SMALL_BYTES", "Seed", "drawn", "seeds"]

DRAWS = 2
"""Small models of each operator in each type."""
SMALL_BYTES = 64 << 10
"""Networks of the zoo up to this size; what larger ones are built of is in smaller ones, too."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A sound model, and where its fields lie."""

    name: str
    data: bytes
    layout: Layout


class _OneType(Draw):
    """Draws constants of the data's own type, too, for operators that want both inputs alike."""

    __slots__ = ()

    def weights(self, *shape: int) -> NDArray[Any]:
        return self.g.integers(1, 99, shape).astype(self.dtype)


def drawn(operator: str, dtype: str, number: int) -> bytes | None:
    """The example that an operator's row draws in a type, None where it draws none that runs."""
    spec = row(operator)
    assert spec is not None
    for kind in (Draw, _OneType):
        draw = kind(ModelBuilder(operator.lower()), np.random.default_rng(number), dtype)
        try:
            made = spec.example(draw)
            draw.b.output(*(made if isinstance(made, tuple) else (made,)))
            data: bytes = draw.b.build()
            Interpreter(data)
        except (MicroinferError, TypeError, ValueError, OverflowError):
            continue
        return data
    return None


def _variable(dtype: str) -> bytes:
    """What was written one inference ago."""
    b = ModelBuilder("variable")
    scaled = {"scale": 0.1} if dtype in QUANTIZED else {}
    x, held = b.input((2, 3), dtype, **scaled), b.variable("held")
    b.assign_variable(held, x)
    b.output(b.read_variable(held, like=x))
    return b.build()


@cache
def seeds() -> tuple[Seed, ...]:
    """All of them, in an order that stays."""
    return tuple(Seed(name, data, layout_of(data)) for name, data in _models())


def _models() -> Iterator[tuple[str, bytes]]:
    for spec in rows():
        for dtype in spec.types:
            for number in range(DRAWS):
                if (data := drawn(spec.name, dtype, number)) is not None:
                    yield f"{spec.name} {dtype} {number}", data
    yield from further_models()
    for dtype in row("ASSIGN_VARIABLE").types:  # type: ignore[union-attr]
        yield f"variable {dtype}", _variable(dtype)
    for name in zoo.names():
        if len(data := zoo.load(name)) <= SMALL_BYTES:
            yield f"zoo {name}", data
    yield "subgraphs", _calling()


def _calling() -> bytes:
    """A variable, a loop, a branch, and the four subgraphs that they run."""
    b = ModelBuilder("calling")
    scale, zero_point = 0.1, 3

    def fed(part: ModelBuilder) -> object:
        return part.input((1, 6), scale=scale, zero_point=zero_point)

    x, held = fed(b), b.variable("held")
    start, more, turn, other = (b.subgraph(name) for name in ("start", "more", "turn", "other"))
    first = start.constant(np.full((1, 6), 3, np.int8), scale, zero_point)
    start.assign_variable(start.variable("held"), first)
    b.call_once(start)
    x = b.add(x, b.read_variable(held, like=x), scale=scale, zero_point=zero_point)
    b.assign_variable(held, x)
    count, _ = more.input((), "int32"), fed(more)
    more.output(more.compare("LESS", count, more.constant(np.array(3, np.int32))))
    count, value = turn.input((), "int32"), fed(turn)
    turn.output(turn.add(count, turn.constant(np.array(1, np.int32))), turn.relu(value))
    x = b.while_loop(more, turn, [b.constant(np.array(0, np.int32)), x])[1]
    other.output(other.abs(fed(other)))
    zero = b.constant(np.zeros((1, 1), np.int8), scale, zero_point)
    b.output(*b.if_else(b.compare("LESS", zero, b.slice(x, [0, 0], [1, 1])), other, other, [x]))
    return b.build()
