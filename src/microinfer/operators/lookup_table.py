"""Operators on one 8-bit or 16-bit number at a time: checks, and the bind that makes a table of results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..model.tables import Tensor
from .spec import Array, Bind, Node

__all__ = ["bind_table", "expect_same_elements"]


def expect_same_elements(node: Node, source: Tensor, target: Tensor) -> int:
    """The number of elements of both tensors; TFLM's elementwise operators ignore their shapes."""
    if source.elements != target.elements:
        node.fail(
            f"inputs[0] ({source.name!r}) has shape {source.shape} and outputs[0] ({target.name!r}) "
            f"{target.shape}, expected as many elements"
        )
    return target.elements


def bind_table(make: Callable[[Any], Any]) -> Bind:
    """A bind for y = table[x]. `make(kernels)` returns the result for every value of the input's type,
    in the order of `kernels.values`; `kernels` is the module `microinfer.kernels.activations`.
    """

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import activations as kernels

        x, y = inputs[0], outputs[0]
        assert x is not None
        table = np.ascontiguousarray(make(kernels), y.dtype)
        bits = x.reshape(-1).view(f"u{x.itemsize}")
        bits.flags.writeable = False
        unsigned = f"u{y.itemsize}"
        return kernels.lookup(x.itemsize, y.itemsize).bind(
            bits, table.view(unsigned), y.reshape(-1).view(unsigned)
        )

    return bind
