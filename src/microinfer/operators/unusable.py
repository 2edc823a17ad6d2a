"""Quantisations that nothing can be computed with, refused where an operator looks at them and not before."""

from __future__ import annotations

from typing import Any, NoReturn

from ..errors import Reason, UnsupportedError
from ..model.tables import Quantization, Tensor, Unusable
from ..words.dataclass import replace
from .node import Node

__all__ = ["guarded"]


class _Guard(Quantization):
    """One that is there, as TFLM sees it, and refuses whoever asks for its numbers."""

    __slots__ = ("_unusable",)
    _unusable: Unusable

    def __init__(self, unusable: Unusable) -> None:
        object.__setattr__(self, "_unusable", unusable)
        object.__setattr__(self, "quantized_dimension", unusable.found.quantized_dimension)

    @property
    def scale(self) -> Any:
        self._refuse()

    @property
    def zero_point(self) -> Any:
        self._refuse()

    @property
    def per_channel(self) -> bool:
        return self._unusable.found.per_channel

    def _refuse(self) -> NoReturn:
        raise UnsupportedError(self._unusable.fault, self._unusable.place, Reason.MULTIPLIER)


def guarded(node: Node) -> Node:
    """The node for its `prepare`: what it asks of an unusable quantisation is refused."""
    if not any(t is not None and t.unusable is not None for t in (*node.inputs, *node.outputs)):
        return node
    inputs = tuple(None if tensor is None else _guarded(tensor) for tensor in node.inputs)
    return replace(node, inputs=inputs, outputs=tuple(map(_guarded, node.outputs)))


def _guarded(tensor: Tensor) -> Tensor:
    if tensor.unusable is None or not tensor.unusable.needed:
        return tensor
    return replace(tensor, quantization=_Guard(tensor.unusable))
