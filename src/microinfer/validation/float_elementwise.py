"""Operators on single elements, rows and axes in real numbers, float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..operators.spec import Node
from .reals import Real, Reals, activated

__all__ = ["ELEMENTWISE", "REDUCTIONS", "resize_bilinear"]


def _operands(inputs: Reals) -> tuple[Real, Real]:
    first, second = inputs[0], inputs[1]
    assert first is not None
    assert second is not None
    return first, second


def _only(inputs: Reals) -> Real:
    assert inputs[0] is not None
    return inputs[0]


def _binary(function: Callable[[Real, Real], Real]) -> Callable[[Node, Reals], Real]:
    return lambda node, inputs: activated(node, function(*_operands(inputs)))


def _unary(function: Callable[[Real], Real]) -> Callable[[Node, Reals], Real]:
    return lambda node, inputs: function(_only(inputs))


def _logistic(x: Real) -> Real:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _softmax(node: Node, inputs: Reals) -> Real:
    x = _only(inputs) * node.options.get("beta", 1.0)
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    made: Real = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return made


def _leaky_relu(node: Node, inputs: Reals) -> Real:
    x = _only(inputs)
    return np.where(x < 0, x * node.options["alpha"], x)


def _prelu(x: Real, alpha: Real) -> Real:
    return np.where(x < 0, x * alpha, x)


def _batch_matmul(node: Node, inputs: Reals) -> Real:
    first, second = _operands(inputs)
    left = first.swapaxes(-1, -2) if node.options["adj_x"] else first
    right = second.swapaxes(-1, -2) if node.options["adj_y"] else second
    return np.asarray(left @ right)


def _pad(node: Node, inputs: Reals) -> Real:
    paddings = node.constant_input(1).reshape(-1, 2)
    value = inputs[2] if len(inputs) > 2 else None
    fill = 0.0 if value is None else float(value.reshape(()))
    return np.pad(_only(inputs), paddings.tolist(), constant_values=fill)


def _cast(node: Node, inputs: Reals) -> Real:
    """Stored numbers pass from type to type, whatever they stood for."""
    source, target = node.inputs[0], node.outputs[0]
    assert source is not None
    x = _only(inputs)
    stored = x / source.scale + source.zero_point if source.quantization is not None else x
    if target.quantization is not None:
        return (stored - target.zero_point) * target.scale
    return np.trunc(stored) if source.dtype == "float32" and target.dtype != "float32" else stored


def _select(node: Node, inputs: Reals) -> Real:
    condition, first, second = inputs
    assert condition is not None
    assert first is not None
    assert second is not None
    return np.where(condition != 0, first, second)


def _stored_zeros(node: Node, inputs: Reals) -> Real:
    target = node.outputs[0]
    return np.full(target.shape, -target.zero_point * target.scale)


def _gather(node: Node, inputs: Reals) -> Real:
    table, indices = _operands(inputs)
    axis, batch_dims = node.options["axis"] % table.ndim, node.options["batch_dims"]
    if batch_dims:
        batch_dims %= indices.ndim + 1
    rows = indices.astype(np.intp).reshape(-1, *indices.shape[batch_dims:])
    tables = table.reshape(-1, *table.shape[batch_dims:])
    taken = [np.take(*pair, axis=axis - batch_dims) for pair in zip(tables, rows, strict=True)]
    return np.stack(taken).reshape(node.outputs[0].shape)


ELEMENTWISE: dict[str, Callable[[Node, Reals], Real]] = {
    "ABS": _unary(np.abs),
    "ADD": _binary(np.add),
    "BATCH_MATMUL": _batch_matmul,
    "CAST": _cast,
    "DEQUANTIZE": _unary(lambda x: x),
    "ELU": _unary(lambda x: np.where(x < 0, np.expm1(np.minimum(x, 0)), x)),
    "EQUAL": _binary(np.equal),
    "FILL": lambda node, inputs: np.full(node.outputs[0].shape, _operands(inputs)[1]),
    "GATHER": _gather,
    "GREATER": _binary(np.greater),
    "GREATER_EQUAL": _binary(np.greater_equal),
    "HARD_SWISH": _unary(lambda x: x * np.clip(x + 3.0, 0.0, 6.0) / 6.0),
    "LEAKY_RELU": _leaky_relu,
    "LESS": _binary(np.less),
    "LESS_EQUAL": _binary(np.less_equal),
    "LOGISTIC": _unary(_logistic),
    "MAXIMUM": _binary(np.maximum),
    "MINIMUM": _binary(np.minimum),
    "MUL": _binary(np.multiply),
    "NOT_EQUAL": _binary(np.not_equal),
    "PAD": _pad,
    "PADV2": _pad,
    "PRELU": _binary(_prelu),
    "QUANTIZE": _unary(lambda x: x),
    "RELU": _unary(lambda x: np.maximum(x, 0.0)),
    "RELU6": _unary(lambda x: np.clip(x, 0.0, 6.0)),
    "SELECT_V2": _select,
    "SOFTMAX": _softmax,
    "SUB": _binary(np.subtract),
    "TANH": _unary(np.tanh),
    "ZEROS_LIKE": _stored_zeros,
}


def _reduction(function: Any) -> Callable[[Node, Reals], Real]:
    def reduce(node: Node, inputs: Reals) -> Real:
        x = _only(inputs)
        axes = {int(axis) % x.ndim for axis in node.constant_input(1).reshape(-1)} if x.ndim else set()
        return np.asarray(function(x, axis=tuple(axes)), np.float64)

    return reduce


def _index(function: Any) -> Callable[[Node, Reals], Real]:
    def find(node: Node, inputs: Reals) -> Real:
        axis = int(node.constant_input(1).reshape(-1)[0])
        return np.asarray(function(_only(inputs), axis=axis), np.float64)

    return find


REDUCTIONS: dict[str, Callable[[Node, Reals], Real]] = {
    "ARG_MAX": _index(np.argmax),
    "ARG_MIN": _index(np.argmin),
    "MEAN": _reduction(np.mean),
    "REDUCE_MAX": _reduction(np.max),
    "SUM": _reduction(np.sum),
}


def resize_bilinear(node: Node, inputs: Reals) -> Real:
    x = _only(inputs)
    corners, centres = node.options["align_corners"], node.options["half_pixel_centers"]
    for axis in (1, 2):
        size, wanted = x.shape[axis], node.outputs[0].shape[axis]
        scale = (size - 1) / (wanted - 1) if corners and wanted > 1 else size / wanted
        position = np.arange(wanted) * scale
        if centres:
            position = np.maximum(position + 0.5 * scale - 0.5, 0.0)
        lower = np.minimum(np.floor(position).astype(int), size - 1)
        upper = np.minimum(lower + 1, size - 1)
        shape = [1] * x.ndim
        shape[axis] = wanted
        share = np.minimum(position - lower, 1.0).reshape(shape)
        x = x.take(lower, axis) * (1.0 - share) + x.take(upper, axis) * share
    return x
