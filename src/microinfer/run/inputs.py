"""Where the inputs of a run come from: a file, the zoo's own sample, or a pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .. import zoo
from ..errors import InputError
from ..files.arrays import read_arrays
from ..model.tables import Tensor
from ..operators.registry import row
from ..operators.spec import Array
from ..words.printing import counted
from .input_names import input_keys, input_ways
from .patterns import pattern
from .stored_numbers import expect_finite, say_clipped

if TYPE_CHECKING:
    from .interpreter import Interpreter

__all__ = ["Given", "most_bytes", "named_arrays", "of_rows", "patterned", "set_inputs"]

MOST_BYTES = 64 << 20
"""Of a file of inputs: one sample is far smaller, whatever it is beside."""

Given: TypeAlias = Path | Array | Sequence[Any] | Mapping[Any, Any]
"""Inputs: a .npy or .npz file, one array, several in the model's order, or several by name or position."""


def set_inputs(interpreter: Interpreter, given: Given | None, option: str = "--input") -> str:
    """Set every input and say in words where they came from.

    Args:
        given: the zoo's own sample, else a pattern, where it is None. Real numbers for a quantised input
            are turned into the model's own, and the words say so.
        option: what messages call it.

    Raises:
        InputError: a file that cannot be read, or whose arrays do not suit the model.
    """
    tensors = [interpreter.subgraph.tensors[index] for index in interpreter.subgraph.inputs]
    if given is not None:
        where = f"{option} {given}" if isinstance(given, Path) else option
        found = read_arrays(given, where, most_bytes(tensors)) if isinstance(given, Path) else given
        arrays = named_arrays(found, tensors, interpreter.model.input_names, where)
        turned = []
        for position, (tensor, array) in enumerate(zip(tensors, map(np.asarray, arrays), strict=True)):
            fitted = _fitted(array, position, tensor, interpreter, where)
            interpreter.set_tensor(tensor.index, fitted)
            if fitted.dtype != array.dtype.newbyteorder("="):
                turned.append(f"{array.dtype.name} quantised to {fitted.dtype}{say_clipped(array, tensor)}")
        source = str(given) if isinstance(given, Path) else "given by the caller"
        return ", ".join((source, *dict.fromkeys(turned)))
    known = zoo.recognise(interpreter.model.sha256)
    if known is not None:
        interpreter.set_tensor(tensors[0].index, zoo.sample(known))
        position = zoo.describe(known).sample
        answer = zoo.samples(known)[1][position]
        return f"sample {position} of the zoo's {known}, whose answer is {_words(answer, zoo.labels(known))}"
    for tensor, value in zip(tensors, patterned(interpreter), strict=True):
        interpreter.set_tensor(tensor.index, value)
    return "pattern 1 (pseudo-random; --input FILE gives your own)"


def patterned(interpreter: Interpreter) -> list[Array]:
    """Pattern 1 for every input, of numbers of rows as `of_rows` has it."""
    tensors = [interpreter.subgraph.tensors[index] for index in interpreter.subgraph.inputs]
    return of_rows(interpreter, [pattern(1, tensor.shape, tensor.dtype) for tensor in tensors])


def of_rows(interpreter: Interpreter, values: Sequence[Array]) -> list[Array]:
    """Made-up values of the inputs, one sample or several; of numbers of rows, what is left of them when rows
    run out, which a device can look up."""
    graph, found = interpreter.subgraph, list(values)
    for step in interpreter.first_steps:
        spec, inputs = row(step.name), step.node.operator.inputs
        if spec is None or spec.row_numbers is None or inputs[spec.row_numbers] not in graph.inputs:
            continue
        data = step.node.inputs[spec.data_input]
        rows = min(data.shape, default=0) if data is not None else 0
        position = graph.inputs.index(inputs[spec.row_numbers])
        if rows:
            found[position] = found[position] % found[position].dtype.type(rows)
    return found


def _words(answer: Array, labels: tuple[str, ...]) -> str:
    return repr(labels[int(answer)]) if labels else f"{float(answer.ravel()[0]):.3f}"


def most_bytes(tensors: Sequence[Tensor]) -> int:
    """That a file of inputs may hold."""
    return max(MOST_BYTES, 16 * sum(tensor.size_bytes for tensor in tensors))


def named_arrays(found: Any, tensors: Sequence[Tensor], names: Sequence[str], where: str) -> list[Any]:
    """What was given, in the order of the inputs; `names` are those of the model's signature.

    Raises:
        InputError: inputs that are missing, or too many.
    """
    if isinstance(found, np.ndarray):
        if len(tensors) != 1:
            raise InputError(
                f"{where}: one array for a model with {counted(len(tensors), 'input')}; "
                f"give an .npz with {input_ways(tensors, names)}"
            )
        return [found]
    if not isinstance(found, Mapping):
        if len(found) != len(tensors):
            raise InputError(
                f"{where}: {counted(len(found), 'array')} for a model with {counted(len(tensors), 'input')}"
            )
        return list(found)
    keys = input_keys(found, tensors, names)
    if keys is not None:
        return [found[key] for key in keys]
    if len(found) == 1 == len(tensors):
        return list(found.values())
    raise InputError(
        f"{where}: holds {', '.join(map(str, found)) or 'nothing'}; expected {input_ways(tensors, names)}"
    )


def _shapes(tensor: Tensor) -> tuple[tuple[int, ...], ...]:
    return tensor.shape, tensor.shape[1:]


def _fitted(array: Array, position: int, tensor: Tensor, interpreter: Interpreter, where: str) -> Array:
    where = f"{where}: input {tensor.name!r}"
    if array.dtype.kind not in "biuf":
        raise InputError(f"{where}: got an array of {array.dtype}, expected {tensor.dtype}")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.shape == tensor.shape[1:] and tensor.shape[:1] == (1,):
        array = array[np.newaxis]
    if array.shape != tensor.shape:
        more = "; run takes one sample of a model without state" if array.shape[1:] in _shapes(tensor) else ""
        raise InputError(f"{where}: got an array of shape {array.shape}, expected {tensor.shape}{more}")
    if array.dtype.kind == "f" and tensor.quantization is not None:
        expect_finite(array, where)
        return interpreter.quantize_input(array, position)
    if array.dtype != tensor.dtype:
        hint = "" if tensor.quantization is None else ", or real numbers such as float32"
        raise InputError(f"{where}: got an array of {array.dtype}, expected {tensor.dtype}{hint}")
    return array
