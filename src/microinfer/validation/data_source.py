"""What a validation is given: its data, and the output that they are of."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .. import zoo
from ..errors import InputError
from ..run.interpreter import Interpreter
from .blocks import Dataset, Want, from_arrays
from .datasets import open_dataset
from .fingerprints import array_fingerprint
from .functions import open_pipeline
from .pipelines import is_pipeline


def output_position(interpreter: Interpreter, wanted: str | None) -> int:
    tensors = [interpreter.subgraph.tensors[index] for index in interpreter.subgraph.outputs]
    if wanted is None:
        return 0
    names = [
        (tensor.name, name) for tensor, name in zip(tensors, interpreter.model.output_names, strict=True)
    ]
    for position, known in enumerate(names):
        if wanted in known or wanted == str(position):
            return position
    raise InputError(f"no output {wanted!r}; the model has {', '.join(tensor.name for tensor in tensors)}")


def dataset_of(data: Any, want: Want, known: str | None) -> Dataset:
    if isinstance(data, Dataset):
        return data
    if data is None:
        if known is None:
            raise InputError("no data: --data names a file, a folder or a Python function with samples")
        x, answers = zoo.samples(known)
        return from_arrays(f"the zoo's samples of {known}", f"zoo {known}", [x], answers, want.labels)
    if isinstance(data, (str, os.PathLike)):
        return open_dataset(os.fspath(data), want)
    if isinstance(data, tuple) and len(data) == 2:
        parts = data[0] if isinstance(data[0], (list, tuple)) and len(want.tensors) > 1 else [data[0]]
        y = None if data[1] is None else np.asarray(data[1])
        arrays = [np.asarray(part) for part in parts]
        return from_arrays("arrays", f"arrays {array_fingerprint([*arrays, y])}", arrays, y, want.labels)
    if is_pipeline(data):
        return open_pipeline(data, want)
    raise InputError(
        f"data is a {type(data).__name__}, expected a path, a pair of arrays (x, y), or samples or batches "
        "one after the other"
    )
