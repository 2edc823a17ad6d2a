"""Samples through a frozen network and the layer behind it: each is predicted, then learnt from.

So every answer is of a sample that the layer had not seen (prequential evaluation). Beside it stands the
layer as it was at the beginning; and what it knew before, asked then and at the end, is what it forgets.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..run.interpreter import Interpreter
from ..run.stored_numbers import expect_finite
from ..words.dataclass import dataclass
from .bias_learner import BiasLearner
from .features import features_of
from .online_layer import OnlineLayer

__all__ = ["StreamResult", "Stretch", "features", "labels", "score", "stored", "stream"]

Labels: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Samples `first` to `last` of the stream: how many of them were told rightly, by the layer that learns
    and by the one that does not."""

    first: int
    last: int
    learning: float
    frozen: float


@dataclass(frozen=True, slots=True)
class StreamResult:
    """`zeros`: how many features of a sample were nought, on average."""

    samples: int
    learning: float
    frozen: float
    stretches: tuple[Stretch, ...]
    zeros: float


def features(interpreter: Interpreter, x: Any, place: str) -> NDArray[np.int8]:
    """What the network gives of samples: int8 of [samples, features].

    Raises:
        InputError: the samples do not fit the network, or are not finite.
    """
    wanted = features_of(interpreter)
    values = stored(interpreter, x, place)
    found: NDArray[np.int8] = np.asarray(interpreter.run_batch(values)).reshape(len(values), wanted.count)
    return found


def stored(interpreter: Interpreter, x: Any, place: str) -> NDArray[Any]:
    """Samples as the network takes them.

    Raises:
        InputError: there are none, or they are not finite.
    """
    values = np.asarray(x)
    if values.ndim < 1 or not len(values):
        raise InputError(f"{place}: found no samples, expected an array of them; give at least one")
    if values.dtype.kind == "f":
        expect_finite(values, place)
        values = np.concatenate([interpreter.quantize_input(one[np.newaxis]) for one in values])
    return values


def labels(y: Any, count: int, classes: int, place: str) -> Labels:
    """Classes as whole numbers.

    Raises:
        InputError: another number of them than of samples, or one that is no class.
    """
    found = np.asarray(y)
    if found.shape != (count,) or found.dtype.kind not in "iu":
        raise InputError(
            f"{place}: found labels {found.dtype} of {found.shape}, expected whole numbers of ({count},)"
        )
    if count and not (int(found.min()) >= 0 and int(found.max()) < classes):
        raise InputError(
            f"{place}: found labels {found.min()} to {found.max()}, expected 0 to {classes - 1}; "
            "give the layer an output a class"
        )
    return found.astype(np.int64)


def score(layer: OnlineLayer | BiasLearner, given: NDArray[np.int8], right: Labels) -> float:
    """The share that a layer tells rightly, which learns nothing meanwhile."""
    return float(np.mean([layer.predict(one).argmax() for one in given] == right))


def stream(
    layer: OnlineLayer | BiasLearner,
    given: NDArray[np.int8],
    right: Labels,
    length: int,
    noughts: float | None = None,
) -> StreamResult:
    """A layer learns from features in their order, or a network with it from samples as stored; stretches are
    so many of them long.

    Args:
        noughts: how many features of a sample are nought, on average; default those of `given`.

    Raises:
        InputError: the numbers grew beyond all.
    """
    began = [int(layer.predict(one).argmax()) for one in given]
    found = [int(layer.learn(one, int(label)).argmax()) for one, label in zip(given, right, strict=True)]
    learning, frozen = np.array(found) == right, np.array(began) == right
    stretches = tuple(
        Stretch(
            at,
            min(at + length, len(right)) - 1,
            float(learning[at : at + length].mean()),
            float(frozen[at : at + length].mean()),
        )
        for at in range(0, len(right), length)
    )
    zeros = noughts
    if zeros is None:
        assert isinstance(layer, OnlineLayer)
        zeros = float((given == layer.zero_point).sum(1).mean())
    return StreamResult(len(right), float(learning.mean()), float(frozen.mean()), stretches, zeros)
