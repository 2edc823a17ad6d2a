"""A transducer: what is heard and what was written last meet, and a label or none comes of it (Graves, 2012).

An encoder hears a frame, a predictor reads the last labels, and a joint network weighs both: the label 0
waits for the next frame, any other is written down and read by the predictor. The predictor here is
stateless: it embeds as many labels as `CONTEXT` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from microinfer import ModelBuilder
from microinfer.builder import Handle

from .alignment import NONE
from .layers import Conv, Dense, Layer, Shape, Values
from .network import Loss, Network
from .scales import quantization, stored

__all__ = ["CONTEXT", "Embedding", "Joint", "Transducer", "contexts", "transduced"]

CONTEXT = 2
"""Labels that the predictor reads; 0 stands where there are none yet."""
Pairs: TypeAlias = "NDArray[np.integer]"


def contexts(labels: NDArray[np.generic]) -> NDArray[np.int64]:
    """What the predictor reads before each label of a row and behind the last: [batch, most + 1, CONTEXT]."""
    given = np.where(labels == NONE, 0, labels).astype(np.int64)
    padded = np.pad(given, ((0, 0), (CONTEXT, 0)))
    return np.stack([padded[:, at : at + given.shape[1] + 1] for at in range(CONTEXT)], -1)


class Embedding:
    """GATHER: a row of numbers for each label, side by side; takes [rows, CONTEXT] of integers."""

    keeps_scale = False

    def __init__(self, labels: int, units: int) -> None:
        self.labels, self.units = labels, units
        self.parameters: list[Values] = []
        self.gradients: list[Values] = []

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        self.parameters = [random.standard_normal((self.labels, self.units)).astype(np.float32)]
        self.gradients = [np.zeros_like(self.parameters[0])]
        return (shape[0] * self.units,)

    def forward(self, x: Pairs) -> Values:
        self._x = x
        return self.parameters[0][x].reshape(len(x), -1)

    def backward(self, change: Values) -> Values:
        self.gradients[0][:] = 0
        np.add.at(self.gradients[0], self._x, change.reshape(*self._x.shape, self.units))
        return change

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        """The table has the scale of what comes out; `x` is int32, [CONTEXT]."""
        scale, zero_point = quantization["scale"], quantization["zero_point"]
        table = builder.constant(stored(self.parameters[0], scale, zero_point), scale, zero_point)
        return builder.reshape(builder.gather(table, x), (1, x.shape[0] * self.units))


class Joint:
    """ADD with RELU and FULLY_CONNECTED, at every frame and after every label."""

    def __init__(self, units: int, labels: int) -> None:
        self.units = units
        self.last = Dense(labels, relu=False)

    def start(self, scores: Conv, random: np.random.Generator) -> Conv:
        """A layer for the encoder's end instead of one that scores labels, and what the joint begins with.

        Its first units are those scores, moved to where RELU lets them pass: learning goes on from there.
        """
        labels = scores.channels
        self.last.start((self.units,), random)
        self.last.parameters[0][:labels] += 2 * np.eye(labels, dtype=np.float32)
        self.last.parameters[1] -= 4
        self.last.parameters[1][0] += 3
        wide = Conv(self.units, scores.kernel, relu=False, padding="VALID")
        wide.start((*scores.size, scores.parameters[0].shape[2]), random)
        wide.parameters[0][..., :labels] = 0.5 * scores.parameters[0]
        wide.parameters[1][:labels] = 0.5 * scores.parameters[1] + 2
        return wide

    def forward(self, heard: Values, read: Values) -> Values:
        """[batch, frames, units] and [batch, written, units] to [batch, frames, written, labels]."""
        self._sum = np.maximum(heard[:, :, np.newaxis] + read[:, np.newaxis], 0)
        scores = self.last.forward(self._sum.reshape(-1, self.units))
        return scores.reshape(*self._sum.shape[:3], -1)

    def backward(self, change: Values) -> tuple[Values, Values]:
        back = self.last.backward(change.reshape(-1, change.shape[-1])).reshape(self._sum.shape)
        back = back * (self._sum > 0)
        return back.sum(2), back.sum(1)

    def write(self, builder: ModelBuilder, heard: Handle, read: Handle) -> Handle:
        """For one frame and what was written up to it, [1, units] each; the ranges are the last ones seen."""
        both = builder.add(heard, read, activation="RELU", **_covering(self._sum))
        scores = self.last.forward(self._sum.reshape(-1, self.units))
        return self.last.write(builder, both, **_covering(scores))


class Transducer(Network):
    """Encoder, predictor and joint network, trained together.

    Args:
        encoder: already trained to score each frame's labels, by its last layer, which is replaced.
    """

    def __init__(self, encoder: Network, predictor: Sequence[Layer], joint: Joint, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.encoder, self.predictor, self.joint = encoder, list(predictor), joint
        shape: Shape = (CONTEXT,)
        for layer in self.predictor:
            shape = layer.start(shape, random)
        last = encoder.layers[-1]
        assert isinstance(last, Conv)
        encoder.layers[-1] = joint.start(last, random)
        self.shape = encoder.shape
        self.layers = [*encoder.layers, *self.predictor, joint.last]

    def reads(self, labels: Pairs) -> Values:
        """Of [batch, written, CONTEXT] labels, [batch, written, units]."""
        values = cast(Values, labels.reshape(-1, CONTEXT))
        self._read = []
        for layer in self.predictor:
            values = layer.forward(values)
            self._read.append(values)
        return values.reshape(*labels.shape[:2], -1)

    def weighs(self, x: Values, labels: NDArray[np.generic]) -> Values:
        self._heard = self.encoder(x)
        return self.joint.forward(self._heard[:, :, 0], self.reads(contexts(labels)))

    def learn(self, x: Values, y: NDArray[np.generic], loss: Loss) -> float:
        value, change = loss(self.weighs(x, y), y)
        heard, read = self.joint.backward(change)
        back = heard[:, :, np.newaxis]
        for layer in reversed(self.encoder.layers):
            back = layer.backward(back)
        back = read.reshape(-1, read.shape[-1])
        for layer in reversed(self.predictor):
            back = layer.backward(back)
        return value

    def write(self, predictor: str, joint: str) -> dict[str, bytes]:
        """Both networks behind the encoder, by their names; the ranges are those of the last `weighs`."""
        b = ModelBuilder(
            predictor, "What was written last, as the joint network takes it; made by microinfer."
        )
        handle = b.input((CONTEXT,), "int32", name="labels")
        for layer, values in zip(self.predictor, self._read, strict=True):
            handle = layer.write(b, handle, **_covering(values))
        b.output(handle)
        both = ModelBuilder(
            joint, "A label to write, or none, by what is heard and was written; made by microinfer."
        )
        heard, read = (
            both.input((1, self.joint.units), name=name, **_covering(values))
            for name, values in (("heard", self._heard), ("read", self._read[-1]))
        )
        both.output(self.joint.write(both, heard, read))
        return {predictor: b.build(), joint: both.build()}


def _covering(values: Values) -> dict[str, Any]:
    scale, zero_point = quantization(float(values.min()), float(values.max()))
    return {"scale": scale, "zero_point": zero_point}


def transduced(logits: Values, labels: NDArray[np.generic]) -> tuple[float, Values]:
    """How unlikely the labels are over all ways to write them, the mean of -ln p, and its gradient.

    Args:
        logits: [batch, frames, most + 1, classes]; labels: [batch, most], class numbers and NONE behind them.
    """
    scores = logits.astype(np.float64)
    scores -= scores.max(-1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(-1, keepdims=True))
    given = np.where(labels == NONE, 0, labels).astype(np.int64)
    counts = (labels != NONE).sum(1)
    change = np.zeros_like(scores)
    whole = _shares(scores, given, counts, change)
    change += np.exp(scores) * -change.sum(-1, keepdims=True)
    return float(-whole.mean()), (change / len(labels)).astype(np.float32)


@njit
def _shares(scores: Any, labels: Any, counts: Any, change: Any) -> Any:
    """ln p of each row; `change` gets minus the share of all ways that goes by each score."""
    batch, frames, most, _ = scores.shape
    whole = np.zeros(batch)
    for row in range(batch):
        count = counts[row]
        before = np.full((frames, most), -1e30)
        behind = np.full((frames + 1, most), -1e30)
        before[0, 0] = 0.0
        for frame in range(frames):
            for place in range(count + 1):
                if frame:
                    waited = before[frame - 1, place] + scores[row, frame - 1, place, 0]
                    before[frame, place] = np.logaddexp(before[frame, place], waited)
                if place:
                    told = before[frame, place - 1] + scores[row, frame, place - 1, labels[row, place - 1]]
                    before[frame, place] = np.logaddexp(before[frame, place], told)
        behind[frames, count] = 0.0
        for frame in range(frames - 1, -1, -1):
            for place in range(count, -1, -1):
                way = behind[frame + 1, place] + scores[row, frame, place, 0]
                if place < count:
                    told = behind[frame, place + 1] + scores[row, frame, place, labels[row, place]]
                    way = np.logaddexp(way, told)
                behind[frame, place] = way
        whole[row] = behind[0, 0]
        for frame in range(frames):
            for place in range(count + 1):
                here = before[frame, place] - whole[row]
                waits = here + scores[row, frame, place, 0] + behind[frame + 1, place]
                change[row, frame, place, 0] -= np.exp(waits)
                if place < count:
                    label = labels[row, place]
                    tells = here + scores[row, frame, place, label] + behind[frame, place + 1]
                    change[row, frame, place, label] -= np.exp(tells)
    return whole
