"""A whole dataset through the device's bits: how good the answers are, and where precision is lost.

>>> import microinfer
>>> microinfer.validate("model.tflite", data="test.npz").accuracy
"""

from __future__ import annotations

import os
from typing import Any

from ..parts.profile import Profile
from ..run.interpreter import Interpreter
from ..zoo.source import Source
from .results import Validation, ValidationSettings
from .validator import Validator

__all__ = ["Validation", "ValidationSettings", "Validator", "validate"]


def validate(
    model: Source,
    data: Any = None,
    profile: str | os.PathLike[str] | Profile | None = None,
    *,
    library: str | None = None,
    settings: ValidationSettings | None = None,
) -> Validation:
    """Run a dataset through a model with the device's bits.

    Args:
        data: a pair of arrays (x, y), samples first; or what `microinfer validate --data` takes: an .npz,
            .npy or .csv file, a folder of images or WAV files, or "file.py:function".
        settings: what else `microinfer validate` can be told.

    Raises:
        ModelError, InputError: the model or the data cannot be used, or do not suit each other.
    """
    validator = Validator(Interpreter(model, profile, library=library), data, settings)
    for _ in validator.run():
        pass
    for _ in validator.look_at_layers():
        pass
    return validator.result()
