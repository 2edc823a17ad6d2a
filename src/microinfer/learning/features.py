"""What a frozen network gives to the layer behind it: the int8 numbers of its first output."""

from __future__ import annotations

from ..errors import InputError
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass

__all__ = ["Features", "features_of"]


@dataclass(frozen=True, slots=True)
class Features:
    """How many, and the real number that each stands for: scale * (stored - zero point)."""

    count: int
    scale: float
    zero_point: int


def features_of(interpreter: Interpreter) -> Features:
    """What the network's first output is.

    Raises:
        InputError: it is not int8 of one scale, or has more than one row.
    """
    index = interpreter.subgraph.outputs[0]
    tensor = interpreter.subgraph.tensors[index]
    place = f"{interpreter.model.name}: output 0 ({tensor.name!r})"
    quantization = tensor.quantization
    if tensor.dtype != "int8" or quantization is None or quantization.per_channel:
        raise InputError(f"{place} is {tensor.dtype}, expected int8 with one scale; quantise the network")
    if tensor.elements < 1 or (tensor.shape and tensor.shape[0] != 1):
        raise InputError(
            f"{place} has shape {tensor.shape}, expected one sample; export it with a batch of 1"
        )
    return Features(tensor.elements, float(tensor.scale), int(tensor.zero_point))
