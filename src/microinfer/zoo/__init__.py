"""Models that ship with microinfer, by name.

Those of `trained` come with held-out samples, but for the `further()` ones, which are streams and other
networks of the same data; the programs that trained them are in the repository's `training/` and
`examples/gallery/` folders. The other models are built on demand. Those of `sound` are designed: filters and
features by their formulas. The rest has seeded random weights: they have the published shapes, so their cost,
memory and speed are real, and their answers mean nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..words.spelling import did_you_mean
from .entry import Entry
from .trained import FURTHER, GALLERY, TRAINED

__all__ = [
    "GALLERY",
    "Entry",
    "builders",
    "describe",
    "further",
    "has",
    "labels",
    "load",
    "names",
    "recognise",
    "sample",
    "samples",
]

_DATA = Path(__file__).with_name("data")


@cache
def _built(module: str, table: str) -> Mapping[str, Callable[..., bytes]]:
    """The models that a module of this room builds; none where it is left out of a copy."""
    try:
        found: Mapping[str, Callable[..., bytes]] = getattr(import_module(f".{module}", __name__), table)
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{module}":
            raise
        return {}
    return found


def _architectures() -> Mapping[str, Callable[..., bytes]]:
    return _built("architectures", "ARCHITECTURES")


def _sounds() -> Mapping[str, Callable[..., bytes]]:
    return _built("sound", "SOUNDS")


def _builder(name: str) -> Callable[..., bytes] | None:
    return _architectures().get(name) or _sounds().get(name)


def names() -> tuple[str, ...]:
    """Every model of the zoo that has samples or is built on demand, the trained ones first."""
    return (*TRAINED, *_architectures(), *_sounds())


def further() -> tuple[str, ...]:
    """The trained models without samples here: `describe(name).folder` of the gallery has them."""
    return tuple(FURTHER)


def has(name: str) -> bool:
    """Whether there is such a model."""
    return name in TRAINED or name in FURTHER or _builder(name) is not None


def describe(name: str) -> Entry:
    """Title, labels, and whether the model is trained.

    Raises:
        InputError: there is no such model; the message has the nearest name.
    """
    if (known := TRAINED.get(name) or FURTHER.get(name)) is not None:
        return known
    if (build := _builder(name)) is not None:
        about = (build.__doc__ or name).strip().partition("\n")[0].rstrip(".")
        return Entry(name, about, False, designed=name in _sounds())
    hint = did_you_mean(name, [*names(), *further()], f"the zoo has {', '.join(names())}")
    raise InputError(f"no model {name!r} in the zoo; {hint}")


def _data(file: str) -> bytes:
    return (_DATA / file).read_bytes()


def builders() -> Mapping[str, Callable[..., bytes]]:
    """The architectures that are built in any size: name to `build(seed, *, width, depth, size)`."""
    return _architectures()


def load(name: str, **sizes: Any) -> bytes:
    """The model's `.tflite` file.

    Args:
        sizes: of one that is built: seed, width, depth and size, as its function in `builders()` says.

    Raises:
        InputError: there is no such model, or it is not built in such a size.
    """
    if describe(name).trained or (sizes and name not in builders()):
        if sizes:
            raise InputError(f"{name!r} is of one size; it takes no {', '.join(sizes)}")
        return _data(f"{name}.tflite")
    build = _builder(name)
    assert build is not None
    try:
        return build(**sizes)
    except TypeError as error:
        if not sizes:
            raise
        raise InputError(f"{name}: {error}") from error


@cache
def _samples(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    if not describe(name).trained:
        raise InputError(f"{name!r} is untrained: it has no samples")
    if name in FURTHER:
        place = f"examples/gallery/{FURTHER[name].folder}"
        raise InputError(f"{name!r} has no samples in the package; the repository's {place} has them")
    path = _DATA / f"{name}.npz"
    from ..files.arrays import read_arrays

    saved = read_arrays(path, str(path))
    assert not isinstance(saved, np.ndarray), f"{path} is an archive"
    x, y = saved["x"], saved["y"]
    x.flags.writeable = y.flags.writeable = False
    return x, y


def samples(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Held-out samples, read-only: (x, y) with one row a sample.

    x is int8 as the model's input holds it, float32 for sine_float, without the batch dimension: (360, 8, 8,
    1) for digits, (200, 1) for both sines. y is the right class for digits, uint8 (360,), sin(x) for the
    sines, float32 (200, 1), and 1 for an anomaly, 0 for none, uint8, where the model is an autoencoder.

    Raises:
        InputError: there is no such model, it is untrained, or its samples are not in the package.
    """
    return _samples(name)


def sample(name: str) -> NDArray[Any]:
    """One held-out sample (`describe(name).sample`), as the model's only input takes it: batch of one.

    Raises:
        InputError: there is no such model, it is untrained, or its samples are not in the package.
    """
    position = describe(name).sample
    return _samples(name)[0][position : position + 1]


def labels(name: str) -> tuple[str, ...]:
    """Names of the output's classes, empty where the output is not a class.

    Raises:
        InputError: there is no such model.
    """
    return describe(name).labels


@cache
def _digests() -> Mapping[str, str]:
    return {hashlib.sha256(_data(f"{name}.tflite")).hexdigest(): name for name in TRAINED}


def recognise(sha256: str) -> str | None:
    """The trained model with this digest, whatever its file is called now."""
    return _digests().get(sha256)
