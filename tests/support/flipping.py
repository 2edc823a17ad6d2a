"""Models with samples for flips, and files with a flipped bit."""

from __future__ import annotations

import numpy as np

from microinfer.builder import ModelBuilder
from microinfer.injection import Specimen, choose_samples
from microinfer.run.samples import sample_shape
from microinfer.validation import ValidationSettings

from support.oracle import Interpreter

__all__ = ["flipped", "specimen_of", "with_state"]


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


def with_state() -> bytes:
    """An SVDF, whose state lasts from run to run."""
    builder = ModelBuilder()
    x = builder.input((1, 4), scale=0.1, zero_point=0)
    features = builder.constant(np.full((2, 4), 90, np.int8), 0.02)
    times = builder.constant(np.full((2, 6), 20000, np.int16), 2.0**-15)
    bias = builder.constant(np.zeros(2, np.int32), 2.0**-9 * 2.0**-15)
    y = builder.svdf(x, features, times, bias, rank=1, state_scale=2.0**-9, activation="NONE", scale=0.2)
    builder.output(y)
    return builder.build()
