"""How a changed shape passes through an operator: what it makes of the outputs, and of weights.

What only one operator has stands with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from ..model.tables import Operator
from .scaling import Scaling, Shape, Unscalable, reshaped
from .window import output_size

__all__ = [
    "carry_bias",
    "carry_binary",
    "carry_pool",
    "carry_reduce",
    "carry_reshape",
    "carry_resize",
    "carry_same",
    "constant_values",
    "window_sizes",
]


def carry_same(scaling: Scaling, operator: Operator) -> None:
    scaling.set(operator.outputs[0], scaling.shape(operator.inputs[0]))


def carry_reshape(scaling: Scaling, operator: Operator) -> None:
    source, target = operator.inputs[0], operator.outputs[0]
    scaling.set(target, reshaped(scaling.old(source), scaling.old(target), scaling.shape(source)))


def carry_bias(scaling: Scaling, operator: Operator, position: int, channels: int) -> None:
    if len(operator.inputs) > position and operator.inputs[position] >= 0:
        scaling.set_weights(operator.inputs[position], (channels,), 0)


def window_sizes(scaling: Scaling, operator: Operator, kernel: tuple[int, int]) -> tuple[int, int]:
    options, shape = operator.options, scaling.shape(operator.inputs[0])
    height, width = (
        output_size(
            options["padding"],
            shape[1 + i],
            kernel[i],
            options[f"stride_{side}"],
            options.get(f"dilation_{side}_factor", 1),
        )
        for i, side in enumerate("hw")
    )
    return height, width


def carry_pool(scaling: Scaling, operator: Operator) -> None:
    """A window over the whole image stays one: that is how converters write a global pool."""
    options, shape = dict(operator.options), scaling.shape(operator.inputs[0])
    old = scaling.old(operator.inputs[0])
    for axis, side, name in ((1, "h", "height"), (2, "w", "width")):
        if options[f"filter_{name}"] == old[axis]:
            options[f"filter_{name}"] = shape[axis]
            if options[f"stride_{side}"] in (old[axis], *range(shape[axis], old[axis])):
                options[f"stride_{side}"] = shape[axis]
    made = replace(operator, options=options)
    scaling.operators[operator.index] = made
    kernel = options["filter_height"], options["filter_width"]
    scaling.set(operator.outputs[0], (shape[0], *window_sizes(scaling, made, kernel), shape[3]))


def carry_binary(scaling: Scaling, operator: Operator) -> None:
    """Both inputs broadcast; a constant follows the other input where it had its size."""
    rank = len(scaling.old(operator.outputs[0]))

    def padded(shape: Shape) -> Shape:
        return (1,) * (rank - len(shape)) + shape

    first, second = operator.inputs
    for one, other in ((first, second), (second, first)):
        tensor = scaling.tensors[one]
        if not tensor.is_constant or not scaling.changed(other):
            continue
        old, new = padded(scaling.old(other)), padded(scaling.shape(other))
        found = padded(tensor.shape)
        if any(a not in (1, b) for a, b in zip(found, old, strict=True)):
            raise Unscalable("a constant is wider than what it meets")
        made = tuple(b if a != 1 else 1 for a, b in zip(found, new, strict=True))
        scaling.set_weights(one, made[rank - len(tensor.shape) :], 0)
    shapes = [
        padded(scaling.constants[index].shape if index in scaling.constants else scaling.shape(index))
        for index in (first, second)
    ]
    if any(a != b and 1 not in (a, b) for a, b in zip(*shapes, strict=True)):
        raise Unscalable("shapes no longer broadcast")
    scaling.set(operator.outputs[0], tuple(map(max, *shapes)))


def constant_values(scaling: Scaling, index: int) -> NDArray[Any]:
    data = scaling.tensors[index].data
    if data is None:
        raise Unscalable("a parameter is computed")
    return data


def carry_reduce(scaling: Scaling, operator: Operator) -> None:
    shape, target = scaling.shape(operator.inputs[0]), scaling.old(operator.outputs[0])
    axes = {int(axis) % len(shape) for axis in constant_values(scaling, operator.inputs[1]).reshape(-1)}
    kept = len(target) == len(shape)
    made = [1 if i in axes else size for i, size in enumerate(shape) if kept or i not in axes]
    scaling.set(operator.outputs[0], tuple(made))


def carry_resize(scaling: Scaling, operator: Operator) -> None:
    old, shape = scaling.old(operator.inputs[0]), scaling.shape(operator.inputs[0])
    sizes = constant_values(scaling, operator.inputs[1]).reshape(-1)
    made = [max(1, round(int(size) * shape[i + 1] / old[i + 1])) for i, size in enumerate(sizes)]
    scaling.set_values(operator.inputs[1], made)
    scaling.set(operator.outputs[0], (shape[0], *made, shape[3]))
