"""Biases of a frozen network that learn with the layer behind it, one sample at a time (TinyTL).

Cai, Gan, Zhu and Han, NeurIPS 2020: the gradient of a bias needs no activation, but a bit of each that a RELU
clamps. The network stays int8 and its weights in flash; biases are int32 in RAM with what a step left of
them, so that a file with them in it gives the bits that the device gives. Their C gives these bits, too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..builder.rewriting import Rewriting
from ..errors import InputError
from ..operators.spec import Array
from ..run.interpreter import Interpreter
from ..run.storage import separate
from ..words.dataclass import dataclass
from .backward_pass import channel_sums, entered, kept_of, masked, narrowed, sums_back
from .features import features_of
from .online_layer import Floats, OnlineLayer, positive, whole
from .passages import Passage, passages
from .residual_module import added, averages_of, residual_weights, stepped, weight_step

__all__ = ["BiasGeometry", "BiasLearner"]

LARGEST_STEP = np.float32(1 << 24)
"""In steps of an int32 bias."""
LARGEST_CHANGE = 1 << 30


@dataclass(frozen=True, slots=True)
class BiasGeometry:
    """Bytes of RAM that learning biases takes beside the network's arena and the layer behind it.

    `biases_bytes` for good; of a sample `kept_bytes` from the pass forward to that backwards,
    `pass_bytes` in it.
    """

    biases: int
    kept_bytes: int
    gradients: int
    sums: int
    residual_weights: int = 0
    offsets: int = 0

    @property
    def biases_bytes(self) -> int:
        """An int32 and a float32 each, and a float32 a weight of a lite residual."""
        return 8 * self.biases + 4 * self.residual_weights

    @property
    def pass_bytes(self) -> int:
        """Gradients of int16, sums of int32, and what a lite residual adds."""
        return 2 * self.gradients + 4 * (self.sums + self.offsets)

    @property
    def ram_bytes(self) -> int:
        return self.biases_bytes + self.kept_bytes + self.pass_bytes


class BiasLearner:
    """The network, the layer behind it, and how far the biases have gone.

    Args:
        interpreter: of the network up to its features; is not changed.
        layer: behind it; learns as it does alone, and its rate is that of the biases.
        layers: how many layers with weights have biases that learn, counted from the features.
        residuals: of how many of these a lite residual learns, too, counted likewise.
        pace: the part of the rate at which its weights learn.

    Raises:
        InputError: the layer does not take the features, a gradient does not go through an operator, more
            residuals than layers, or a pace that is no positive number in float32.
    """

    def __init__(
        self, interpreter: Interpreter, layer: OnlineLayer, layers: int, residuals: int = 0, pace: float = 1.0
    ) -> None:
        found = features_of(interpreter)
        if found.count != layer.geometry.inputs:
            raise InputError(
                f"the layer takes {layer.geometry.inputs} features, the network gives {found.count}; "
                "give weights of (outputs, 1 + features)"
            )
        self.interpreter, self.layer = interpreter, layer
        self.passages = passages(interpreter, layers)
        residuals = whole(residuals, "residuals", 0, layers)
        self.pace = positive(pace, "pace")
        beside = self.learning[layers - residuals :]
        self.residuals = {one.step.index: residual_weights(one) for one in beside}
        """By the place of a layer the float32 weights of its lite residual, [outputs, inputs]."""
        self._averages: dict[int, NDArray[np.int16]] = {}
        self.changes = np.zeros(sum(one.biases for one in self.passages), np.int32)
        self.rests = np.zeros(len(self.changes), np.float32)
        steps = interpreter.steps
        self._arrays = separate(interpreter.subgraph, interpreter.plan, steps).arrays
        self._of = {one.step.index: one for one in self.passages}
        self._kept = [np.zeros(0, np.uint8)] * len(self.passages)
        self._factors = [
            None if one.scales is None else layer.rate * (np.float32(1) / one.scales) for one in self.passages
        ]
        self.taught: list[int | None] = [None] * len(self.passages)
        """Of each passage how many outputs had a gradient in the last step; None: none came so far."""
        self._seen: list[list[int]] = [[] for _ in self.passages]
        self._runs: list[Callable[[], object]] = []
        for step in steps:
            if step.link is not None:
                raise InputError(f"{step.node.operator.place}: {step.name} calls others, which is not learnt")
            self._runs.append(self._bound(step.index))

    @property
    def geometry(self) -> BiasGeometry:
        """What it takes of RAM."""
        entry = self.passages[-1].window.outputs
        gradients = [one.window.outputs for one in self.passages]
        sums = [one.window.inputs for one in self.passages if one.through]
        return BiasGeometry(
            len(self.changes),
            sum(one.kept_bytes for one in self.passages)
            + sum(2 * each.shape[1] for each in self.residuals.values()),
            max(gradients),
            max(entry, *sums) if sums else entry,
            sum(each.size for each in self.residuals.values()),
            max((len(each) for each in self.residuals.values()), default=0),
        )

    def _places(self) -> list[slice]:
        """Of each passage its biases."""
        ends = np.cumsum([one.biases for one in self.passages]).tolist()
        return [slice(end - one.biases, end) for one, end in zip(self.passages, ends, strict=True)]

    def _bound(self, index: int) -> Callable[[], object]:
        step = self.interpreter.steps[index]
        inputs = [None if one is None else self._arrays[one.index] for one in step.node.inputs]
        one = self._of.get(step.index)
        if one is not None and one.learns:
            place = self._places()[self.passages.index(one)]
            bias = inputs[2]
            assert bias is not None
            changes = self.changes[place]
            if index in self.residuals:
                assert inputs[0] is not None
                self._averages[index] = averages_of(one, inputs[0])
                changes = changes + added(self.residuals[index], self._averages[index])
            inputs[2] = np.ascontiguousarray(bias + changes.reshape(bias.shape))
        outputs = [found for each in step.node.outputs if (found := self._arrays[each.index]) is not None]
        return step.bind(inputs, outputs)

    def features(self, sample: Array) -> NDArray[np.int8]:
        """What the network gives of a sample, as stored, with the biases that it has now."""
        source = self._arrays[self.interpreter.subgraph.inputs[0]]
        assert source is not None
        if np.asarray(sample).dtype != source.dtype or np.size(sample) != source.size:
            raise InputError(
                f"sample: found {np.asarray(sample).dtype} of {np.shape(sample)}, expected {source.dtype} of "
                f"{source.shape}, as stored"
            )
        source[...] = np.asarray(sample).reshape(source.shape)
        for at, run in enumerate(self._runs):
            (self._bound(at) if at in self.residuals else run)()
        found = self._arrays[self.interpreter.subgraph.outputs[0]]
        assert found is not None
        return found.reshape(-1).copy()

    def predict(self, sample: Array) -> Floats:
        """Float32 of [outputs]; probabilities where these are classes."""
        return self.layer.predict(self.features(sample))

    def learn(self, sample: Array, target: int | Floats) -> Floats:
        """A step down the gradient of the layer and of the biases; gives what was predicted before it.

        Raises:
            InputError: a target that does not fit, or numbers that have grown beyond all.
        """
        given = self.features(sample)
        self.taught = [None] * len(self.passages)
        before = self.layer.weights[:, 1:].copy()
        predicted = self.layer.learn(given, target)
        errors = predicted.copy()
        if self.layer.geometry.classes:
            errors[target] -= np.float32(1)
        else:
            errors -= np.asarray(target, np.float32)
        products = before * errors[:, np.newaxis]
        found = entered(np.add.accumulate(products, axis=0, dtype=np.float32)[-1], self.passages[-1].bits)
        if found is not None:
            self._keep()
            self._back(*found)
        return predicted

    def _keep(self) -> None:
        for at, one in enumerate(self.passages):
            source, target = one.step.node.inputs[0], one.step.node.outputs[0]
            assert source is not None
            x, y = self._arrays[source.index], self._arrays[target.index]
            assert x is not None
            assert y is not None
            self._kept[at] = kept_of(one, x, y)

    def _back(self, gradient: NDArray[np.int16], scale: np.float32) -> None:
        """Every bias a step; the scale is of the gradient."""
        places = self._places()
        for at in reversed(range(len(self.passages))):
            one = self.passages[at]
            if one.learns:
                gradient = masked(one, gradient, self._kept[at])
            self.taught[at] = int(np.count_nonzero(gradient))
            self._seen[at].append(int(np.count_nonzero(gradient)))
            if one.learns:
                summed = channel_sums(one, gradient)
                self._step(at, places[at], summed, scale)
                self._step_aside(at, summed, scale)
            if not one.through:
                break
            sums, factor = sums_back(one, gradient, self._kept[at])
            narrow = narrowed(sums, self.passages[at - 1].bits)
            if narrow is None:
                break
            gradient, shift = narrow
            scale = scale * factor * shift
            if not scale:
                break
        for one in self.passages:
            if one.learns:
                self._runs[one.step.index] = self._bound(one.step.index)

    def _step(self, at: int, place: slice, sums: NDArray[np.int32], scale: np.float32) -> None:
        """Down the gradient: whole steps of the int32 bias, and what is left of them."""
        factors = self._factors[at]
        assert factors is not None
        with np.errstate(over="ignore", invalid="ignore"):
            rests = self.rests[place] - scale * sums.astype(np.float32) * factors
            if not np.isfinite(rests).all():
                self._diverged()
            rests = np.clip(rests, -LARGEST_STEP, LARGEST_STEP)
        whole = rests.astype(np.int32)
        self.rests[place] = rests - whole.astype(np.float32)
        later = self.changes[place].astype(np.int64) + whole
        if np.abs(later).max() > LARGEST_CHANGE:
            self._diverged()
        self.changes[place] = later

    def weight_step(self, one: Passage) -> np.float32:
        """What a step of a bias is multiplied with to be that of a weight beside it whose input is 1."""
        return weight_step(one) * self.pace

    def _step_aside(self, at: int, sums: NDArray[np.int32], scale: np.float32) -> None:
        """Of the weights of a lite residual, where there is one."""
        one, factors = self.passages[at], self._factors[at]
        weights = self.residuals.get(one.step.index)
        if weights is None:
            return
        assert factors is not None
        with np.errstate(over="ignore", invalid="ignore"):
            later = stepped(
                weights, self._averages[one.step.index], sums, scale * self.weight_step(one), factors
            )
        if not np.isfinite(later).all():
            self._diverged()
        self.residuals[one.step.index] = later

    def _diverged(self) -> None:
        raise InputError(
            f"rate: at {self.layer.rate:g} the biases grew beyond all numbers; take a smaller one"
        )

    def model(self) -> bytes:
        """The network's file with the biases that it has now.

        Raises:
            InputError: lite residuals learn, which no file of the network has.
        """
        if self.residuals:
            raise InputError("residuals: a file of the network has none; write_bias_learner writes their C")
        made = Rewriting(self.interpreter.model)
        for one, place in zip(self.passages, self._places(), strict=True):
            bias = one.step.node.inputs[2] if one.learns else None
            if bias is None:
                continue
            assert bias.data is not None
            data = (bias.data.reshape(-1).astype(np.int64) + self.changes[place]).astype("<i4")
            made.tensors[bias.index].buffer = data.tobytes()
        return made.encode()

    @property
    def usually_taught(self) -> list[float | None]:
        """As `taught`, on average over all steps that came so far."""
        return [float(np.mean(each)) if each else None for each in self._seen]

    @property
    def learning(self) -> tuple[Passage, ...]:
        """Those with biases, in the order of the network."""
        return tuple(one for one in self.passages if one.learns)
