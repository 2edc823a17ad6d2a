"""A convolution whose sums are normalised over each batch while it learns, and folded into it at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.builder import Handle

from .layers import Conv, Shape, Values

__all__ = ["Normed", "fold_all"]

LEAST = np.float32(1e-3)
"""What is added to a variance."""


class Normed:
    """Batch normalisation between a convolution and its ReLU: a network of many layers learns sooner.

    `fold` writes mean, spread, shift and factor into the convolution, which is all that remains.
    """

    keeps_scale = False

    def __init__(self, inner: Conv) -> None:
        self.inner = inner
        self.folded = False

    def start(self, shape: Shape, random: np.random.Generator) -> Shape:
        self.inner.relu = False
        found = self.inner.start(shape, random)
        shifts, factors = np.zeros(found[-1], np.float32), np.ones(found[-1], np.float32)
        self.parameters = [self.inner.parameters[0], shifts, factors]
        self.gradients = [np.zeros_like(one) for one in self.parameters]
        return found

    def forward(self, x: Values) -> Values:
        sums = self.inner.forward(x)
        if self.folded:
            return np.maximum(sums, 0, out=sums)
        rows = sums.reshape(-1, sums.shape[-1])
        self._mean = rows.mean(0)
        rows -= self._mean
        self._spread = np.sqrt(np.einsum("ij,ij->j", rows, rows) / np.float32(len(rows)) + LEAST)
        rows /= self._spread
        self._normed = sums
        made = sums * self.parameters[2]
        made += self.parameters[1]
        np.maximum(made, 0, out=made)
        self._on = made > 0
        return made

    def backward(self, change: Values) -> Values:
        change = change * self._on
        rows, normed = (one.reshape(-1, one.shape[-1]) for one in (change, self._normed))
        self.gradients[1] = rows.sum(0)
        self.gradients[2] = np.einsum("ij,ij->j", rows, normed)
        share = np.float32(1 / len(rows))
        rows -= self.gradients[1] * share
        normed *= self.gradients[2] * share
        rows -= normed
        rows *= self.parameters[2] / self._spread
        back = self.inner.backward(change)
        self.gradients[0] = self.inner.gradients[0]
        return back

    def fold(self) -> None:
        """Mean and spread are those of the samples that went forward last."""
        factor = self.parameters[2] / self._spread
        self.inner.parameters[0] *= factor
        self.inner.parameters[1][:] = self.parameters[1] - self._mean * factor
        self.folded = True

    def write(self, builder: ModelBuilder, x: Handle, **quantization: Any) -> Handle:
        if not self.folded:
            raise ValueError("a normalised convolution is written when it is folded: call fold_all first")
        self.inner.relu = True
        try:
            return self.inner.write(builder, x, **quantization)
        finally:
            self.inner.relu = False


def fold_all(layers: list[Any], samples: Values) -> None:
    """Fold what is normalised in a chain, over samples as training meets them."""
    for layer in layers:
        samples = layer.forward(samples)
        if isinstance(layer, Normed):
            layer.fold()
