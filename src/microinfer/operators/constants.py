"""What an operator makes of constants, worked out with numpy: shapes and indices, never activations.

Only operators that move elements, and exact arithmetic on integers: what they make is the same on every
device. Nothing here imports numba.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .spec import Node

__all__ = ["LARGEST_MADE", "NotConstant", "evaluate"]

Values: TypeAlias = Sequence[NDArray[Any]]
Evaluate: TypeAlias = Callable[[Node, Values], Sequence[NDArray[Any]]]

LARGEST_MADE = 1024
"""Bytes of a constant that is larger than those it was made of, such as a FILL's."""
INTEGERS = ("bool", "int32", "int64")


class NotConstant(Exception):  # noqa: N818
    """What an operator makes cannot be told, or is not worth the flash."""


def evaluate(node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...]:
    """The outputs of an operator, given its inputs' values, None where they are computed at run time.

    SHAPE alone needs no values. Outputs have the types and shapes that the file gives them.

    Raises:
        NotConstant: an input is no constant, or the operator is not one of those that are worked out here.
    """
    operator = node.operator
    if operator.name == "SHAPE" and node.inputs and node.inputs[0] is not None:
        made: Sequence[NDArray[Any]] = [np.array(node.inputs[0].shape, np.int64)]
    else:
        known = [value for value in values if value is not None]
        found = _EVALUATE.get(operator.name)
        if found is None or len(known) != len(values):
            raise NotConstant(operator.name)
        try:
            made = found(node, known)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise NotConstant(operator.name) from error
    if len(made) != len(node.outputs):
        raise NotConstant(operator.name)
    outputs = []
    for tensor, array in zip(node.outputs, made, strict=True):
        if array.shape != tensor.shape or (array.dtype != tensor.dtype and operator.name != "SHAPE"):
            raise NotConstant(tensor.name)
        output = np.array(array, tensor.dtype, order="C")
        output.flags.writeable = False
        outputs.append(output)
    return tuple(outputs)


def _integers(values: Values) -> None:
    if any(value.dtype.name not in INTEGERS for value in values):
        raise ValueError("not integers")


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError("axis")
    return axis % rank


def _scalar(value: NDArray[Any]) -> int:
    return int(value.reshape(-1)[0])


def _reshape(node: Node, values: Values) -> Values:
    return [values[0].reshape(node.outputs[0].shape)]


def _cast(node: Node, values: Values) -> Values:
    _integers(values[:1])
    if node.outputs[0].dtype not in INTEGERS:
        raise ValueError("not integers")
    return [values[0].astype(node.outputs[0].dtype)]


def _pack(node: Node, values: Values) -> Values:
    return [np.stack(values, _axis(node.options["axis"], values[0].ndim + 1))]


def _unpack(node: Node, values: Values) -> Values:
    return list(np.moveaxis(values[0], _axis(node.options["axis"], values[0].ndim), 0))


def _concatenation(node: Node, values: Values) -> Values:
    if node.options["fused_activation_function"] != "NONE":
        raise ValueError("activation")
    if len({(tensor.scale, tensor.zero_point) for tensor in (*node.inputs, *node.outputs) if tensor}) > 1:
        raise ValueError("scales")
    return [np.concatenate(values, _axis(node.options["axis"], values[0].ndim))]


def _split(node: Node, values: Values) -> Values:
    return np.split(values[1], len(node.outputs), _axis(_scalar(values[0]), values[1].ndim))


def _slice(node: Node, values: Values) -> Values:
    source, begin, size = values
    taken = []
    for length, first, count in zip(source.shape, begin.reshape(-1), size.reshape(-1), strict=True):
        last = length if count == -1 else int(first) + int(count)
        if not 0 <= first <= last <= length:
            raise ValueError("outside")
        taken.append(slice(int(first), last))
    return [source[tuple(taken)]]


