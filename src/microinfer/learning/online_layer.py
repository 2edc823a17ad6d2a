"""A layer behind a frozen network that learns one sample at a time, as its kernel in C does: the same bits.

TinyOL (Ren, Anicic and Runkler, IJCNN 2021): the network stays as it is in flash, and the weights of one more
layer, in RAM, take a step of stochastic gradient descent a sample. Source of the arithmetic:
`kernels/online_layer.c`; all of it is float32, and a sum is in the order of its terms, the bias first.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..words.dataclass import dataclass

__all__ = ["LOSSES", "Loss", "OnlineGeometry", "OnlineLayer", "positive"]

Floats: TypeAlias = NDArray[np.float32]
Loss = Literal["cross-entropy", "squares"]
LOSSES: tuple[str, ...] = get_args(Loss)
MOST_WEIGHTS = 65_535

_LOG2_E, _LN2_HIGH, _LN2_LOW = np.float32(1.44269504), np.float32(0.693359375), np.float32(2.12194440e-4)
_SMALLEST = np.float32(-80)
_TERMS = tuple(map(np.float32, (1.38888889e-3, 8.33333333e-3, 4.16666667e-2, 1.66666667e-1, 0.5, 1.0, 1.0)))


@dataclass(frozen=True, slots=True)
class OnlineGeometry:
    """`classes`: the outputs are the probabilities of classes; else they are real numbers."""

    inputs: int
    outputs: int
    classes: bool

    @property
    def weights(self) -> int:
        return self.outputs * (1 + self.inputs)

    @property
    def weights_bytes(self) -> int:
        """Of RAM, for good: they change."""
        return 4 * self.weights

    @property
    def scratch_bytes(self) -> int:
        """Of RAM, from a prediction until it has been learnt from: features and outputs as real numbers."""
        return 4 * (self.inputs + self.outputs)


class OnlineLayer:
    """The layer and its weights, float32 of [outputs, 1 + inputs], the bias in front; learning changes them.

    Args:
        weights: what it begins with.
        scale, zero_point: of the features, which are int8.
        rate: how far a step goes down the gradient.
        loss: "cross-entropy", where the outputs are classes, or "squares".

    Raises:
        InputError: weights of another shape, a scale or rate that is no positive number in float32, a zero
            point that is not int8's, a loss that is not known.
    """

    def __init__(
        self,
        weights: Floats,
        scale: float,
        zero_point: int,
        rate: float = 0.05,
        loss: str = "cross-entropy",
    ) -> None:
        try:
            found = np.array(weights, np.float32, order="C")
        except (TypeError, ValueError):
            raise InputError("weights: found no array of numbers, expected (outputs, 1 + inputs)") from None
        if found.ndim != 2 or not found.shape[0] or found.shape[1] < 2:
            raise InputError(
                f"weights: found shape {found.shape}, expected (outputs, 1 + inputs); give the biases first"
            )
        if found.size > MOST_WEIGHTS:
            raise InputError(
                f"weights: found {found.size:,}, the kernel takes {MOST_WEIGHTS:,}; take fewer features"
            )
        if not np.isfinite(found).all():
            raise InputError("weights: some are no finite numbers; begin with zeros")
        if loss not in LOSSES:
            raise InputError(f"loss {loss!r} is not known, expected one of {', '.join(LOSSES)}")
        self.weights = found
        self.scale, self.rate = positive(scale, "scale"), positive(rate, "rate")
        if not -128 <= zero_point <= 127:
            raise InputError(f"zero_point: found {zero_point}, expected int8's, -128 to 127")
        self.zero_point = int(zero_point)
        self.geometry = OnlineGeometry(found.shape[1] - 1, found.shape[0], loss == "cross-entropy")

    def real(self, features: NDArray[np.int8]) -> Floats:
        """The features as real numbers."""
        found: Floats = (features.astype(np.int16) - self.zero_point).astype(np.float32) * self.scale
        return found

    def predict(self, features: NDArray[np.int8]) -> Floats:
        """Of one sample, int8 of [inputs]: float32 of [outputs]; probabilities where these are classes.

        Raises:
            InputError: features of another shape or type.
        """
        wanted = (self.geometry.inputs,)
        if np.shape(features) != wanted or np.asarray(features).dtype != np.int8:
            found = f"{np.asarray(features).dtype} of {np.shape(features)}"
            raise InputError(f"features: found {found}, expected int8 of {wanted}, one sample as stored")
        terms = np.empty_like(self.weights)
        terms[:, 0] = self.weights[:, 0]
        np.multiply(self.weights[:, 1:], self.real(features), out=terms[:, 1:])
        outputs: Floats = np.add.accumulate(terms, axis=1, dtype=np.float32)[:, -1]
        return _probabilities(outputs) if self.geometry.classes else outputs

    def learn(self, features: NDArray[np.int8], target: int | Floats) -> Floats:
        """A step down the gradient; gives what was predicted before it.

        Args:
            target: a class, or the outputs as they should be.

        Raises:
            InputError: features or a target that do not fit, or the weights have grown beyond all numbers.
        """
        self._expect_target(target)
        predicted = self.predict(features)
        errors = predicted.copy()
        if self.geometry.classes:
            errors[target] -= np.float32(1)
        else:
            errors -= np.asarray(target, np.float32)
        steps = self.rate * errors
        self.weights[:, 0] -= steps
        self.weights[:, 1:] -= steps[:, np.newaxis] * self.real(features)
        if not np.isfinite(self.weights).all():
            raise InputError(
                f"rate: at {self.rate:g} the weights grew beyond all numbers; take a smaller one"
            )
        return predicted

    def _expect_target(self, target: int | Floats) -> None:
        """A class below the outputs (from the end of an array, -1 would be one), or as many numbers."""
        count, found = self.geometry.outputs, np.asarray(target)
        if not self.geometry.classes:
            if found.shape != (count,) or found.dtype.kind not in "fiu":
                raise InputError(
                    f"target: found {found.dtype} of {found.shape}, expected numbers of ({count},)"
                )
        elif found.shape or found.dtype.kind not in "iu" or not 0 <= int(found) < count:
            raise InputError(
                f"target: found {target!r}, expected a class, a whole number from 0 to {count - 1}"
            )


def positive(value: float, name: str) -> np.float32:
    """As the kernel has it, where it must not have become 0 or infinite."""
    try:
        with np.errstate(over="ignore"):
            found = np.float32(value)
    except (TypeError, ValueError):
        found = np.float32(0)
    if not (np.isfinite(found) and found > 0):
        raise InputError(f"{name}: found {value!r}, expected a number above 0 in float32, such as 0.05")
    return found


def whole(value: int, name: str, least: int, most: int | None = None) -> int:
    """A number of layers, which a text or a real number is none of."""
    known = isinstance(value, (int, np.integer)) and least <= value
    if not known or (most is not None and value > most):
        span = f"from {least} on" if most is None else f"from {least} to {most}"
        raise InputError(f"{name}: found {value!r}, expected a number of layers {span}")
    return int(value)


def _exponential(x: Floats) -> Floats:
    inside = np.where(x > _SMALLEST, x, np.float32(0))
    whole = (inside * _LOG2_E - np.float32(0.5)).astype(np.int16)
    rest = inside - whole.astype(np.float32) * _LN2_HIGH
    rest = rest + whole.astype(np.float32) * _LN2_LOW
    power = np.full_like(x, _TERMS[0])
    for term in _TERMS[1:]:
        power = power * rest + term
    bits = power.view(np.int32) + whole.astype(np.int32) * np.int32(1 << 23)
    found: Floats = np.where(x > _SMALLEST, bits.view(np.float32), np.float32(0))
    return found


def _probabilities(outputs: Floats) -> Floats:
    grown = _exponential(outputs - outputs.max())
    total = np.add.accumulate(grown, dtype=np.float32)[-1]
    found: Floats = grown / total
    return found
