"""The MLPerf Tiny networks and two streaming ones, built on demand, with seeded random weights.

They are untrained: their answers mean nothing. Operators, shapes, strides, per-channel and per-tensor
weights are the published networks', so cost, memory and speed are theirs; the numbers use the int8
range as a trained network's do. Source of the four: https://github.com/mlcommons/tiny, benchmark/.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .calibration_data import Activation, SeededNetwork
from .dimensions import expect_sizes, scaled

__all__ = [
    "ARCHITECTURES",
    "autoencoder",
    "ds_cnn",
    "mobilenet_v1",
    "resnet_8",
    "streaming_keyword",
    "wake_word",
]

WAKE_WORD_ROWS = 5, 8, 13
"""Over how many rows each block of `wake_word` looks."""


def ds_cnn(seed: int = 0, *, width: float = 1.0, depth: int = 4, size: int = 49) -> bytes:
    """Keyword spotting: depthwise-separable CNN of MLPerf Tiny, 49 x 10 MFCCs to 12 classes; untrained.

    Input int8 [1, 49, 10, 1], output int8 [1, 12]. 2.66 million multiply-accumulates.
    `width` is a factor to all channels, `depth` how many separable blocks, `size` how many frames.
    """
    expect_sizes(width, depth, size)
    net = SeededNetwork("ds_cnn", seed)
    x = net.input((1, size, 10, 1), scale=0.58, zero_point=83)
    x = net.conv_2d(x, scaled(64, width), (10, 4), (2, 2))
    for _ in range(depth):
        x = net.depthwise_conv_2d(x, (3, 3))
        x = net.conv_2d(x, scaled(64, width), (1, 1))
    return _classified(net, x, 12, spread=8.0)


def mobilenet_v1(seed: int = 0, *, width: float = 1.0, depth: int = 5, size: int = 96) -> bytes:
    """Person detection: MobileNetV1 0.25 of MLPerf Tiny, 96 x 96 colour pixels to 2 classes; untrained.

    Input int8 [1, 96, 96, 3], output int8 [1, 2]. 7.49 million multiply-accumulates.
    `width` is a factor to the 0.25 of all channels, `depth` how many equal blocks there are in the middle,
    `size` height and width of the image.
    """
    expect_sizes(width, depth, size)
    net = SeededNetwork("mobilenet_v1", seed)
    x = net.input((1, size, size, 3), scale=1 / 255, zero_point=-128)
    x = net.conv_2d(x, scaled(8, width), (3, 3), (2, 2))
    for channels, stride in (
        (16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2),
        *[(128, 1)] * depth, (256, 2), (256, 1),
    ):  # fmt: skip
        x = net.depthwise_conv_2d(x, (3, 3), (stride, stride))
        x = net.conv_2d(x, scaled(channels, width), (1, 1))
    return _classified(net, x, 2, spread=1.0)


def resnet_8(seed: int = 0, *, width: float = 1.0, depth: int = 1, size: int = 32) -> bytes:
    """Image classification: ResNet-8 of MLPerf Tiny, 32 x 32 colour pixels to 10 classes; untrained.

    Input int8 [1, 32, 32, 3], output int8 [1, 10]. 12.5 million multiply-accumulates.
    `width` is a factor to all channels, `depth` how many blocks a stage has, `size` height and width of the
    image.
    """
    expect_sizes(width, depth, size)
    net = SeededNetwork("resnet_8", seed)
    x = net.conv_2d(net.input((1, size, size, 3), scale=1.0, zero_point=-128), scaled(16, width), (3, 3))
    stages = [(16, 1), *[(16, 1)] * (depth - 1), (32, 2), *[(32, 1)] * (depth - 1), (64, 2)]
    for base, stride in (*stages, *[(64, 1)] * (depth - 1)):
        channels = scaled(base, width)
        y = net.conv_2d(x, channels, (3, 3), (stride, stride))
        y = net.conv_2d(y, channels, (3, 3), activation="NONE")
        if stride > 1:
            x = net.conv_2d(x, channels, (1, 1), (stride, stride), activation="NONE")
        x = net.add(x, y)
    return _classified(net, x, 10, spread=8.0)


def autoencoder(seed: int = 0, *, width: float = 1.0, depth: int = 4, size: int = 640) -> bytes:
    """Anomaly detection: fully-connected autoencoder of MLPerf Tiny, 640 log-mel values; untrained.

    Input and output int8 [1, 640]. 264,192 multiply-accumulates.
    `width` is a factor to all units, `depth` how many layers there are on either side of the narrowest,
    `size` how many values.
    """
    expect_sizes(width, depth, size)
    net = SeededNetwork("autoencoder", seed)
    x = net.input((1, size), scale=0.39, zero_point=89)
    for units in (*[128] * depth, 8, *[128] * depth):
        x = net.fully_connected(x, scaled(units, width), activation="RELU")
    # The output is to resemble the input: its scale comes out near the input's.
    return net.build(net.fully_connected(x, size, spread=18.0))


def streaming_keyword(seed: int = 0, *, width: float = 1.0, depth: int = 4, size: int = 40) -> bytes:
    """Streaming keyword spotting: one 40-band frame a call, causal convolutions in time; untrained.

    No LSTM and no variables: what the network remembers goes out as tensors and comes in again with the
    next frame, so it runs wherever CONCATENATION and STRIDED_SLICE do. Input 0 is the frame, int8
    [1, 1, 1, 40], inputs 1 to 6 are the memories, all at their zero point in the beginning; output 0 is
    the 12 classes, int8 [1, 12], output i the memory for input i. 9,728 multiply-accumulates.
    `width` is a factor to all channels, `depth` how many blocks, `size` how many bands.
    """
    expect_sizes(width, depth, size)
    net = SeededNetwork("streaming_keyword", seed)
    memories: list[Activation] = []

    def recent(x: Activation, frames: int) -> Activation:
        """The last `frames` frames of x, this one included."""
        builder, (channels, now) = net.builder, (x.handle.shape[3], x.handle)
        kept = builder.input(
            (1, frames - 1, 1, channels), scale=now.scale, zero_point=now.zero_point,
            name=f"memory_{len(memories) + 1}",
        )  # fmt: skip
        window = builder.concatenation([kept, now], 1)
        later = builder.strided_slice(window, (0, 1, 0, 0), (0, 0, 0, 0), begin_mask=0b1101, end_mask=0b1111)
        memories.append(Activation(later, x.values))
        return Activation(window, x.values)

    frame = net.input((1, 1, 1, size), scale=0.1, zero_point=-128, samples=(4, 128, 1, size))
    x = net.conv_2d(recent(frame, 3), scaled(32, width), (3, 1), padding="VALID")
    for frames in range(5, 5 + 4 * depth, 4):
        x = net.depthwise_conv_2d(recent(x, frames), (frames, 1), padding="VALID", activation="NONE")
        x = net.conv_2d(x, scaled(32, width), (1, 1))
    x = net.flatten(net.average_pool_2d(recent(x, 10), (10, 1), (1, 1)))
    x = net.softmax(net.fully_connected(x, 12, spread=2.0))
    return net.build(x, *memories)


def wake_word(seed: int = 0, *, width: float = 1.0, depth: int = 3, size: int = 40) -> bytes:
    """Streaming wake word: three 40-band frames a call, earlier ones in resource variables; untrained.

    As microWakeWord's networks are made: each convolution over time keeps the rows that it needs again in a
    variable (READ_VARIABLE, CONCATENATION, STRIDED_SLICE, ASSIGN_VARIABLE), which a subgraph that is called
    once fills at the start. Input int8 [1, 3, 1, 40], output int8 [1, 1], how likely the word has just been
    said. 13,760 multiply-accumulates.
    `width` is a factor to all channels, `depth` how many blocks (up to 3), `size` how many bands.
    """
    expect_sizes(width, depth, size, deepest=len(WAKE_WORD_ROWS))
    net = SeededNetwork("wake_word", seed)
    builder = net.builder
    start = builder.subgraph("start")
    builder.call_once(start)
    kept = 0

    def recent(x: Activation, rows: int) -> Activation:
        """The last `rows` rows of x, those of this call included."""
        nonlocal kept
        now, name = x.handle, f"stream_{kept}"
        kept += 1
        earlier = (1, rows - now.shape[1], 1, now.shape[3])
        first = np.full(earlier, now.zero_point, np.int8)
        start.assign_variable(start.variable(name), start.constant(first, now.scale, now.zero_point))
        variable = builder.variable(name)
        held = builder.read_variable(variable, earlier, "int8", now.scale, now.zero_point)
        window = builder.concatenation([held, now], 1)
        begin = (0, now.shape[1], 0, 0)
        later = builder.strided_slice(window, begin, (0, 0, 0, 0), begin_mask=0b1101, end_mask=0b1111)
        builder.assign_variable(variable, later)
        return Activation(window, x.values)

    frames = net.input((1, 3, 1, size), scale=0.1, zero_point=-128, samples=(4, 192, 1, size))
    x = net.conv_2d(recent(frames, 5), scaled(32, width), (5, 1), (3, 1), padding="VALID")
    for rows in WAKE_WORD_ROWS[:depth]:
        x = net.depthwise_conv_2d(recent(x, rows), (rows, 1), padding="VALID", activation="NONE")
        x = net.conv_2d(x, scaled(48, width), (1, 1))
    x = net.fully_connected(net.flatten(x), 1, spread=2.0)
    builder.output(builder.logistic(x.handle))
    return builder.build()


def _classified(net: SeededNetwork, x: Activation, classes: int, spread: float) -> bytes:
    """The end that the three image-like networks share: average over the image, then classes.

    `spread` is that of the classes' logits, about as the trained networks have it: what a softmax costs
    depends on it.
    """
    x = net.flatten(net.average_pool_2d(x, (x.handle.shape[1], x.handle.shape[2])))
    return net.build(net.softmax(net.fully_connected(x, classes, spread=spread)))


ARCHITECTURES: dict[str, Callable[..., bytes]] = {
    "ds_cnn": ds_cnn,
    "mobilenet_v1": mobilenet_v1,
    "resnet_8": resnet_8,
    "autoencoder": autoencoder,
    "streaming_keyword": streaming_keyword,
    "wake_word": wake_word,
}
"""Name to the function that builds it: `build(seed=0, *, width=1.0, depth=..., size=...) -> bytes`."""
