"""How shapes pass through operators: what a smaller input or fewer channels make of an operator's output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..model.tables import Operator, Quantization, Tensor
from ..operators.window import output_size

__all__ = ["CARRIES", "Scaling", "Shape", "Unscalable", "reshaped"]

Shape: TypeAlias = tuple[int, ...]


class Unscalable(Exception):  # noqa: N818
    """A shape that cannot be carried through the graph."""


@dataclass(slots=True)
class Scaling:
    """New shapes of activations and new constants by tensor index, new options by operator index."""

    tensors: Sequence[Tensor]
    channels: dict[int, int]
    shapes: dict[int, Shape] = field(default_factory=dict)
    constants: dict[int, Tensor] = field(default_factory=dict)
    operators: dict[int, Operator] = field(default_factory=dict)

    def changed(self, index: int) -> bool:
        return index in self.shapes

    def old(self, index: int) -> Shape:
        return self.tensors[index].shape

    def shape(self, index: int) -> Shape:
        return self.shapes.get(index, self.tensors[index].shape)

    def set(self, index: int, shape: Shape) -> None:
        if self.tensors[index].is_constant or self.tensors[index].is_variable or min(shape, default=1) < 1:
            raise Unscalable(self.tensors[index].name)
        if shape != self.tensors[index].shape:
            self.shapes[index] = shape

    def set_weights(self, index: int, shape: Shape, channel_axis: int) -> None:
        """A constant of another shape: zeros that take no room, scales repeated."""
        old = self.tensors[index]
        if not old.is_constant:
            raise Unscalable(old.name)
        if shape == self.constants.get(index, old).shape:
            return
        if index in self.constants:
            raise Unscalable(f"{old.name} is shared")
        data: NDArray[Any]
        if old.dtype == "int4":
            data = np.broadcast_to(np.uint8(0), ((prod(shape) + 1) // 2,))
        else:
            data = np.broadcast_to(np.zeros((), old.dtype), shape)
        quantization = old.quantization
        if quantization is not None and quantization.per_channel:
            quantization = Quantization(
                np.resize(quantization.scale, shape[channel_axis]),
                np.resize(quantization.zero_point, shape[channel_axis]),
                quantization.quantized_dimension,
            )
        self.constants[index] = replace(old, shape=shape, data=data, quantization=quantization)

    def set_values(self, index: int, values: Sequence[int]) -> None:
        """A constant of the same shape with other values."""
        old = self.tensors[index]
        made = np.array(values, old.dtype).reshape(old.shape)
        made.flags.writeable = False
        self.constants[index] = replace(old, data=made)

    def tensor(self, index: int) -> Tensor:
        if index in self.constants:
            return self.constants[index]
        if index in self.shapes:
            return replace(self.tensors[index], shape=self.shapes[index])
        return self.tensors[index]


def reshaped(old: Shape, target: Shape, new: Shape) -> Shape:
    """What a reshape from `old` to `target` makes of `new`.

    Dimensions are matched in groups of equal products; a group that changed must be the same on both
    sides, or one dimension on the target's.

    Raises:
        Unscalable: they cannot be matched.
    """
    if len(old) != len(new):
        raise Unscalable("rank")
    ours = [(a, b) for a, b in zip(old, new, strict=True) if a != 1]
    if any(a == 1 and b != 1 for a, b in zip(old, new, strict=True)):
        raise Unscalable("a dimension of 1 grew")
    theirs = [i for i, length in enumerate(target) if length != 1]
    made = list(target)
    while ours or theirs:
        left, right = ours[:1], theirs[:1]
        ours, theirs = ours[1:], theirs[1:]
        while prod(a for a, _ in left) != prod(target[i] for i in right):
            if prod(a for a, _ in left) < prod(target[i] for i in right):
                if not ours:
                    raise Unscalable("reshape")
                left.append(ours.pop(0))
            else:
                if not theirs:
                    raise Unscalable("reshape")
                right.append(theirs.pop(0))
        if len(right) == 1:
            made[right[0]] = prod(b for _, b in left)
        elif [a for a, _ in left] == [target[i] for i in right]:
            for i, (_, b) in zip(right, left, strict=True):
                made[i] = b
        elif any(a != b for a, b in left):
            raise Unscalable("reshape")
    return tuple(made)


def _same(scaling: Scaling, operator: Operator) -> None:
    scaling.set(operator.outputs[0], scaling.shape(operator.inputs[0]))


def _reshape(scaling: Scaling, operator: Operator) -> None:
    source, target = operator.inputs[0], operator.outputs[0]
    scaling.set(target, reshaped(scaling.old(source), scaling.old(target), scaling.shape(source)))


def _bias(scaling: Scaling, operator: Operator, position: int, channels: int) -> None:
    if len(operator.inputs) > position and operator.inputs[position] >= 0:
        scaling.set_weights(operator.inputs[position], (channels,), 0)


def _window(scaling: Scaling, operator: Operator, kernel: tuple[int, int]) -> tuple[int, int]:
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


def _conv_2d(scaling: Scaling, operator: Operator) -> None:
    source, weights = operator.inputs[:2]
    outputs, height, width, depth = scaling.old(weights)
    groups = scaling.old(source)[3] // max(1, depth)
    made = scaling.channels.get(operator.index, outputs)
    shape = scaling.shape(source)
    if shape[3] % groups or made % groups:
        raise Unscalable("groups")
    scaling.set_weights(weights, (made, height, width, shape[3] // groups), 0)
    _bias(scaling, operator, 2, made)
    scaling.set(operator.outputs[0], (shape[0], *_window(scaling, operator, (height, width)), made))


def _depthwise_conv_2d(scaling: Scaling, operator: Operator) -> None:
    source, weights = operator.inputs[:2]
    _, height, width, _ = scaling.old(weights)
    shape = scaling.shape(source)
    made = shape[3] * operator.options["depth_multiplier"]
    scaling.set_weights(weights, (1, height, width, made), 3)
    _bias(scaling, operator, 2, made)
    scaling.set(operator.outputs[0], (shape[0], *_window(scaling, operator, (height, width)), made))


def _pool(scaling: Scaling, operator: Operator) -> None:
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
    scaling.set(operator.outputs[0], (shape[0], *_window(scaling, made, kernel), shape[3]))


def _fully_connected(scaling: Scaling, operator: Operator) -> None:
    source, weights = operator.inputs[:2]
    units, depth = scaling.old(weights)
    old, shape = scaling.old(source), scaling.shape(source)
    made = scaling.channels.get(operator.index, units)
    rows = prod(old) // depth
    new_depth = shape[-1] if old[-1] == depth else prod(shape) // rows
    scaling.set_weights(weights, (made, new_depth), 0)
    _bias(scaling, operator, 2, made)
    target = scaling.old(operator.outputs[0])
    lead = (prod(shape) // new_depth,) if len(target) == 2 else shape[:-1]
    scaling.set(operator.outputs[0], (*lead, made))


def _transpose_conv(scaling: Scaling, operator: Operator) -> None:
    sizes, weights, source = operator.inputs[:3]
    outputs, height, width, _ = scaling.old(weights)
    old, shape, target = scaling.old(source), scaling.shape(source), scaling.old(operator.outputs[0])
    made = scaling.channels.get(operator.index, outputs)
    strides = operator.options["stride_h"], operator.options["stride_w"]
    size = tuple(target[i] + (shape[i] - old[i]) * strides[i - 1] for i in (1, 2))
    scaling.set_weights(weights, (made, height, width, shape[3]), 0)
    _bias(scaling, operator, 3, made)
    scaling.set(operator.outputs[0], (shape[0], *size, made))
    scaling.set_values(sizes, (shape[0], *size, made))


def _binary(scaling: Scaling, operator: Operator) -> None:
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


def _axis(scaling: Scaling, operator: Operator, rank: int) -> int:
    return int(operator.options["axis"]) % rank


def _concatenation(scaling: Scaling, operator: Operator) -> None:
    shapes = [list(scaling.shape(index)) for index in operator.inputs]
    axis = _axis(scaling, operator, len(shapes[0]))
    others = {tuple(shape[:axis] + shape[axis + 1 :]) for shape in shapes}
    constants = any(scaling.tensors[index].is_constant for index in operator.inputs)
    if len(others) > 1 or constants:
        raise Unscalable("concatenation")
    made = shapes[0]
    made[axis] = sum(shape[axis] for shape in shapes)
    scaling.set(operator.outputs[0], tuple(made))


def _constant(scaling: Scaling, index: int) -> NDArray[Any]:
    data = scaling.tensors[index].data
    if data is None:
        raise Unscalable("a parameter is computed")
    return data


def _pad(scaling: Scaling, operator: Operator) -> None:
    paddings = _constant(scaling, operator.inputs[1]).reshape(-1, 2).sum(1)
    shape = scaling.shape(operator.inputs[0])
    made = tuple(size + int(more) for size, more in zip(shape, paddings, strict=True))
    scaling.set(operator.outputs[0], made)


def _reduce(scaling: Scaling, operator: Operator) -> None:
    shape, target = scaling.shape(operator.inputs[0]), scaling.old(operator.outputs[0])
    axes = {int(axis) % len(shape) for axis in _constant(scaling, operator.inputs[1]).reshape(-1)}
    kept = len(target) == len(shape)
    made = [1 if i in axes else size for i, size in enumerate(shape) if kept or i not in axes]
    scaling.set(operator.outputs[0], tuple(made))


def _transpose(scaling: Scaling, operator: Operator) -> None:
    shape = scaling.shape(operator.inputs[0])
    order = _constant(scaling, operator.inputs[1]).reshape(-1)
    scaling.set(operator.outputs[0], tuple(shape[int(axis)] for axis in order))


def _split(scaling: Scaling, operator: Operator) -> None:
    shape = list(scaling.shape(operator.inputs[1]))
    axis = int(_constant(scaling, operator.inputs[0]).reshape(-1)[0]) % len(shape)
    if shape[axis] % len(operator.outputs):
        raise Unscalable("split")
    shape[axis] //= len(operator.outputs)
    for index in operator.outputs:
        scaling.set(index, tuple(shape))


def _resize(scaling: Scaling, operator: Operator) -> None:
    old, shape = scaling.old(operator.inputs[0]), scaling.shape(operator.inputs[0])
    sizes = _constant(scaling, operator.inputs[1]).reshape(-1)
    made = [max(1, round(int(size) * shape[i + 1] / old[i + 1])) for i, size in enumerate(sizes)]
    scaling.set_values(operator.inputs[1], made)
    scaling.set(operator.outputs[0], (shape[0], *made, shape[3]))


CARRIES: Mapping[str, Callable[[Scaling, Operator], None]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "DEQUANTIZE",
                "HARD_SWISH",
                "LEAKY_RELU",
                "LOGISTIC",
                "QUANTIZE",
                "RELU",
                "RELU6",
                "SOFTMAX",
                "TANH",
            ),
            _same,
        ),
        **dict.fromkeys(("ADD", "MAXIMUM", "MINIMUM", "MUL", "PRELU", "SUB"), _binary),
        **dict.fromkeys(("AVERAGE_POOL_2D", "MAX_POOL_2D"), _pool),
        **dict.fromkeys(("EXPAND_DIMS", "RESHAPE", "SQUEEZE"), _reshape),
        **dict.fromkeys(("MEAN", "REDUCE_MAX", "SUM"), _reduce),
        **dict.fromkeys(("PAD", "PADV2"), _pad),
        **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), _resize),
        "CONCATENATION": _concatenation,
        "CONV_2D": _conv_2d,
        "DEPTHWISE_CONV_2D": _depthwise_conv_2d,
        "FULLY_CONNECTED": _fully_connected,
        "SPLIT": _split,
        "TRANSPOSE": _transpose,
        "TRANSPOSE_CONV": _transpose_conv,
    }
)
"""Operator to the function that sets its outputs' shapes, and those of its weights."""
