"""Gesture's network out of its file, in int8 as it is in flash, as layers that can be trained four ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from workshop.layers import Values
from workshop.network import Network, classes
from workshop.pools import AveragePool, Flatten
from workshop.thrifty import LiteBlock, ThriftyConv, ThriftyDense, ThriftyDepthwise, ThriftyMaxPool

import microinfer
from microinfer.learning.lite_residual import lite_residuals
from microinfer.operators.prepare import prepare

__all__ = ["WAYS", "Learner"]

FILE = Path(__file__).resolve().parent.parent / "gesture" / "gesture.tflite"
WAYS = ("all", "biases and lite residuals", "biases", "the last layer")
"""As `microinfer.learning.training_memory` names them."""
LENGTH = 64


def parameters() -> list[list[Values]]:
    """Weights and bias of each layer: the real numbers that the int8 and int32 ones of the file stand for."""
    found = []
    model = microinfer.load(FILE)
    for step in prepare(model):
        constants = [one for one in step.node.inputs[1:] if one is not None and one.is_constant]
        if len(constants) != 2:
            continue
        real = []
        for one in constants:
            assert one.quantization is not None
            scale = np.asarray(one.quantization.scale, np.float32)
            if scale.size > 1:
                shape = [1] * one.data.ndim
                shape[one.quantization.quantized_dimension] = -1
                scale = scale.reshape(shape)
            real.append((one.data.astype(np.float32) * scale).astype(np.float32))
        weights, bias = real
        if weights.ndim == 2:
            weights = weights.T
        elif len(weights) == 1 and weights.shape[3] == bias.size:
            weights = weights[0]
        else:
            weights = weights.transpose(1, 2, 3, 0)
        found.append([np.ascontiguousarray(weights), bias])
    return found


class Learner:
    """The network, and what of it is trained: one of `WAYS`."""

    def __init__(self, way: str, seed: int = 1) -> None:
        self.way = way
        convs = [
            ThriftyConv(8, (5, 1), (2, 1)),
            ThriftyDepthwise((5, 1)),
            ThriftyConv(16, (1, 1)),
            ThriftyDepthwise((5, 1), (2, 1)),
            ThriftyConv(24, (1, 1)),
        ]
        pool, last = ThriftyMaxPool((2, 1)), ThriftyDense(6, relu=False)
        self.backbone = [*convs, last]
        blocks = [convs[:1], convs[1:3], convs[3:]]
        if way == WAYS[1]:
            found = lite_residuals(prepare(microinfer.load(FILE)))
            blocks = [
                [LiteBlock(part, one.outputs, one.kernel, (2, 1))]
                for part, one in zip(blocks, found, strict=True)
            ]
        layers = [*blocks[0], *blocks[1], pool, *blocks[2], AveragePool((8, 1)), Flatten(), last]
        self.network = Network((LENGTH, 1, 3), layers, seed)
        for layer, values in zip(self.backbone, parameters(), strict=True):
            assert [one.shape for one in layer.parameters] == [one.shape for one in values]
            layer.parameters = values
        for layer in convs:
            layer.trains = "weights" if way == "all" else "bias" if way in WAYS[1:3] else "nothing"
            layer.passes = way != WAYS[3]
        last.trains = "weights"
        pool.passes = way != WAYS[3]
        self.leaves = [
            leaf for layer in layers for leaf in (layer.leaves() if isinstance(layer, LiteBlock) else [layer])
        ]
        self.stops = len(layers) - 1 if way == WAYS[3] else 0

    @property
    def trained(self) -> int:
        """Numbers that change."""
        return sum(
            one.size
            for leaf in self.leaves
            for one in leaf.parameters[{"weights": 0, "bias": 1}.get(getattr(leaf, "trains", ""), 2) :]
        )

    def learn(self, x: Values, label: int, rate: float) -> int:
        """A step down the gradient of one sample; bytes that lay in memory when the pass backwards began."""
        logits = self.network(x[np.newaxis])
        kept = logits.nbytes + sum(one.nbytes for leaf in self.leaves for one in getattr(leaf, "kept", ()))
        _, change = classes(logits, np.array([label]))
        for layer in reversed(self.network.layers[self.stops :]):
            change = layer.backward(change)
        for leaf in self.leaves:
            if hasattr(leaf, "step"):
                leaf.step(rate)
        return kept

    def answers(self, x: Values) -> NDArray[np.uint8]:
        return self.network(x).argmax(1).astype(np.uint8)
