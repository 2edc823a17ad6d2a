"""The verb that lets a layer learn on the device: learn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile

import numpy as np

from ..errors import InputError
from ..exports.formats import BARE_C
from ..learning import (
    BiasLearner,
    Knowledge,
    LearningReport,
    OnlineLayer,
    features,
    features_of,
    labels,
    learning_report,
    score,
    stream,
)
from ..learning.online_layer import MOST_WEIGHTS, whole
from ..learning.training_stream import stored
from ..libraries.library import kernel_library
from ..run.interpreter import Interpreter
from ..zoo.source import open_model
from .given import Part, Release, Source, part_of, release_of

__all__ = ["learn"]

Samples: TypeAlias = str | os.PathLike[str] | tuple[Any, Any]
"""A .npz file with x and y, or the two arrays."""


def learn(
    model: Source,
    part: Part = "cortex-m4",
    library: str | None = None,
    release: Release | None = None,
    *,
    data: Samples,
    known: Samples | None = None,
    layer: OnlineLayer | None = None,
    rate: float = 0.05,
    every: int = 50,
    biases: int = 0,
    residuals: int = 0,
    pace: float = 1.0,
) -> LearningReport:
    """Let a layer behind a frozen network learn from a stream, one sample at a time, and say what that takes.

    Each sample is predicted before it is learnt from. The layer takes the int8 numbers of the network's
    first output, computes in float32, and gives the bits of its kernel in C (TinyOL: Ren et al., 2021).

    Args:
        model: the frozen network, up to its features.
        part, library, release: as for `validate`.
        data: the stream in its order: x as the network takes it, y whole numbers, a class a sample.
        known: samples that the layer knew before, asked before the stream and after it: what it forgets.
        layer: with the weights that it begins with; it is changed. Default: one of noughts.
        rate: how far it goes down the gradient at a sample, where no layer is given.
        every: samples of a stretch of the stream.
        biases: of how many of the network's layers, counted from its output, the biases learn, too (TinyTL:
            Cai et al., 2020). Their kernels are bare-c's; `BiasLearner` has what was learnt.
        residuals: of how many of these layers a lite residual learns, too.
        pace: the part of the rate at which its weights learn.

    Raises:
        ModelError, InputError, ProfileError: as for `validate`; the network's output is not int8, labels that
            are no classes, a layer of another size, weights that grow beyond all numbers, more residuals
            than layers whose biases learn.
    """
    if not isinstance(every, (int, np.integer)) or every < 1:
        raise InputError(f"every: found {every!r}, expected a number of samples from 1 on")
    biases, residuals = whole(biases, "biases", 0), whole(residuals, "residuals", 0)
    if residuals and not biases:
        raise InputError(f"residuals: found {residuals}, expected 0 where no biases learn; say how many do")
    if pace != 1 and not residuals:
        raise InputError(f"pace: found {pace!r}, expected 1 where no lite residuals learn; say how many do")
    if not isinstance(layer, OnlineLayer | None):
        raise InputError(f"layer: found {type(layer).__name__}, expected an OnlineLayer")
    if biases and library is None:
        library = BARE_C
    interpreter = Interpreter(open_model(model), part_of(part), library=library, release=release_of(release))
    found = features_of(interpreter)
    x, y = _samples(data, "data")
    given = features(interpreter, x, "data")
    if layer is None:
        most = max(2, MOST_WEIGHTS // (1 + found.count))
        classes = int(np.max(labels(y, len(given), most, "data"))) + 1
        begun = np.zeros((max(2, classes), 1 + found.count), np.float32)
        layer = OnlineLayer(begun, found.scale, found.zero_point, rate)
    g = layer.geometry
    same = (g.inputs, layer.scale, layer.zero_point) == (
        found.count, np.float32(found.scale), found.zero_point,
    )  # fmt: skip
    if not same or not g.classes:
        raise InputError(
            f"layer: found {g.inputs} inputs of scale {layer.scale:g} and zero point {layer.zero_point}, "
            f"{'classes' if g.classes else 'real numbers'}; expected {found.count} of {found.scale:g} and "
            f"{found.zero_point}, classes; make it of `features_of(interpreter)`"
        )
    if biases:
        learner = BiasLearner(interpreter, layer, biases, residuals, pace)
        return _with_biases(learner, data, known, every)
    right = labels(y, len(given), g.outputs, "data")
    asked, before = None, 0.0
    if known is not None:
        held, of = _samples(known, "known")
        asked = features(interpreter, held, "known")
        answers = labels(of, len(asked), g.outputs, "known")
        before = score(layer, asked, answers)
    result = stream(layer, given, right, every)
    kept = None if asked is None else Knowledge(len(asked), before, score(layer, asked, answers))
    return learning_report(interpreter, layer, result, kept)


def _with_biases(learner: BiasLearner, data: Samples, known: Samples | None, every: int) -> LearningReport:
    """As `learn`, of a network whose biases learn."""
    interpreter, layer = learner.interpreter, learner.layer
    if kernel_library(interpreter.library).interprets:
        raise InputError(f"library: found {interpreter.library}, but biases learn by {BARE_C}; leave it out")

    def of(samples: Samples, place: str) -> tuple[Any, Any]:
        x, y = _samples(samples, place)
        values = stored(interpreter, x, place)
        return values, labels(y, len(values), layer.geometry.outputs, place)

    x, right = of(data, "data")
    asked = None if known is None else of(known, "known")
    before = 0.0 if asked is None else score(learner, *asked)
    noughts = float((features(interpreter, x, "data") == layer.zero_point).sum(1).mean())
    result = stream(learner, x, right, every, noughts)
    kept = None if asked is None else Knowledge(len(asked[1]), before, score(learner, *asked))
    return learning_report(interpreter, learner, result, kept)


def _samples(given: Samples, place: str) -> tuple[Any, Any]:
    """x and y."""
    if isinstance(given, tuple):
        if len(given) != 2:
            raise InputError(f"{place}: found {len(given)} arrays, expected (x, y)")
        return np.asarray(given[0]), np.asarray(given[1])
    if not isinstance(given, str | os.PathLike):
        raise InputError(f"{place}: found {type(given).__name__}, expected (x, y) or a .npz file with both")
    path = Path(given)
    try:
        with path.open("rb") as held, np.load(held) as file:
            return file["x"], file["y"]
    except (OSError, ValueError, KeyError, IndexError, EOFError, TypeError, BadZipFile) as error:
        raise InputError(f"{path}: cannot be read as x and y of a .npz file: {error}") from error
