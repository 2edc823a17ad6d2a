"""Samples in a folder of images or WAV files, a class in each subfolder."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.spec import Array
from ..run.batch import default_workers
from ..run.samples import sample_shape
from ..words.printing import counted
from .blocks import Block, Dataset, Want
from .fingerprints import file_fingerprint

__all__ = ["open_folder"]

IMAGES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff"))
SOUNDS = frozenset((".wav",))
LARGEST_SAMPLE = 4
"""Bytes of one sample of a WAV file."""
MOST_FILES = 256
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def open_folder(folder: Path, want: Want) -> Dataset:
    """Classes are the subfolders, in the order of --labels or of their names; none without subfolders.

    Raises:
        InputError: no images or WAV files, both, a class that --labels does not have, or a model that
            takes neither.
    """
    if len(want.tensors) > 1:
        raise InputError(f"{folder}: a folder cannot feed a model with {counted(len(want.tensors), 'input')}")
    files = [
        (found, found.relative_to(folder).parts)
        for found in sorted(folder.rglob("*"))
        if found.suffix.lower() in IMAGES | SOUNDS
        and not any(part.startswith(".") for part in found.relative_to(folder).parts)
    ]
    if not files:
        raise InputError(f"{folder}: no images and no WAV files in it or its subfolders")
    kinds = {path.suffix.lower() in SOUNDS for path, _ in files}
    if len(kinds) > 1:
        raise InputError(f"{folder}: images and WAV files together, expected one kind")
    sounds = kinds.pop()
    classes = sorted({parts[0] for _, parts in files if len(parts) > 1})
    loose = next((path for path, parts in files if len(parts) == 1), None)
    if classes and loose is not None:
        raise InputError(f"{loose}: lies beside the subfolders of classes, expected all files in subfolders")
    labels = want.labels if want.labels and classes else tuple(classes)
    unknown = [name for name in classes if name not in labels]
    if unknown:
        raise InputError(f"{folder}: class {unknown[0]!r} is none of {', '.join(labels)}")
    y = np.array([labels.index(parts[0]) for _, parts in files]) if classes else None
    read = partial(_sound if sounds else _image_reader(want.tensors[0]), want.tensors[0])
    paths = [path for path, _ in files]
    what = f"{len(paths)} {'WAV files' if sounds else 'images'}"
    answers = f"{counted(len(classes), 'class')}" if classes else "no answers"
    return Dataset(
        f"{folder} ({what}, {answers})",
        file_fingerprint(*paths, below=folder),
        len(paths),
        partial(_blocks, paths, y, read),
        labels,
        pixels=not sounds,
    )


def _blocks(
    paths: Sequence[Path], y: Array | None, read: Callable[[Path], Array], start: int, size: int
) -> Iterator[Block]:
    size = min(size, MOST_FILES)
    with ThreadPoolExecutor(default_workers(), thread_name_prefix="microinfer-read") as pool:
        for first in range(start, len(paths), size):
            part = paths[first : first + size]
            yield Block(
                (np.stack(list(pool.map(read, part))),), None if y is None else y[first : first + size]
            )


def _image_reader(tensor: Tensor) -> Callable[[Tensor, Path], Array]:
    shape = sample_shape(tensor)
    if len(shape) != 3 or shape[2] not in MODES:
        raise InputError(
            f"input {tensor.name!r} has shape {tensor.shape}, expected [1, height, width, 1, 3 or 4] for "
            "images; a Python function (--data file.py:function) can make other inputs"
        )
    try:
        import PIL.Image
    except ImportError:
        raise InputError("images need Pillow: pip install 'microinfer[data]'") from None

    def read(tensor: Tensor, path: Path) -> Array:
        height, width, channels = sample_shape(tensor)
        try:
            with PIL.Image.open(path) as image:
                converted = image.convert(MODES[channels])
                if converted.size != (width, height):
                    converted = converted.resize((width, height), PIL.Image.Resampling.BILINEAR)
                return np.asarray(converted, np.uint8).reshape(height, width, channels)
        except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
            raise InputError(f"{path}: not an image that can be read ({error})") from error

    return read


def _sound(tensor: Tensor, path: Path) -> Array:
    """One channel as real numbers from -1 to 1, cut or filled with silence to the input's length."""
    shape = sample_shape(tensor)
    length = max(shape, default=1)
    if length != tensor.elements:
        raise InputError(
            f"input {tensor.name!r} has shape {tensor.shape}, which is no row of sound; a Python function "
            "(--data file.py:function) can compute its features"
        )
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, frames = file.getnchannels(), file.getsampwidth(), file.getnframes()
            data = file.readframes(frames)
    except (wave.Error, EOFError, OSError) as error:
        raise InputError(f"{path}: not a WAV file of plain numbers ({error})") from error
    if width > LARGEST_SAMPLE:
        raise InputError(f"{path}: samples of {width} bytes, expected 1 to {LARGEST_SAMPLE}")
    if not data or len(data) < frames * channels * width:
        raise InputError(
            f"{path}: the header says {frames} frames of {channels * width} bytes, "
            f"the file holds {len(data)} bytes of sound"
        )
    whole = np.frombuffer(data[: len(data) // (width * channels) * width * channels], np.uint8)
    if width == 1:
        values = (whole.astype(np.float32) - 128.0) / 128.0
    else:
        wide = np.zeros((len(whole) // width, 4), np.uint8)
        wide[:, 4 - width :] = whole.reshape(-1, width)
        values = (wide.view("<i4")[:, 0] / 2.0**31).astype(np.float32)
    mono = values.reshape(-1, channels).mean(axis=1)[:length]
    return np.pad(mono, (0, length - len(mono))).reshape(shape)
