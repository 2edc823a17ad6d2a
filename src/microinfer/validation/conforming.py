"""From numbers as the user has them to numbers as the model's input stores them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.quantization import in_steps
from ..operators.reals import real_range, real_values
from ..operators.spec import Array, Real
from ..run.samples import sample_shape
from ..words.dataclass import dataclass

__all__ = ["Counted", "Fitter", "pixel_range"]

Counted: TypeAlias = tuple[str, int, int, bool]
"""Words, numbers clipped, numbers in all, and whether they were whole."""

RAW_PIXELS = 200.0
"""An input that reaches this far takes bytes of images as they are."""


@dataclass(slots=True, eq=False)
class Fitter:
    """Turns blocks of x for one input into stored numbers, and remembers what it did.

    Numbers of the input's own type are stored numbers. All others are real numbers and are quantised with
    the input's scale and zero point; bytes of images are first spread over `pixels`, (low, high).
    `sequences`: a sample may be a sequence, [steps, *sample], of a model that keeps state.
    """

    tensor: Tensor
    stored: bool = False
    pixels: tuple[float, float] | None = None
    images: bool = False
    sequences: bool = False
    words: str = ""
    clipped: int = 0
    count: int = 0
    whole: bool = False

    @property
    def counted(self) -> Counted:
        """What it remembers, to go on from later."""
        return self.words, self.clipped, self.count, self.whole

    @counted.setter
    def counted(self, found: Counted) -> None:
        self.words, self.clipped, self.count, self.whole = found

    def __call__(self, x: Array, first: int) -> tuple[Array, Real | None]:
        """(stored [n, *sample], the same as real numbers where they were given so); `first` is x[0]'s number.

        Raises:
            InputError: another number of elements, or numbers that are not finite or not numbers.
        """
        tensor = self.tensor
        x = self._shaped(x)
        if x.dtype.kind not in "biuf":
            raise InputError(f"input {tensor.name!r}: got an array of {x.dtype}, expected numbers")
        if x.dtype.kind == "f" and not np.isfinite(x).all():
            row = int(np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))[0])
            raise InputError(f"input {tensor.name!r}: sample {first + row} has values that are not finite")
        if tensor.quantization is None:
            return self._plain(x)
        if self.stored or (x.dtype == tensor.dtype and not self.images):
            return self._taken(x, first), None
        real, given = self._real(x)
        self.whole |= x.dtype.kind in "iu" and not given.startswith("bytes")
        self.words = (
            f"{given}, quantised with the input's scale {tensor.scale:.6g} and zero point {tensor.zero_point}"
        )
        return self._quantized(real), real

    def _shaped(self, x: Array) -> Array:
        """[n, *sample] of what differs from it by dimensions of 1, or is flat."""
        shape = sample_shape(self.tensor)
        found, wanted = x.shape[1:], [size for size in shape if size != 1]
        if [size for size in found if size != 1] == wanted or found == (int(np.prod(shape)),):
            return x.reshape(len(x), *shape)
        if self.sequences and found and [size for size in found[1:] if size != 1] == wanted:
            return x.reshape(len(x), found[0], *shape)
        raise InputError(
            f"input {self.tensor.name!r}: got samples of shape {found}, expected {shape}; the array needs "
            "its samples along the first dimension"
        )

    def _plain(self, x: Array) -> tuple[Array, Real | None]:
        self.words = f"taken as {self.tensor.dtype}"
        if self.tensor.dtype == "float32" and (self.images or (x.dtype == np.uint8 and self.pixels)):
            real, self.words = self._real(x)
            return real.astype(np.float32), real
        return x.astype(self.tensor.dtype), x.astype(np.float64) if self.tensor.dtype == "float32" else None

    def _taken(self, x: Array, first: int) -> Array:
        limits = np.iinfo(self.tensor.dtype)
        wrong = (x < limits.min) | (x > limits.max) | (x != np.floor(x))
        if wrong.any():
            row = int(np.flatnonzero(wrong.reshape(len(x), -1).any(axis=1))[0])
            value = x[row][wrong[row]].ravel()[0]
            raise InputError(
                f"input {self.tensor.name!r}: sample {first + row} has {value}, which is no stored "
                f"{self.tensor.dtype}; without --stored numbers are quantised"
            )
        self.words = f"stored {self.tensor.dtype} numbers, taken as they are"
        return x.astype(self.tensor.dtype)

    def _real(self, x: Array) -> tuple[Real, str]:
        if x.dtype != np.uint8 and not self.images:
            return x.astype(np.float64), "real numbers"
        low, high = self.pixels if self.pixels is not None else pixel_range(self.tensor)
        real: Real = low + x.astype(np.float64) * ((high - low) / 255.0)
        return real, f"bytes 0 to 255 as {low:g} to {high:g}"

    def _quantized(self, real: Real) -> Array:
        tensor = self.tensor
        shifted = in_steps(real, tensor)
        limits = np.iinfo(tensor.dtype)
        self.clipped += int(((shifted < limits.min) | (shifted > limits.max)).sum())
        self.count += shifted.size
        quantized: Array = np.clip(shifted, limits.min, limits.max).astype(tensor.dtype)
        return quantized

    @property
    def clipped_share(self) -> float:
        """Share of the numbers that lay outside what the input can hold."""
        return self.clipped / self.count if self.count else 0.0

    def reals(self, stored: Array) -> Real:
        """Stored numbers as real ones."""
        return real_values(stored, self.tensor)


def pixel_range(tensor: Tensor) -> tuple[float, float]:
    """What real numbers the bytes 0 and 255 of an image stand for, by the range that the input can hold.

    Raises:
        InputError: the range is none of 0 to 255, 0 to 1 and -1 to 1.
    """
    held = real_range(tensor)
    if held is None:
        raise InputError(
            f"input {tensor.name!r} is {tensor.dtype}: --pixels LOW:HIGH says what 0 and 255 stand for"
        )
    low, high = held
    if high >= RAW_PIXELS and low <= 1.0:
        return 0.0, 255.0
    for wanted in ((0.0, 1.0), (-1.0, 1.0)):
        if abs(low - wanted[0]) < 0.1 and abs(high - wanted[1]) < 0.1:
            return wanted
    raise InputError(
        f"input {tensor.name!r} holds numbers from {low:.4g} to {high:.4g}; --pixels LOW:HIGH says what the "
        "bytes 0 and 255 of an image stand for, or --stored that they are the model's own numbers"
    )
