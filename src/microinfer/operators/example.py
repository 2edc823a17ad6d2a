"""Small models of one operator each, drawn from random numbers: what several operators share.

The builder stands above the operators, so that it is given, never imported.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words.dataclass import dataclass

__all__ = [
    "Draw",
    "draw_binary",
    "draw_branch",
    "draw_compare",
    "draw_loop",
    "draw_paddings",
    "draw_pool",
    "draw_reduce",
    "draw_resize",
    "draw_same",
    "draw_variable",
]

QUANTIZED = ("int8", "uint8", "int16", "uint16")
ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws what a small model is made of, and makes it with `b`, a ModelBuilder."""

    b: Any
    g: np.random.Generator
    dtype: str = "int8"

    def pick(self, *options: Any) -> Any:
        return options[int(self.g.integers(len(options)))]

    def scale(self, low: float = 0.01, high: float = 0.2) -> float:
        return float(np.float32(self.g.uniform(low, high)))

    def out(self) -> dict[str, Any]:
        """A quantisation of its own for an output; none for a real one."""
        if self.dtype not in QUANTIZED:
            return {}
        return {"scale": self.scale(), "zero_point": self.zero()}

    def zero(self) -> int:
        if self.dtype == "int16":
            return 0
        low, high = (0, 256) if self.dtype.startswith("u") else (-128, 128)
        return int(self.g.integers(low, high))

    def image(self, channels: int = 0, shape: tuple[int, ...] = (), batch: int = 1) -> Any:
        """An input; NHWC with even sides where no shape is given."""
        sides = batch, self.pick(2, 4, 6), self.pick(4, 6), channels or self.pick(1, 2, 3, 5)
        return self.b.input(shape or sides, self.dtype, **self.out())

    def real(self, shape: tuple[int, ...] = ()) -> Any:
        """An input of float32; NHWC where no shape is given."""
        return self.b.input(shape or (1, self.pick(2, 4), self.pick(3, 5), self.pick(1, 2, 6)), "float32")

    def never_negative(self, shape: tuple[int, ...]) -> Any:
        """An input whose zero point is the least number of its type, or 0."""
        zero_point = 0 if self.dtype == "int16" else -128
        return self.b.input(shape, self.dtype, scale=self.scale(), zero_point=zero_point)

    def alike(self, x: Any) -> Any:
        """An input of the shape and the quantisation of another."""
        return self.b.input(x.shape, x.dtype, scale=x.scale, zero_point=x.zero_point)

    def truth(self, shape: tuple[int, ...] = ()) -> Any:
        """An input of bool; NHWC where no shape is given."""
        return self.b.input(shape or (1, self.pick(2, 4), self.pick(3, 5), self.pick(1, 2, 6)), "bool")

    def beside(self, x: Any, same: bool = False) -> Any:
        """A second input, broadcast half of the time; quantised as the first where `same`."""
        shape = self.pick(x.shape, (1, 1, 1, x.shape[3]))
        quantization = {"scale": x.scale, "zero_point": x.zero_point} if same else self.out()
        return self.b.input(shape, self.dtype, **quantization)

    def weights(self, *shape: int) -> NDArray[Any]:
        """int8, or real beside real data."""
        if self.dtype == "float32":
            return self.g.normal(size=shape).astype(np.float32)
        return self.g.integers(-127, 128, shape, np.int8)

    def bias(self, count: int) -> NDArray[Any]:
        if self.dtype == "float32":
            return self.g.normal(size=count).astype(np.float32)
        return self.g.integers(-2000, 2000, count, np.int32)

    def window(self, count: int) -> dict[str, Any]:
        """What the operators with weights share, one scale for each of `count` channels."""
        scales = (
            {}
            if self.dtype == "float32"
            else {"weight_scale": [self.scale(0.001, 0.01) for _ in range(count)]}
        )
        return {
            **scales,
            "padding": self.pick("SAME", "VALID"),
            "strides": self.pick((1, 1), (2, 1), (2, 2)),
        } | self.out()

    def activation(self) -> str:
        return str(self.pick(*ACTIVATIONS))