def _strided_slice(node: Node, values: Values) -> Values:
    options = node.options
    if options["ellipsis_mask"] or options["new_axis_mask"] or options["offset"]:
        raise ValueError("masks")
    source = values[0]
    begins, ends, strides = (value.reshape(-1).tolist() for value in values[1:])
    if not len(begins) == len(ends) == len(strides) == source.ndim:
        raise ValueError("rank")
    taken: list[Any] = []
    for axis, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True)):
        if options["shrink_axis_mask"] >> axis & 1:
            taken.append(begin if not options["begin_mask"] >> axis & 1 else 0)
        else:
            first = None if options["begin_mask"] >> axis & 1 else begin
            taken.append(slice(first, None if options["end_mask"] >> axis & 1 else end, stride))
    return [np.asarray(source[tuple(taken)])]


def _gather(node: Node, values: Values) -> Values:
    source, indices = values
    axis = _axis(node.options["axis"], source.ndim)
    if node.options["batch_dims"] or indices.dtype.name not in INTEGERS or (indices < 0).any():
        raise ValueError("indices")
    return [np.take(source, indices, axis)]


def _transpose(node: Node, values: Values) -> Values:
    return [np.transpose(values[0], values[1].reshape(-1).tolist())]


def _fill(node: Node, values: Values) -> Values:
    target = node.outputs[0]
    if target.size_bytes > LARGEST_MADE or tuple(values[0].reshape(-1).tolist()) != target.shape:
        raise ValueError("large")
    return [np.full(target.shape, values[1].reshape(-1)[0], values[1].dtype)]


def _broadcast_to(node: Node, values: Values) -> Values:
    if node.outputs[0].size_bytes > max(LARGEST_MADE, values[0].nbytes):
        raise ValueError("large")
    return [np.broadcast_to(values[0], tuple(values[1].reshape(-1).tolist()))]


def _range(node: Node, values: Values) -> Values:
    _integers(values)
    if node.outputs[0].size_bytes > LARGEST_MADE:
        raise ValueError("large")
    return [np.arange(*map(_scalar, values), dtype=values[0].dtype)]


def _reduced(reduce: Callable[..., NDArray[Any]]) -> Evaluate:
    """The file's own shape says whether the axes are kept."""

    def made(node: Node, values: Values) -> Values:
        source, axes = values
        _integers([source])
        along = tuple({_axis(axis, source.ndim) for axis in axes.reshape(-1).tolist()})
        shape = node.outputs[0].shape
        result = np.asarray(reduce(source, axis=along, keepdims=len(shape) == source.ndim and bool(along)))
        return [result.astype(source.dtype)]

    return made


def _of_two(compute: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]) -> Evaluate:
    def made(node: Node, values: Values) -> Values:
        _integers(values)
        first, second = values
        if node.options.get("fused_activation_function", "NONE") != "NONE" or first.dtype != second.dtype:
            raise ValueError("activation or types")
        with np.errstate(over="ignore", divide="raise"):
            return [np.asarray(compute(first, second))]

    return made


_EVALUATE: Mapping[str, Evaluate] = {
    "ADD": _of_two(np.add),
    "BROADCAST_TO": _broadcast_to,
    "CAST": _cast,
    "CONCATENATION": _concatenation,
    "EXPAND_DIMS": _reshape,
    "FILL": _fill,
    "FLOOR_DIV": _of_two(np.floor_divide),
    "FLOOR_MOD": _of_two(np.mod),
    "GATHER": _gather,
    "MAXIMUM": _of_two(np.maximum),
    "MINIMUM": _of_two(np.minimum),
    "MUL": _of_two(np.multiply),
    "PACK": _pack,
    "RANGE": _range,
    "REDUCE_MAX": _reduced(np.max),
    "REDUCE_MIN": _reduced(np.min),
    "REDUCE_PROD": _reduced(np.prod),
    "RESHAPE": _reshape,
    "SLICE": _slice,
    "SPLIT": _split,
    "SQUEEZE": _reshape,
    "STRIDED_SLICE": _strided_slice,
    "SUB": _of_two(np.subtract),
    "SUM": _reduced(np.sum),
    "TRANSPOSE": _transpose,
    "UNPACK": _unpack,
}
