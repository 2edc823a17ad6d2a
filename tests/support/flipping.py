"""Models with samples for flips, and files with a flipped bit."""

from __future__ import annotations

import numpy as np

from microinfer.injection import Specimen, choose_samples
from microinfer.run.samples import sample_shape
from microinfer.validation import ValidationSettings

from support.oracle import Interpreter

__all__ = ["flipped", "specimen_of"]


def specimen_of(model: bytes, samples: int = 3, *, steps: int = 0) -> Specimen:
    """Of samples from a seed; with `steps` they are sequences of so many."""
    interpreter = Interpreter(model, "cortex-m4", library="reference", contracts=False)
    generator = np.random.default_rng(5)
    x = []
    for index in interpreter.subgraph.inputs:
        tensor = interpreter.subgraph.tensors[index]
        drawn = generator.normal(size=(samples, *((steps,) if steps else ()), *sample_shape(tensor)))
        x.append((drawn if tensor.dtype.startswith("float") else 60 * drawn).astype(tensor.dtype))
    return choose_samples(interpreter, (x if len(x) > 1 else x[0], None), ValidationSettings(stored=True))


def flipped(model: bytes, site: int) -> bytes:
    data = bytearray(model)
    data[site // 8] ^= 1 << site % 8
    return bytes(data)
