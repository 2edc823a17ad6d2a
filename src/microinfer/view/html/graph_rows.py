"""The graph as a list with lanes beside it, as version control draws branches: a row an operator.

A tensor that the next row reads is a straight line; one that is read later takes a lane of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...model.tables import Subgraph, Tensor
from ...operators.spec import Step
from ...words.dataclass import dataclass
from .figures import printable, short, whole

__all__ = ["Drawing", "GraphRow", "draw_graph", "shape_of"]

HEIGHT = 46
LANE, LEFT, MOST_LANES = 13, 12, 9


@dataclass(frozen=True, slots=True)
class GraphRow:
    """`kind` is "input", "operator" or "output"; `middle` the dot's place in pixels."""

    kind: str
    number: str
    name: str
    options: str
    shapes: str
    weights: str
    tip: str
    colour: int
    middle: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Rows, lines as SVG paths with what they carry, and the size of the lanes in pixels."""

    rows: tuple[GraphRow, ...]
    lines: tuple[tuple[str, str], ...]
    width: int
    height: int


def shape_of(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "scalar"


def draw_graph(subgraph: Subgraph, steps: Sequence[Step], colours: Mapping[str, int]) -> Drawing:
    """Inputs, operators in the order in which they run, outputs."""
    tensors = subgraph.tensors
    made: dict[int, int] = {}
    read: dict[int, list[int]] = {}
    rows: list[GraphRow] = []
    for index in subgraph.inputs:
        made[index] = len(rows)
        rows.append(_end("input", tensors[index], len(rows)))
    for step in steps:
        for tensor in step.node.inputs:
            if tensor is not None and tensor.index in made:
                read.setdefault(tensor.index, []).append(len(rows))
        made.update((tensor.index, len(rows)) for tensor in step.node.outputs)
        rows.append(_operator(step, colours, len(rows)))
    for index in subgraph.outputs:
        if index in made:
            read.setdefault(index, []).append(len(rows))
        rows.append(_end("output", tensors[index], len(rows)))
    lines, lanes = _lines(made, read, tensors)
    return Drawing(tuple(rows), lines, 2 * LEFT + LANE * lanes, HEIGHT * len(rows))


def _middle(row: int) -> float:
    return row * HEIGHT + HEIGHT / 2


def _end(kind: str, tensor: Tensor, row: int) -> GraphRow:
    return GraphRow(
        kind,
        "",
        kind,
        short(tensor.name),
        f"{tensor.dtype} {shape_of(tensor)}",
        "",
        printable(tensor.name),
        6,
        _middle(row),
    )


def _operator(step: Step, colours: Mapping[str, int], row: int) -> GraphRow:
    node = step.node
    given = [t for t in node.inputs if t is not None and not t.is_constant and not t.is_variable]
    constants = [t for t in node.inputs if t is not None and t.is_constant]
    arrow = " + ".join(map(shape_of, given)) or "constants"
    shapes = f"{arrow} → {', '.join(map(shape_of, node.outputs))}"
    weights = max((t for t in constants if t.quantization), key=lambda t: t.size_bytes, default=None)
    stored = sum(t.size_bytes for t in constants)
    return GraphRow(
        "operator",
        str(step.index),
        printable(step.name),
        _options(step),
        shapes,
        f"{shape_of(weights)} {weights.dtype}, {stored:,} bytes" if weights is not None else "",
        ", ".join(printable(t.name) for t in node.outputs),
        colours.get(step.name, 6),
        _middle(row),
    )


def _options(step: Step) -> str:
    geometry, options = step.geometry, step.node.options
    said = []
    kernel = _pair(geometry, "kernel")
    if kernel:
        said.append("×".join(map(str, kernel)))
    for what, plain in (("stride", (1, 1)), ("dilation", (1, 1))):
        pair = _pair(geometry, what)
        if pair and pair != plain:
            said.append(f"{what} {pair[0] if pair[0] == pair[1] else '×'.join(map(str, pair))}")
    if isinstance(padding := options.get("padding"), str):
        said.append(padding.lower())
    activation = options.get("fused_activation_function")
    if isinstance(activation, str) and activation != "NONE":
        said.append(activation.lower())
    return ", ".join(said)


def _pair(geometry: Any, what: str) -> tuple[int, int] | None:
    high, wide = getattr(geometry, f"{what}_h", None), getattr(geometry, f"{what}_w", None)
    return (high, wide) if isinstance(high, int) and isinstance(wide, int) else None


def _lines(
    made: Mapping[int, int], read: Mapping[int, Sequence[int]], tensors: Sequence[Tensor]
) -> tuple[tuple[tuple[str, str], ...], int]:
    """A path for every tensor, and how many lanes they take beside the first."""
    lines: list[tuple[str, str]] = []
    busy: list[int] = []
    for index, start in sorted(made.items(), key=lambda item: item[1]):
        ends = sorted(set(read.get(index, ())))
        told = f"{whole(tensors[index].name)}: {tensors[index].dtype} {shape_of(tensors[index])}"
        if start + 1 in ends:
            lines.append((f"M{LEFT} {_middle(start):g}V{_middle(start + 1):g}", told))
        later = [end for end in ends if end > start + 1]
        if later:
            free = next((k for k, until in enumerate(busy) if until <= start), len(busy))
            lane = min(free, MOST_LANES - 1)
            if lane == len(busy):
                busy.append(0)
            busy[lane] = max(busy[lane], later[-1])
            lines.append((_path(start, later, LEFT + LANE * (lane + 1)), told))
    return tuple(lines), len(busy)


def _path(start: int, ends: Sequence[int], x: int) -> str:
    """Out of the first lane, down, and back in at every end."""
    bend, y = HEIGHT * 0.8, _middle(start)
    path = [f"M{LEFT} {y:g}C{LEFT} {y + bend / 2:g} {x} {y + bend / 2:g} {x} {y + bend:g}"]
    path.append(f"V{_middle(ends[-1]) - bend:g}")
    for end in ends:
        y = _middle(end)
        path.append(f"M{x} {y - bend:g}C{x} {y - bend / 2:g} {LEFT} {y - bend / 2:g} {LEFT} {y:g}")
    return "".join(path)
