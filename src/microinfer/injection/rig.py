"""A model bound once, of which single operators are bound anew while the others stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..model.tables import Model, Operator, Tensor
from ..model.whole import whole
from ..operators.joined_runs import joined
from ..operators.kept import Remembering
from ..operators.node import contracted
from ..operators.prepare import prepare_node
from ..operators.release import Release
from ..operators.resolver import OpResolver
from ..operators.spec import Array, Node, Run, Step, resolve
from ..run.samples import sample_shape
from ..run.storage import Storage
from ..words.dataclass import replace

__all__ = ["Rig", "can_be_rigged"]


def can_be_rigged(model: Model, steps: Sequence[Step]) -> bool:
    """Whether each operator hangs on its own tensors alone: no subgraphs, no variables, no handles."""
    graph = model.subgraphs[0]
    return (
        len(model.subgraphs) == 1
        and all(step.link is None for step in steps)
        and not any(tensor.is_variable or tensor.dtype == "resource" for tensor in graph.tensors)
    )


class Rig:
    """Samples go through in blocks of `samples`; of a model with state there is none.

    Args:
        model, steps: widened to so many samples, or the model as it is, for 1.
        fused: whether products are added without being rounded before.
    """

    def __init__(
        self,
        model: Model,
        steps: Sequence[Step],
        storage: Storage,
        samples: int,
        fused: bool,
        release: Release,
    ) -> None:
        self._model, self._steps, self._storage, self._samples = model, steps, storage, samples
        self._fused, self._release = fused, release
        self._resolver = OpResolver.builtin()
        graph = model.subgraphs[0]
        self._tensors = graph.tensors
        self._runs = [self._bind(step, {}) for step in steps]
        self._readers: dict[int, list[int]] = {}
        self._places = {step.index: position for position, step in enumerate(steps)}
        for position, step in enumerate(steps):
            used = {
                *step.node.operator.inputs,
                *step.node.operator.outputs,
                *step.node.operator.intermediates,
            }
            for index in used:
                self._readers.setdefault(index, []).append(position)
        self._inputs = [self._view(index) for index in graph.inputs]
        self._outputs = [self._view(index) for index in graph.outputs]

    @property
    def remembers(self) -> bool:
        """Whether an operator keeps something outside the tensors."""
        return any(isinstance(run, Remembering) for run in self._runs)

    def _view(self, index: int) -> Array:
        array = self._storage.arrays[index]
        assert array is not None
        tensor = self._tensors[index]
        shape = tensor.shape[1:] if self._samples > 1 else sample_shape(tensor)
        return array.reshape(self._samples, *shape)

    def _array(self, tensor: Tensor | None, other: Mapping[int, Tensor]) -> Array | None:
        if tensor is None:
            return None
        if tensor.index in other and other[tensor.index].data is not None:
            return other[tensor.index].data
        return self._storage.bound[tensor.index]

    def _bind(self, step: Step, other: Mapping[int, Tensor]) -> Run:
        inputs = [self._array(tensor, other) for tensor in step.node.inputs]
        outputs = [array for t in step.node.outputs if (array := self._array(t, other)) is not None]
        return step.bind(inputs, outputs)

    def reads(self, tensors: Mapping[int, Tensor], operators: Mapping[int, Operator]) -> list[int] | None:
        """The positions of the operators that these change; None where one of them is not in the rig."""
        if not operators.keys() <= self._places.keys():
            return None
        found = {self._places[index] for index in operators}
        for index in tensors:
            found.update(self._readers.get(index, ()))
        return sorted(found)

    def altered(
        self, tensors: Mapping[int, Tensor], operators: Mapping[int, Operator]
    ) -> dict[int, Step] | None:
        """These operators prepared anew, by their positions; None where one asks for another memory, or other
        work, than it did: then nothing here holds.

        Raises:
            UnsupportedError: an operator refuses what it finds.
        """
        positions = self.reads(tensors, operators)
        if positions is None:
            return None
        own = {index: self._fitted(tensor) for index, tensor in tensors.items()}
        found: dict[int, Step] = {}
        for position in positions:
            old = self._steps[position]
            made = prepare_node(self._node(old, own, operators), self._resolver)
            if made.geometry != old.geometry or made.link is not None:
                return None
            found[position] = contracted((made,))[0] if self._fused else made
        return found

    def _fitted(self, tensor: Tensor) -> Tensor:
        """As it is here: of so many samples."""
        own = self._tensors[tensor.index]
        return replace(tensor, shape=own.shape, shape_signature=own.shape_signature)

    def _node(self, step: Step, tensors: Mapping[int, Tensor], operators: Mapping[int, Operator]) -> Node:
        operator = operators.get(step.index)
        if operator is None:
            operator = step.node.operator
        else:
            operator = replace(operator, inputs=step.node.operator.inputs, outputs=step.node.operator.outputs)
        node = resolve(self._model.subgraphs[0], operator, self._release, whole(self._model.subgraphs))
        return replace(
            node,
            inputs=tuple(t if t is None else tensors.get(t.index, t) for t in node.inputs),
            outputs=tuple(tensors.get(t.index, t) for t in node.outputs),
        )

    def run(
        self, x: Sequence[Array], steps: Mapping[int, Step], tensors: Mapping[int, Tensor]
    ) -> list[Array]:
        """The outputs of all samples, [n, *shape] each, with these operators in place of their own.

        Raises:
            MicroinferError: an operator refuses what it gets.
        """
        runs = list(self._runs)
        for position, step in steps.items():
            runs[position] = self._bind(step, tensors)
        together = joined(runs)
        total = len(x[0])
        made = [np.empty((total, *view.shape[1:]), view.dtype) for view in self._outputs]
        for start in range(0, total, self._samples):
            stop = min(start + self._samples, total)
            for view, source in zip(self._inputs, x, strict=True):
                view[: stop - start] = source[start:stop]
                view[stop - start :] = source[stop - 1]
            for run in together:
                run()
            for target, view in zip(made, self._outputs, strict=True):
                target[start:stop] = view[: stop - start]
        return made
