"""int16 in the middle of an int8 model: one layer's output, and all that reads it, with 16 bits.

Rounding to 8 bits is what a layer adds of noise, so its output has to stay int16 until something has been
computed with it: the layer and its readers are an island of int16x8, with QUANTIZE at its shores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..model.tables import Model, Operator, Tensor
from ..model.write import OperatorRecord, TensorRecord
from ..words.printing import counted
from .operator_version import operator_version
from .remedy import (
    Remedy,
    bias_of,
    expect_no_state,
    keeps_numbers,
    layer_of,
    little,
    rescaled_bias,
    weights_of,
)
from .rewriting import Rewriting

__all__ = ["with_int16"]

SHORE = "QUANTIZE"


def with_int16(model: Model, position: int) -> Remedy:
    """The layer at this position of the first subgraph, and what reads it, in int16x8.

    Raises:
        InputError: it cannot be.
    """
    layer_of(model, position)
    island = _Island(model, position)
    members = len(island.members)
    readers = f" and {counted(members - 1, 'operator')} that read it" if members > 1 else ""
    out = " whose output is the model's," if island.at_the_end else ""
    made = island.write()
    change = f"int16 activations in the layer{readers},{out} {counted(island.shores, SHORE)} around them"
    return Remedy(change, made, island.place)


class _Island:
    def __init__(self, model: Model, position: int) -> None:
        self._graph = model.subgraphs[0]
        self._tensors = self._graph.tensors
        self._rewriting = Rewriting(model)
        self._layer = position
        self._wide: dict[int, int] = {}
        self.members: set[int] = {position}
        self._inside = self._spread()
        self._given = {index for index in self._inside if index in self._graph.outputs}
        movers = {one for one in self.members if keeps_numbers(self._graph.operators[one], self._tensors)}
        self.at_the_end = bool(self._given) and self.members <= {position, *movers}
        self.shores = 0
        self.place = 0

    def _spread(self) -> set[int]:
        """The tensors that are int16 in place of int8; their readers are members."""
        first = self._graph.operators[self._layer].outputs[0]
        inside, open_ = {first}, [first]
        while open_:
            tensor = open_.pop()
            for position, operator in enumerate(self._graph.operators):
                if tensor not in operator.inputs:
                    continue
                self.members.add(position)
                if keeps_numbers(operator, self._tensors) and operator.outputs[0] not in inside:
                    inside.add(operator.outputs[0])
                    open_.append(operator.outputs[0])
        for position in self.members:
            expect_no_state(self._graph.operators[position], self._tensors)
        return inside

    def write(self) -> bytes:
        """The file: members with int16 tensors, and what brings them there and back."""
        written: list[OperatorRecord] = []
        for index in self._inside:
            record = _wide(self._tensors[index])
            if index in self._given and not self.at_the_end:
                self._wide[index] = self._rewriting.add(record)
                continue
            self._rewriting.tensors[index] = record
            self._wide[index] = index
        for position, operator in enumerate(self._graph.operators):
            if position not in self.members:
                written.append(self._rewriting.operators[position])
                continue
            inputs = [self._input(number, operator, written) for number in range(len(operator.inputs))]
            outputs, back = self._outputs(operator)
            if position == self._layer:
                self.place = len(written)
            written.append(self._member(position, tuple(inputs), outputs))
            written += back
        self._rewriting.operators[:] = written
        return self._rewriting.encode()

    def _input(self, number: int, operator: Operator, written: list[OperatorRecord]) -> int:
        index = operator.inputs[number]
        if index < 0:
            return index
        tensor, weights = self._tensors[index], weights_of(operator, self._tensors)
        if weights is not None and number == 1:
            return index
        if weights is not None and number == weights[0].bias:
            bias = bias_of(operator, weights[0], self._tensors)
            data = self._data(operator)
            return index if bias is None else self._rewriting.add(_wide_bias(bias, data))
        if index in self._wide or tensor.dtype != "int8" or tensor.quantization is None:
            return self._wide.get(index, index)
        record = _wide(tensor)
        if tensor.data is not None:
            stored = (tensor.data.astype(np.int32) - tensor.zero_point) * steps(tensor)
            record.buffer = little(stored.astype(np.int16))
        made = self._rewriting.add(record)
        self._wide[index] = made
        if tensor.data is None:
            written.append(self._shore(index, made))
        return made

    def _data(self, operator: Operator) -> Tensor:
        """The int8 data of a layer with weights."""
        found = [self._tensors[index] for index in operator.inputs if index >= 0]
        return next(tensor for tensor in found if tensor.dtype == "int8" and not tensor.is_constant)

    def _outputs(self, operator: Operator) -> tuple[tuple[int, ...], list[OperatorRecord]]:
        """The outputs of a member, and how those come back to int8 that the rest reads."""
        outputs: list[int] = []
        back: list[OperatorRecord] = []
        for index in operator.outputs:
            tensor = self._tensors[index]
            if index in self._inside:
                outputs.append(self._wide[index])
                back += [self._shore(outputs[-1], index)] if outputs[-1] != index else []
                continue
            if tensor.dtype != "int8" or tensor.quantization is None:
                outputs.append(index)
                continue
            outputs.append(self._rewriting.add(_wide(tensor)))
            back.append(self._shore(outputs[-1], index))
        return tuple(outputs), back

    def _member(self, position: int, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> OperatorRecord:
        operator = self._rewriting.operators[position]
        options: Mapping[str, Any] = operator.options
        if "pot_scale_int16" in options:
            options = {**options, "pot_scale_int16": False}
        types = [self._rewriting.tensors[index].dtype if index >= 0 else None for index in inputs]
        shapes = [self._rewriting.tensors[index].shape if index >= 0 else () for index in inputs]
        version = max(operator.version, operator_version(operator.name, types, shapes, options))
        return replace(operator, inputs=inputs, outputs=outputs, options=options, version=version)

    def _shore(self, source: int, target: int) -> OperatorRecord:
        self.shores += 1
        read = self._rewriting.tensors[source]
        version = operator_version(SHORE, [read.dtype], [read.shape], {})
        return OperatorRecord(SHORE, (source,), (target,), {}, version)


def steps(tensor: Tensor) -> int:
    """How many steps of int16 around zero one of int8 is, so that all its numbers are there exactly."""
    return 256 if tensor.zero_point == 0 else 128


def _wide(tensor: Tensor) -> TensorRecord:
    return TensorRecord(
        f"{tensor.name}_int16",
        "int16",
        tensor.shape,
        (tensor.scale / steps(tensor),),
        (0,),
        shape_signature=tensor.shape_signature,
    )


def _wide_bias(bias: Tensor, data: Tensor) -> TensorRecord:
    """As the data's scale is: exactly the numbers that it was, in int64."""
    return rescaled_bias(bias, 1.0 / steps(data), "int64")
