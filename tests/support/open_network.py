"""A network as converters write it that leave the batch open."""

from __future__ import annotations

import numpy as np

from microinfer.builder import Handle, ModelBuilder


def flattened(b: ModelBuilder, x: Handle) -> Handle:
    """What Keras' Flatten becomes when the batch is open: the batch is sliced out of the shape, and packed
    with what is known."""
    sizes = b.shape(x)
    batch = b.strided_slice(sizes, [0], [1], shrink_axis_mask=1)
    features = int(np.prod(x.shape[1:]))
    wanted = b.pack([batch, b.constant(np.array(features, np.int32))])
    y = b.tensor((x.shape[0], features), x.dtype, x.scale, x.zero_point, shape_signature=(-1, features))
    b.operator("RESHAPE", [x, wanted], [y])
    return y


def network(features: tuple[int, ...] = (6, 6, 2)) -> bytes:
    """A convolution, Flatten and a dense layer, with an open batch."""
    generator = np.random.default_rng(5)
    b = ModelBuilder("open")
    x = b.tensor((1, *features), "int8", 0.05, 3, shape_signature=(-1, *features))
    b._inputs.append(x.index)
    weights = generator.integers(-90, 91, (4, 3, 3, features[-1])).astype(np.int8)
    x = b.conv_2d(x, weights, weight_scale=0.01, scale=0.1, zero_point=-5)
    x = flattened(b, x)
    dense = generator.integers(-90, 91, (5, x.shape[1])).astype(np.int8)
    b.output(b.softmax(b.fully_connected(x, dense, weight_scale=0.01, scale=0.1)))
    return b.build()
