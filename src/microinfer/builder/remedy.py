"""A model with one thing changed, for a layer that loses precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..model.tables import Model, Operator, Tensor
from ..model.write import OperatorRecord, TensorRecord
from ..operators.registry import row
from ..operators.spec import Array, Real, Spec, Weights
from ..words.dataclass import dataclass
from .rewriting import Rewriting

__all__ = [
    "Remedy",
    "bias_of",
    "expect_no_state",
    "keeps_numbers",
    "layer_of",
    "rescaled_bias",
    "weights_of",
    "with_inputs",
]

INT32 = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Remedy:
    """`data` are the bytes of the changed model; `change` says what was changed. `operator` is the layer's
    position in it."""

    change: str
    data: bytes
    operator: int


def layer_of(model: Model, position: int) -> tuple[Operator, Tensor]:
    """The operator, and its only output.

    Raises:
        InputError: it is none whose output could be stored otherwise.
    """
    operator = model.subgraphs[0].operators[position]
    tensors = model.subgraphs[0].tensors
    expect_no_state(operator, tensors)
    if len(operator.outputs) != 1:
        raise InputError(f"{operator.name} has several outputs, which is not changed here")
    target = tensors[operator.outputs[0]]
    if target.dtype != "int8" or target.quantization is None or target.quantization.per_channel:
        raise InputError(f"its output is {target.dtype}, expected int8 with one scale")
    return operator, target


def expect_no_state(operator: Operator, tensors: Sequence[Tensor]) -> None:
    """What is kept from one inference to the next stays as it is.

    Raises:
        InputError: the operator keeps something, or reaches beyond its own tensors.
    """
    spec = spec_of(operator)
    kept = operator.intermediates or any(
        index >= 0 and tensors[index].is_variable for index in operator.inputs
    )
    if kept or spec.links or spec.remembers:
        raise InputError(f"{operator.name} keeps state, which is not changed here")


def spec_of(operator: Operator) -> Spec:
    spec = row(operator.name)
    if spec is None:
        raise InputError(f"{operator.name} is not known here")
    return spec


def weights_of(operator: Operator, tensors: Sequence[Tensor]) -> tuple[Weights, Tensor] | None:
    """Where its weights stand, and they; None where it has none."""
    place = spec_of(operator).weights
    if place is None or len(operator.inputs) < 2:
        return None
    found = tensors[operator.inputs[1]]
    return (place, found) if found.is_constant else None


def bias_of(operator: Operator, place: Weights, tensors: Sequence[Tensor]) -> Tensor | None:
    """None where it has none.

    Raises:
        InputError: it is computed.
    """
    index = operator.inputs[place.bias] if place.bias < len(operator.inputs) else -1
    if index < 0:
        return None
    if tensors[index].data is None:
        raise InputError(f"the bias of {operator.name} is computed, which is not changed here")
    return tensors[index]


def keeps_numbers(operator: Operator, tensors: Sequence[Tensor]) -> bool:
    """Whether its output has the quantisation of its data, and nothing is multiplied with weights."""
    if spec_of(operator).weights is not None or len(operator.outputs) != 1:
        return False
    target = tensors[operator.outputs[0]]
    data = [tensors[index] for index in operator.inputs if index >= 0]
    data = [tensor for tensor in data if tensor.dtype == target.dtype and tensor.quantization is not None]
    return bool(data) and all(same_numbers(tensor, target) for tensor in data)


def same_numbers(one: Tensor, other: Tensor) -> bool:
    """Whether equal stored numbers stand for equal real ones."""
    return (one.scale, one.zero_point) == (other.scale, other.zero_point)


def rescaled_bias(bias: Tensor, factor: Real | float, dtype: str = "int32") -> TensorRecord:
    """A bias whose scale is `factor` times what it was, one factor or one a channel.

    Raises:
        InputError: it has no scales, or does not fit.
    """
    assert bias.data is not None
    found = bias.quantization
    if found is None or bias.dtype not in ("int32", "int64"):
        raise InputError(f"the bias {bias.name!r} has no scale")
    factors = np.broadcast_to(np.asarray(factor, np.float64), np.broadcast(factor, found.scale).shape)
    stored = np.rint(bias.data.astype(np.float64).reshape(-1) / factors)
    if dtype == "int32" and stored.size and (stored.min() < INT32.min or stored.max() > INT32.max):
        raise InputError(f"the bias {bias.name!r} would not fit int32")
    scales = (found.scale.astype(np.float64) * factors).astype(np.float32)
    return TensorRecord(
        f"{bias.name}_rescaled",
        dtype,
        bias.shape,
        tuple(scales.tolist()),
        (0,) * len(scales),
        0,
        little(stored.astype(dtype)),
    )


def little(values: Array) -> bytes:
    """As a file holds them."""
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()


def with_inputs(rewriting: Rewriting, position: int, inputs: dict[int, int]) -> None:
    """The operator reads other tensors, by position of the input."""
    operator: OperatorRecord = rewriting.operators[position]
    changed = tuple(inputs.get(number, index) for number, index in enumerate(operator.inputs))
    rewriting.operators[position] = replace(operator, inputs=changed)
