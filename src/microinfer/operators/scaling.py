"""Other sizes of the same graph: the shapes and constants of a smaller input, or of fewer channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..model.tables import Operator, Quantization, Tensor
from ..words.dataclass import dataclass, field, replace

__all__ = ["Scaling", "Shape", "Unscalable", "reshaped"]

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
