"""The same network with a smaller input or fewer channels: shapes carried through the graph, weights zero.

Only geometry matters to memory and time, so the weights of a rescaled model are zeros that take no room,
and scales are repeated. Every operator whose tensors changed is prepared again, with all of its checks: a
rescaled model that comes out of here is one that would load. Where a shape cannot be carried through an
operator, there is no rescaled model.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..model.tables import Model, Tensor
from ..model.whole import whole
from ..operators.prepare import prepare_node
from ..operators.registry import row
from ..operators.resolver import OpResolver
from ..operators.scaling import Scaling, Shape, Unscalable, reshaped
from ..operators.spec import Step, resolve
from ..words.dataclass import dataclass, replace
from .fixed_needs import SCALE_BYTES, scales
from .subject import Examined

__all__ = ["GRAIN", "Rescaled", "Unscalable", "heads", "image_input", "is_layer", "rescale", "smaller_sizes"]

SMALLEST_IMAGE, MOST_SIZES = 4, 4096
GRAIN = 8
"""Image sizes and numbers of channels that were multiples of 8 or 4 stay so."""


@dataclass(frozen=True, slots=True, eq=False)
class Rescaled:
    """`bytes_saved`: weights, biases, scales and zero points that the file no longer holds."""

    model: Model
    steps: tuple[Step, ...]
    bytes_saved: int


def smaller_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Smaller images of the same proportions, largest first; multiples of 8 where the image is one."""
    longest = max(height, width)
    grain = next(g for g in (GRAIN, GRAIN // 2, 1) if longest % g == 0 and (longest >= 4 * g or g == 1))
    grain *= -(-longest // (grain * MOST_SIZES))
    longs = range(longest - grain, SMALLEST_IMAGE - 1, -grain)

    def scaled(side: int, long: int) -> int:
        return 1 if side == 1 else max(1, round(side * long / longest))

    return list(dict.fromkeys((scaled(height, long), scaled(width, long)) for long in longs))


def image_input(examined: Examined) -> Tensor | None:
    """The tensor that the first windowed operator slides over, if it has a height or a width above 1."""
    for node in examined.nodes:
        spec = row(node.operator.name)
        if spec is not None and spec.slides and node.inputs and node.inputs[0] is not None:
            source = node.inputs[0]
            if len(source.shape) == 4 and max(source.shape[1:3]) > 1:
                return source
    return None


def is_layer(name: str) -> bool:
    """Whether the operator's number of output channels is free."""
    spec = row(name)
    return spec is not None and spec.weights is not None and spec.weights.free_channels


def heads(model: Model) -> frozenset[int]:
    """Layers whose channels are the model's outputs, by operator index: their number is not free."""
    graph = model.subgraphs[0]
    makers = {index: operator for operator in graph.operators for index in operator.outputs}
    found, todo, seen = set(), list(graph.outputs), set()
    while todo:
        index = todo.pop()
        maker = makers.get(index)
        if maker is None or index in seen:
            continue
        seen.add(index)
        if is_layer(maker.name):
            found.add(maker.index)
        else:
            todo.extend(i for i in maker.inputs if i >= 0)
    return frozenset(found)


def rescale(
    examined: Examined, *, size: tuple[int, int] | None = None, channels: Mapping[int, int] | None = None
) -> Rescaled:
    """The model with another height and width of its image input, or other channels in some layers.

    Args:
        size: height and width of `image_input`.
        channels: output channels by operator index.

    Raises:
        Unscalable: a shape cannot be carried through.
        ModelError: an operator refuses its new geometry.
    """
    graph = examined.model.subgraphs[0]
    scaling = Scaling(graph.tensors, dict(channels or {}))
    if size is not None:
        _start(examined, scaling, size)
    preset = frozenset(scaling.shapes)
    for operator in graph.operators:
        if operator.outputs and preset.issuperset(operator.outputs):
            continue
        if any(scaling.changed(index) for index in operator.inputs) or operator.index in scaling.channels:
            spec = row(operator.name)
            if spec is None or spec.carry is None:
                raise Unscalable(operator.name)
            spec.carry(scaling, operator)
    tensors = tuple(map(scaling.tensor, range(len(graph.tensors))))
    operators = tuple(scaling.operators.get(operator.index, operator) for operator in graph.operators)
    subgraph = replace(graph, tensors=tensors, operators=operators)
    model = replace(examined.model, subgraphs=(subgraph, *examined.model.subgraphs[1:]), metadata={})
    resolver, found = OpResolver.builtin(), whole(model.subgraphs)
    steps = []
    for step, operator in zip(examined.steps, found.graph.operators, strict=True):
        node = resolve(found.graph, operator, step.node.release, found)
        same = node.operator is step.node.operator and all(
            old is new
            for old, new in zip(
                (*step.node.inputs, *step.node.outputs), (*node.inputs, *node.outputs), strict=True
            )
        )
        steps.append(step if same else prepare_node(node, resolver))
    saved = [(old, new) for old, new in zip(graph.tensors, tensors, strict=True) if old.is_constant]
    weights = sum(old.size_bytes - new.size_bytes for old, new in saved)
    described = sum(SCALE_BYTES * (scales(old) - scales(new)) for old, new in saved)
    return Rescaled(model, tuple(steps), weights + described)


def _start(examined: Examined, scaling: Scaling, size: tuple[int, int]) -> None:
    """Set the image input's size, and carry it backwards to the graph's input."""
    image = image_input(examined)
    if image is None:
        raise Unscalable("no image")
    graph = examined.model.subgraphs[0]
    makers = {index: operator for operator in graph.operators for index in operator.outputs}
    index = image.index
    shape: Shape = (image.shape[0], *size, image.shape[3])
    scaling.set(index, shape)
    while index not in graph.inputs:
        maker = makers.get(index)
        spec = None if maker is None else row(maker.name)
        if maker is None or spec is None or not spec.keeps_pixels:
            raise Unscalable("the image is computed")
        source = maker.inputs[0]
        shape = reshaped(scaling.old(index), scaling.old(source), shape)
        index = source
        scaling.set(index, shape)
