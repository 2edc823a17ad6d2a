"""The first convolution of a network of pictures: one product for all taps, and no gradient to the input."""

from __future__ import annotations

import numpy as np

from .layers import Conv, Values

__all__ = ["Stem"]


class Stem(Conv):
    """CONV_2D on what nothing comes before: 3 channels are too few for a product a tap."""

    def forward(self, x: Values) -> Values:
        padded = self._padded(x)
        taps = [self._seen(padded, *tap) for tap in np.ndindex(*self.kernel)]
        self._rows = np.stack(taps, 3).reshape(-1, len(taps) * x.shape[3])
        sums = self._rows @ self.parameters[0].reshape(-1, self.channels)
        return self._activated(sums.reshape(len(x), *self.size, self.channels))

    def backward(self, change: Values) -> Values:
        change = self._before_activation(change)
        slopes = self._rows.T @ change.reshape(-1, self.channels)
        self.gradients[0] = slopes.reshape(self.parameters[0].shape)
        return change[:0]
