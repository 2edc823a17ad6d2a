"""Operators on one float32 at a time: their tensors, and the bind of their kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model.tables import Tensor
from .add import read_only
from .lookup_table import expect_same_elements
from .spec import Array, Bind, Node

__all__ = ["bind_float", "expect_same_shape", "float_tensors"]


def float_tensors(node: Node) -> tuple[Tensor, Tensor]:
    """The only input and the only output, of float32 and as many elements."""
    node.expect_counts(1, 1)
    source, target = node.input(0, "float32"), node.output(0, "float32")
    expect_same_elements(node, source, target)
    return source, target


def expect_same_shape(node: Node) -> None:
    """Some of TFLM's elementwise operators look at the shapes."""
    source, target = float_tensors(node)
    if source.shape != target.shape:
        node.fail(
            f"outputs[0] ({target.name!r}) has shape {target.shape}, expected that of "
            f"inputs[0], {source.shape}"
        )


def bind_float(kernel: str, *parameters: float) -> Bind:
    """A bind of `kernels.float_elementwise.<kernel>`(x, y, *parameters) on flat arrays, or of what has its
    bits."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels.elementary import fastest

        x = inputs[0]
        assert x is not None
        run: Callable[[], None] = fastest(kernel).bind(
            read_only(x.reshape(-1)), outputs[0].reshape(-1), *parameters
        )
        return run

    return bind
