"""Where, and by how much, a model's answer depends on who computes it.

>>> import microinfer
>>> [found.output_share for found in microinfer.diff("model.tflite", data="test.npz").runtimes]
"""

from __future__ import annotations

import os
from typing import Any

from ..parts.profile import Profile
from ..run.interpreter import Interpreter
from ..validation.results import ValidationSettings
from ..zoo.source import Source
from .device import DeviceDifference, TensorDifference, compare_dump, dumped_inputs, read_dump
from .runtime_answers import BASELINE, RUNTIMES, Runtime, RuntimeRefusedError, make_runtime
from .study import SCHEMA, Difference, Study
from .tally import OperatorDifference, RuntimeDifference

__all__ = [
    "BASELINE",
    "RUNTIMES",
    "SCHEMA",
    "DeviceDifference",
    "Difference",
    "OperatorDifference",
    "Runtime",
    "RuntimeDifference",
    "RuntimeRefusedError",
    "Study",
    "TensorDifference",
    "compare_dump",
    "diff",
    "dumped_inputs",
    "make_runtime",
    "read_dump",
]


def diff(
    model: Source,
    data: Any = None,
    profile: str | os.PathLike[str] | Profile | None = None,
    *,
    runtimes: tuple[str, ...] | None = None,
    samples: int | None = None,
    settings: ValidationSettings | None = None,
) -> Difference:
    """Hold other runtimes against TFLM's bits.

    Args:
        data: as for `validate`; without any, pseudo-random samples.
        runtimes: names of `RUNTIMES`; default all. One that refuses the model says why in its result.
        samples: how many of the data to look at; default 64, 0 for all.

    Raises:
        ModelError, InputError: the model or the data cannot be used; there is no such runtime.
    """
    study = Study(Interpreter(model, profile), data, runtimes, samples, settings)
    for _ in study.run():
        pass
    return study.result()
