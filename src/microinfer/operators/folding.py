"""What of a graph does not hang on its inputs, computed once, before the program is written.

Converters that leave the batch open write SHAPE, STRIDED_SLICE, PACK and their like in front of RESHAPE.
On a device all shapes are fixed, so these operators give the same numbers in every run. TFLM runs them
every time. A program that is generated does not: it is made from the folded graph.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.read import reduced
from ..model.tables import Model, Tensor
from .constants import LARGEST_MADE, Evaluate, Values, expect_integers, over_axes, scalar
from .registry import row
from .spec import Node, resolve

__all__ = ["NotConstant", "evaluate", "fold"]


class NotConstant(Exception):  # noqa: N818
    """What an operator makes cannot be told, or is not worth the flash."""


def fold(model: Model) -> Model:
    """The model without those operators of its first subgraph that compute from constants and shapes alone.

    Tensors keep their indices, and operators their `index` and `place` in the file; what the folded ones
    made becomes constant. An operator stays that makes an output of the model, a
    variable, or anything of another type or shape than the file says. The same model where nothing folds.
    """
    graph = model.subgraphs[0]
    made: dict[int, NDArray[Any]] = {}
    fixed = {
        *graph.inputs,
        *graph.outputs,
        *(t.index for t in graph.tensors if t.keeps),
    }
    kept = []
    for operator in graph.operators:
        node = resolve(graph, operator)
        values = [_value(tensor, made) for tensor in node.inputs]
        try:
            if fixed.intersection(operator.outputs):
                raise NotConstant(operator.name)
            made.update(zip(operator.outputs, evaluate(node, values), strict=True))
        except NotConstant:
            kept.append(operator)
    if len(kept) == len(graph.operators):
        return model
    source = model if model.unfolded is None else model.unfolded
    tensors = tuple(
        replace(tensor, data=made[tensor.index], buffer=0) if tensor.index in made else tensor
        for tensor in graph.tensors
    )
    used = {(operator.name, operator.version) for operator in kept}
    return replace(
        model,
        subgraphs=(replace(graph, tensors=tensors, operators=tuple(kept)), *model.subgraphs[1:]),
        operator_codes=tuple(code for code in model.operator_codes if code in used),
        unfolded=source,
    )


def evaluate(node: Node, values: Sequence[NDArray[Any] | None]) -> tuple[NDArray[Any], ...]:
    """The outputs of an operator, given its inputs' values, None where they are computed at run time.

    What tells a tensor's shape needs no values. Outputs have the types and shapes that the file gives them.

    Raises:
        NotConstant: an input is no constant, or the operator is not one of those that are worked out here.
    """
    name = node.operator.name
    known = [value for value in values if value is not None]
    spec = row(name)
    found = (spec.evaluate if spec is not None else None) or _WITHOUT_A_ROW.get(name)
    tells = spec is not None and spec.shapes == "tells"
    if found is None or (len(known) != len(values) and not tells):
        raise NotConstant(name)
    try:
        made = found(node, known)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise NotConstant(name) from error
    if len(made) != len(node.outputs):
        raise NotConstant(name)
    outputs = []
    for tensor, array in zip(node.outputs, made, strict=True):
        if array.shape != tensor.shape or array.dtype != tensor.dtype:
            raise NotConstant(tensor.name)
        output = np.array(array, order="C")
        output.flags.writeable = False
        outputs.append(output)
    return tuple(outputs)


def _range(node: Node, values: Values) -> Values:
    expect_integers(values)
    if node.outputs[0].size_bytes > LARGEST_MADE:
        raise ValueError("large")
    return [np.arange(*map(scalar, values), dtype=values[0].dtype)]


_WITHOUT_A_ROW: Mapping[str, Evaluate] = {
    "RANGE": _range,
    "REDUCE_PROD": over_axes(np.prod),
}
"""Those that microinfer does not run, and folds all the same; one that has a row says it there."""


def _value(tensor: Tensor | None, made: dict[int, NDArray[Any]]) -> NDArray[Any] | None:
    if tensor is None:
        return None
    if tensor.data is not None and tensor.data.shape == tensor.shape:
        return tensor.data
    return made.get(tensor.index)


def _reduced(model: Model) -> tuple[Callable[..., Model], tuple[Any, ...]]:
    """A folded model pickles as the file that it was made of, and is folded anew."""
    if model.unfolded is None:
        return reduced(model)
    reload, content = reduced(model)
    return _refolded, (reload, content)


def _refolded(reload: Callable[..., Model], content: tuple[Any, ...]) -> Model:
    return fold(reload(*content))


copyreg.pickle(Model, _reduced)
