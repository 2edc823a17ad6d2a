"""Runs one after the other, as a model that keeps state runs on the device, over a sequence of samples.

Between the runs nothing is reset; before the first the model is as after the start of the device.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..files.arrays import read_arrays
from ..operators.spec import Array
from ..words.dataclass import dataclass
from .inputs import Given, most_bytes, named_arrays, set_inputs
from .samples import sequence_length

if TYPE_CHECKING:
    from .interpreter import Interpreter

__all__ = ["Ran", "run_given"]


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """`outputs` are one array an output: as the tensor is, or [runs, *shape] of a sequence."""

    source: str
    runs: int
    outputs: tuple[Array, ...]


def run_given(interpreter: Interpreter, given: Given | None, option: str = "--input") -> Ran:
    """Set the inputs and run once, recorded; of a model that keeps state also a sequence of samples in order,
    of which the last is recorded.

    Args:
        given: as for `set_inputs`; for a sequence each array has one more dimension, in front.
        option: what messages call it.

    Raises:
        InputError: as for `set_inputs`, or inputs of unequal numbers of samples.
        MicroinferError: an operator refuses the data; of a sequence the message says in which run.
    """
    subgraph = interpreter.subgraph
    tensors = [subgraph.tensors[index] for index in subgraph.inputs]
    if given is not None and interpreter.keeps_state:
        where = f"{option} {given}" if isinstance(given, Path) else option
        read = read_arrays(given, where, most_bytes(tensors)) if isinstance(given, Path) else given
        arrays = [
            np.asarray(array) for array in named_arrays(read, tensors, interpreter.model.input_names, where)
        ]
        count = sequence_length(arrays, tensors, where)
        if count is not None:
            made = []
            for position in range(count):
                sample = [array[position] for array in arrays]
                source = set_inputs(interpreter, sample, f"{where}, sample {position}")
                interpreter.invoke(record=position == count - 1)
                made.append([interpreter.get_tensor(index) for index in subgraph.outputs])
            source = source.replace("given by the caller", str(given)) if isinstance(given, Path) else source
            outputs = tuple(np.stack(column) for column in zip(*made, strict=True))
            return Ran(f"{source}, {count} runs one after the other", count, outputs)
    source = set_inputs(interpreter, given, option)
    interpreter.invoke(record=True)
    return Ran(source, 1, tuple(interpreter.get_tensor(index) for index in subgraph.outputs))
