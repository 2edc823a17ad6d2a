"""The float shadow: the same graph on real numbers, with the weights that the quantised ones stand for.

What the shadow and the device disagree on is the noise of activations that are rounded and clipped. The
weights' own rounding is in both; only a float model shows what that cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..errors import MicroinferError, UnsupportedError
from ..model.tables import Model, Tensor
from ..model.whole import whole
from ..operators.kept import RunEndedError
from ..operators.reals import real_values
from ..operators.registry import row
from ..operators.spec import Array, KeepsInReals, Node, Real, Reals, Spec, resolve
from .beyond import Beyond

__all__ = ["Shadow", "has_reference"]


class Shadow:
    """Runs a model's operators on real numbers, quantised or float model alike.

    Args:
        model: as loaded; of a float model the weights are taken as they are.
    """

    def __init__(self, model: Model) -> None:
        self.subgraph = model.subgraphs[0]
        found = whole(model.subgraphs)
        nodes = tuple(resolve(found.graph, operator, whole=found) for operator in found.graph.operators)
        self.nodes = nodes[: len(self.subgraph.operators)]
        self._graph = found.graph
        self._beyond = Beyond(found, nodes, self.operator)
        self._constants = {
            tensor.index: real_values(tensor.data, tensor)
            for tensor in found.graph.tensors
            if tensor.data is not None and tensor.dtype in _NUMBERS
        }
        self.reset()

    def reset(self) -> None:
        """Every variable to 0."""
        self._variables = {
            tensor.index: np.zeros(tensor.shape) for tensor in self._graph.tensors if tensor.is_variable
        }
        self._beyond.reset()
        self._keeping: dict[int, Callable[[Reals], Real | Sequence[Real]]] = {}
        self._last: dict[int, Real] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """Operators without a float reference."""
        return tuple(sorted({node.operator.name for node in self.nodes if not has_reference(node)}))

    def operator(self, node: Node, values: Mapping[int, Real]) -> list[Real]:
        """One operator's outputs, from the real values of its inputs by tensor index.

        Raises:
            UnsupportedError: there is no float reference for it, or it refuses its inputs.
        """
        name = node.operator.name
        inputs = [self._value(tensor, values) for tensor in node.inputs]
        spec = row(name)
        if spec is not None and spec.scaleless:
            inputs = [_as_stored(x, tensor) for x, tensor in zip(inputs, node.inputs, strict=True)]
        try:
            if spec is not None and spec.moves is not None:
                return _move(node, spec, inputs)
            if spec is not None and spec.links:
                return self._beyond.operator(node, inputs)
            if spec is not None and spec.keeps_in_reals is not None:
                made = self._kept(node, spec.keeps_in_reals)(inputs)
            elif spec is None or spec.in_reals is None:
                node.fail("has no float reference")
            else:
                made = spec.in_reals(node, inputs)
            found = list(made) if isinstance(made, Sequence) else [made]
            outputs = [
                np.asarray(one, np.float64).reshape(tensor.shape)
                for one, tensor in zip(found, node.outputs, strict=True)
            ]
            if not spec.scaleless:
                return outputs
            return [_in_reals(one, tensor) for one, tensor in zip(outputs, node.outputs, strict=True)]
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, MicroinferError):
                raise
            message = f"{name}: cannot be computed in real numbers ({type(error).__name__}: {error})"
            raise UnsupportedError(message, node.operator.place) from error

    def _kept(self, node: Node, make: KeepsInReals) -> Callable[[Reals], Real | Sequence[Real]]:
        """What runs an operator that remembers, with what it has kept since the last reset."""
        index = node.operator.index
        if index not in self._keeping:
            self._keeping[index] = make(node)
        return self._keeping[index]

    def _value(self, tensor: Tensor | None, values: Mapping[int, Real]) -> Real | None:
        if tensor is None:
            return None
        for known in (values, self._variables, self._constants):
            if tensor.index in known:
                return known[tensor.index]
        return None

    def run(self, inputs: Sequence[Real]) -> dict[int, Real]:
        """Every computed tensor's real values by index, from those of the inputs in order.

        Where an operator ends the run, those behind it have what the last run made, at first 0.
        """
        values = {
            index: np.asarray(array, np.float64).reshape(self.subgraph.tensors[index].shape)
            for index, array in zip(self.subgraph.inputs, inputs, strict=True)
        }
        with np.errstate(all="ignore"):
            for node in self.nodes:
                try:
                    made = self.operator(node, values)
                except RunEndedError:
                    break
                values.update((t.index, array) for t, array in zip(node.outputs, made, strict=True))
        for tensor in (tensor for node in self.nodes for tensor in node.outputs):
            if tensor.index not in values:
                values[tensor.index] = self._last.get(tensor.index, np.zeros(tensor.shape))
        self._last = values
        return values


_NUMBERS = frozenset(
    (
        *("float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
        *("int4", "bool"),
    )
)


def has_reference(node: Node) -> bool:
    """Whether the operator can be computed in real numbers."""
    spec = row(node.operator.name)
    if spec is None:
        return False
    ways = spec.moves, spec.in_reals, spec.keeps_in_reals
    return spec.links or any(way is not None for way in ways)


def _as_stored(x: Real | None, tensor: Tensor | None) -> Real | None:
    if x is None or tensor is None or tensor.quantization is None:
        return x
    return np.asarray(x / tensor.scale + tensor.zero_point)


def _in_reals(stored: Real, tensor: Tensor) -> Real:
    if tensor.quantization is None:
        return stored
    return np.asarray((stored - tensor.zero_point) * tensor.scale)


def _move(node: Node, spec: Spec, inputs: Sequence[Real | None]) -> list[Real]:
    outputs: list[Array] = [np.zeros(tensor.shape) for tensor in node.outputs]
    spec.prepare(_in_float32(node, parameters=spec.moves == "data")).bind(inputs, outputs)()
    return outputs


def _in_float32(node: Node, *, parameters: bool) -> Node:
    """The node with float tensors for all but parameters, so that no check of quantisation applies."""

    def real(tensor: Tensor) -> Tensor:
        if tensor.is_constant and tensor.dtype in ("int32", "int64") and parameters:
            return tensor
        return replace(tensor, dtype="float32", quantization=None)

    return Node(
        node.operator,
        tuple(real(tensor) if tensor is not None else None for tensor in node.inputs),
        tuple(real(tensor) for tensor in node.outputs),
        node.release,
    )
