"""A model as people name it: a path, a name of the zoo, the bytes of a file, or one that is open already."""

from __future__ import annotations

import dataclasses
import glob
import os
from pathlib import Path
from typing import TypeAlias

from .. import zoo
from ..errors import InputError, ModelError
from ..model.read import load
from ..model.tables import Model
from ..words.spelling import did_you_mean

__all__ = ["Source", "in_zoo", "open_model"]

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | Model


def _looks_like_path(text: str) -> bool:
    return os.sep in text or "/" in text or text.endswith(".tflite")


def in_zoo(source: Source) -> bool:
    """Whether it names a model of the zoo rather than a file."""
    return isinstance(source, str) and not _looks_like_path(source) and zoo.has(source)


def open_model(source: Source) -> Model:
    """A model from a path, from the zoo by its name, or from bytes; ./digits is always a file.

    Raises:
        InputError: there is neither; the message has the nearest of both.
        ModelError: the file cannot be used.
    """
    if not isinstance(source, (str, os.PathLike)):
        return load(source)
    text = os.fsdecode(source)
    if in_zoo(source):
        return dataclasses.replace(load(zoo.load(text)), name=text)
    path = Path(text)
    try:
        if not path.is_file():
            raise _no_model(text, path)
        return load(path)
    except ModelError as error:
        raise type(error)(f"{text}: {error}") from error
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {text!r}: {getattr(error, 'strerror', None) or error}") from error


def _no_model(text: str, path: Path) -> InputError:
    """What is there instead, or the nearest of the zoo's names and of the files beside."""
    if not text or path.is_dir():
        return InputError(f"{text!r} is {'a folder' if text else 'nothing'}, expected a .tflite file")
    if glob.has_magic(text):
        return InputError(f"no file matches {text!r}")
    if path.exists():
        return InputError(f"{text!r} is no ordinary file, expected a .tflite file")
    beside = [path.parent / found.name for found in path.parent.glob("*.tflite")]
    if _looks_like_path(text):
        what, otherwise = f"no file {text!r}", ""
    else:
        what, otherwise = (
            f"no model {text!r}: no such file, and not in the zoo",
            f"the zoo has {', '.join(zoo.names())}",
        )
    hint = did_you_mean(text, [*zoo.names(), *zoo.further(), *sorted(map(str, beside))], otherwise)
    return InputError(f"{what}; {hint}" if hint else what)
