"""Binds of layers that keep a state, of real numbers; `contracted` as in `float_layers`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..model.schema import ACTIVATIONS
from .add import read_only
from .spec import Array, Bind, Node, Real

__all__ = ["activated_svdf", "bind_float_lstm", "bind_float_svdf"]


def _activation(node: Node) -> str:
    found = node.options["fused_activation_function"]
    name = dict(enumerate(ACTIVATIONS)).get(found, found)
    if name not in ACTIVATIONS:
        node.fail(f"fused activation {found!r} does not exist, expected one of {', '.join(ACTIVATIONS)}")
    return str(name)


def activated_svdf(node: Node, x: Real) -> Real:
    """What its fused activation makes of a float32 SVDF's numbers: TFLM knows every one."""
    found: dict[str, Callable[[Real], Real]] = {
        "RELU": lambda y: np.maximum(y, 0.0),
        "RELU_N1_TO_1": lambda y: np.clip(y, -1.0, 1.0),
        "RELU6": lambda y: np.clip(y, 0.0, 6.0),
        "TANH": lambda y: np.asarray(np.tanh(y), np.float64),
        "SIGN_BIT": lambda y: np.signbit(y).astype(np.float64),
    }
    make = found.get(_activation(node))
    return x if make is None else make(x)


def bind_float_svdf(node: Node, contracted: bool = False) -> Bind:
    activation = ACTIVATIONS.index(_activation(node))
    constant = node.input(1).is_constant

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import float_recurrent as kernels
        from ..kernels.data_movement import copy, in_turn

        x, features, times, bias, state = inputs
        assert x is not None
        assert features is not None
        assert times is not None
        assert bias is not None
        assert state is not None
        kernel = kernels.svdf_fused if contracted else kernels.svdf
        turned = np.ascontiguousarray(features.T)
        run = kernel.bind(
            *map(read_only, (x, turned, times, bias)), np.empty(len(times), np.float32), state.reshape(-1),
            outputs[0], activation,
        )  # fmt: skip
        return run if constant else in_turn((copy(features.T, turned), run))

    return bind


def bind_float_lstm(
    units: int,
    strides: tuple[int, int],
    clip: float,
    parts: Callable[[Sequence[Array | None]], tuple[Array, ...]],
    contracted: bool = False,
) -> Bind:
    """`strides`: rows from one step and from one sample to the next. `parts` gives input, weights, recurrent
    weights and biases of the four gates, hidden state and cell."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import float_recurrent as kernels

        x, weights, recurrent, biases, hidden, cell = parts(inputs)
        return kernels.fastest_lstm(contracted).bind(
            read_only(x.reshape(-1, x.shape[-1])),
            np.ascontiguousarray(weights.T),
            np.ascontiguousarray(recurrent.T),
            biases,
            np.empty((2, 4 * units), np.float32),
            hidden.reshape(-1, units),
            cell.reshape(-1, units),
            outputs[0].reshape(-1, units),
            *strides,
            clip,
        )

    return bind
