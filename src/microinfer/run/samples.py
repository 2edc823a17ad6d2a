"""Samples as a caller has them: arrays with the samples first, one an input."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..model.tables import Subgraph, Tensor
from ..operators.spec import Array
from ..words.printing import counted
from .input_names import input_keys, input_ways
from .stored_numbers import expect_finite, say_clipped, to_stored

__all__ = ["checked_inputs", "sample_shape"]


def sample_shape(tensor: Tensor) -> tuple[int, ...]:
    """The shape of one sample: the tensor's, without a batch dimension of 1 in front."""
    return tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape


def checked_inputs(subgraph: Subgraph, names: Sequence[str], x: Any) -> list[Array]:
    """One array an input, [n, *sample], from what the caller has: array, sequence or mapping.

    Raises:
        InputError: inputs that are missing or unknown, another shape or type, or unequal numbers of samples.
    """
    tensors = [subgraph.tensors[index] for index in subgraph.inputs]
    arrays = [
        _checked(_stored(np.asarray(given), tensor), tensor)
        for given, tensor in zip(_in_order(x, tensors, names), tensors, strict=True)
    ]
    counts = [len(array) for array in arrays]
    if len(set(counts)) > 1:
        raise InputError(f"the inputs have {', '.join(map(str, counts))} samples, expected as many each")
    return arrays


def _in_order(x: Any, tensors: Sequence[Tensor], names: Sequence[str]) -> list[Any]:
    if isinstance(x, Mapping):
        keys = input_keys(x, tensors, names)
        if keys is None:
            there = ", ".join(map(str, x)) or "nothing"
            raise InputError(f"got {there}; expected {input_ways(tensors, names)}")
        if len(x) > len(tensors):
            raise InputError(
                f"{counted(len(x), 'array')} for a model with {counted(len(tensors), 'input')}: "
                f"{', '.join(map(str, x))}"
            )
        return [x[key] for key in keys]
    if len(tensors) == 1:
        return [x]
    if isinstance(x, np.ndarray) or not isinstance(x, Sequence) or len(x) != len(tensors):
        what = f"{counted(len(x), 'array')}" if isinstance(x, Sequence) else f"one {type(x).__name__}"
        raise InputError(
            f"{what} for a model with {counted(len(tensors), 'input')}, expected a sequence of as many "
            "arrays, or a "
            f"dictionary with {', '.join(tensor.name for tensor in tensors)}"
        )
    return list(x)


def _stored(array: Array, tensor: Tensor) -> Array:
    """Real numbers for a quantised input as it stores them."""
    if array.dtype.kind != "f" or tensor.quantization is None or tensor.dtype.startswith("float"):
        return array
    expect_finite(array, f"input {tensor.name!r}")
    warnings.warn(
        f"input {tensor.name!r}: {array.dtype} is quantised to {tensor.dtype} (scale {tensor.scale:g}, zero "
        f"point {tensor.zero_point}){say_clipped(array, tensor)}; quantize_input() does it beforehand",
        stacklevel=5,
    )
    return to_stored(array, tensor)


def _checked(array: Array, tensor: Tensor) -> Array:
    if array.dtype != tensor.dtype:
        raise InputError(f"input {tensor.name!r}: got an array of {array.dtype}, expected {tensor.dtype}")
    shape = sample_shape(tensor)
    if array.shape[1:] in (shape, tensor.shape) and array.ndim:
        return array.reshape(len(array), *shape)
    raise InputError(
        f"input {tensor.name!r}: got an array of shape {array.shape}, expected (samples, "
        f"{', '.join(map(str, shape))})"
    )


def sequence_length(arrays: Sequence[Array], tensors: Sequence[Tensor], where: str) -> int | None:
    """Of how many samples the arrays are a sequence, one array an input; None where they are one sample.

    Raises:
        InputError: the inputs have unequal numbers of samples, or none.
    """
    found = {tensor.name: _length(array, tensor) for array, tensor in zip(arrays, tensors, strict=True)}
    counts = set(found.values())
    if len(counts) > 1:
        said = ", ".join(f"{name} {'one' if count is None else count}" for name, count in found.items())
        raise InputError(f"{where}: unequal numbers of samples: {said}")
    count = next(iter(counts), None)
    if count == 0:
        raise InputError(f"{where}: holds no sample")
    return count


def _length(array: Array, tensor: Tensor) -> int | None:
    shapes = [tensor.shape, *([tensor.shape[1:]] if tensor.shape[:1] == (1,) else [])]
    if array.shape in shapes or not array.ndim or array.shape[1:] not in shapes:
        return None
    return len(array)