def draw_pool(d: Draw, operator: str) -> Any:
    return getattr(d.b, operator)(
        d.image(), d.pick((2, 2), (2, 3), (1, 4)), strides=d.pick((1, 1), (2, 2)),
        padding=d.pick("SAME", "VALID"), activation=d.activation(),
    )  # fmt: skip


def draw_binary(d: Draw, operator: str) -> Any:
    x = d.image()
    return getattr(d.b, operator)(x, d.beside(x), activation=d.activation(), **d.out())


def draw_same(d: Draw, operator: str) -> Any:
    x = d.image()
    return getattr(d.b, operator)(x, d.beside(x, same=True))


def draw_compare(d: Draw, operator: str, *, equality: bool = False) -> Any:
    x = d.image()
    return d.b.compare(operator, x, d.beside(x, same=d.pick(True, equality)))


def draw_reduce(d: Draw, operator: str, **quantization: Any) -> Any:
    axes = d.pick((1, 2), (1,), (2, 3), (1, 2, 3))
    return getattr(d.b, operator)(d.image(), axes, keep_dims=d.pick(True, False), **quantization)


def draw_paddings(d: Draw) -> list[tuple[int, int]]:
    return [(0, 0), (d.pick(0, 1, 2), d.pick(0, 1)), (d.pick(0, 1), d.pick(0, 2)), (0, d.pick(0, 1))]


def draw_resize(d: Draw, operator: str) -> Any:
    corners = d.pick({}, {"align_corners": True}, {"half_pixel_centers": True})
    return getattr(d.b, operator)(d.image(), (d.pick(3, 7), d.pick(2, 9)), **corners)


def draw_variable(d: Draw) -> Any:
    """A sum that goes on from run to run, with a value of its own to begin with."""
    x = d.image()
    start = d.b.subgraph("start")
    values = start.constant(d.weights(*x.shape).astype(x.dtype), x.scale, x.zero_point)
    start.assign_variable(start.variable("sum"), values)
    d.b.call_once(start)
    held = d.b.variable("sum")
    y = d.b.add(x, d.b.read_variable(held, like=x), scale=x.scale, zero_point=x.zero_point)
    d.b.assign_variable(held, y)
    return y


def draw_branch(d: Draw) -> Any:
    """Which side runs hangs on the data."""
    x = d.image()
    first = d.b.slice(x, [0] * 4, [1] * 4)
    zero = d.b.constant(np.full((1, 1, 1, 1), x.zero_point, np.int8), x.scale, x.zero_point)
    flag = d.b.compare("LESS", zero, first)
    sides = []
    for operator in ("relu", "abs"):
        side = d.b.subgraph(operator)
        taken = side.input(x.shape, d.dtype, x.scale, x.zero_point)
        side.output(getattr(side, operator)(taken, scale=x.scale, zero_point=x.zero_point))
        sides.append(side)
    (y,) = d.b.if_else(flag, *sides, [x])
    return y


def draw_loop(d: Draw) -> Any:
    """So many turns as a constant says."""
    x = d.image()
    first, most = (d.b.constant(np.array(value, np.int32)) for value in (0, d.pick(0, 1, 3)))
    goes_on, body = d.b.subgraph("condition"), d.b.subgraph("body")
    count, limit, _ = (
        goes_on.input(h.shape, h.dtype, h.scales or None, h.zero_points or None) for h in (first, most, x)
    )
    goes_on.output(goes_on.compare("LESS", count, limit))
    count, limit, value = (
        body.input(h.shape, h.dtype, h.scales or None, h.zero_points or None) for h in (first, most, x)
    )
    one = body.constant(np.array(1, np.int32))
    body.output(body.add(count, one), limit, body.relu(value, scale=x.scale, zero_point=x.zero_point))
    return d.b.while_loop(goes_on, body, [first, most, x])[2]
