"""Networks with operators of every kind that a gradient goes through, and layers behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microinfer import Interpreter, ModelBuilder
from microinfer.learning import BiasLearner, OnlineLayer, features_of, write_bias_learner

from .firmware import WARNINGS, run

__all__ = ["NETWORKS", "learner_of", "learning_program", "learnt", "samples_of"]

CLASSES = 4
MAIN = """
#include <stdio.h>
#include "learner.h"
#include "model.h"
int main(void) {
    uint16_t right;
    while (fread(model_input_0(), 1, MODEL_INPUT_0_BYTES, stdin) && fread(&right, 1, sizeof right, stdin)) {
        model_invoke();
        fwrite(learner_predict(model_output_0()), sizeof(float), LEARNER_OUTPUTS, stdout);
        learner_learn(right);
    }
    fwrite(learner_weights(), sizeof(float), LEARNER_WEIGHTS, stdout);
    fwrite(learner_bias_changes(), sizeof(int32_t), LEARNER_BIASES, stdout);
    fwrite(learner_bias_rests(), sizeof(float), LEARNER_BIASES, stdout);
#ifdef LEARNER_RESIDUAL_WEIGHTS
    fwrite(learner_residual_weights(), sizeof(float), LEARNER_RESIDUAL_WEIGHTS, stdout);
#endif
    return 0;
}
"""


class Drawn:
    """A builder with weights from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.builder = ModelBuilder(f"drawn {seed}")

    def input(self, *shape: int) -> Any:
        return self.builder.input((1, *shape), scale=0.02, zero_point=3)

    def _words(self, shape: tuple[int, ...], channels: int, activation: str) -> dict[str, Any]:
        fan = int(np.prod(shape)) // channels
        return {
            "weight_scale": tuple((self.random.uniform(0.5, 1.5, channels) * 0.02 / fan**0.5).tolist()),
            "scale": 6 / 255 if activation == "RELU6" else 0.03,
            "zero_point": -20 if activation in ("NONE", "RELU_N1_TO_1") else -128,
            "activation": activation,
        }

    def weights(self, *shape: int) -> NDArray[np.int8]:
        return self.random.integers(-127, 128, shape).astype(np.int8)

    def bias(self, channels: int) -> NDArray[np.int32]:
        return self.random.integers(-900, 900, channels).astype(np.int32)

    def conv(
        self, x: Any, channels: int, size: tuple[int, int], activation: str = "RELU", **more: Any
    ) -> Any:
        shape = channels, *size, x.shape[3]
        words = self._words(shape, channels, activation)
        return self.builder.conv_2d(x, self.weights(*shape), self.bias(channels), **words, **more)

    def depthwise(
        self, x: Any, times: int, size: tuple[int, int], activation: str = "RELU", **more: Any
    ) -> Any:
        shape = 1, *size, x.shape[3] * times
        words = self._words(shape, shape[3], activation)
        return self.builder.depthwise_conv_2d(x, self.weights(*shape), self.bias(shape[3]), **words, **more)

    def dense(self, x: Any, outputs: int, activation: str = "RELU") -> Any:
        flat = self.builder.reshape(x, (1, -1)) if len(x.shape) > 2 else x
        shape = outputs, flat.shape[1]
        words = self._words(shape, outputs, activation) | {"weight_scale": 0.02 / shape[1] ** 0.5}
        return self.builder.fully_connected(flat, self.weights(*shape), self.bias(outputs), **words)

    def built(self, features: Any) -> bytes:
        self.builder.output(features)
        return self.builder.build()


def in_time() -> bytes:
    """A convolution in time, a depthwise one, one of 1 x 1, a largest of two, an average of all."""
    d = Drawn(1)
    y = d.conv(d.input(16, 1, 3), 4, (5, 1), strides=(2, 1), padding="SAME")
    y = d.conv(d.depthwise(y, 1, (5, 1), padding="SAME"), 6, (1, 1))
    y = d.builder.max_pool_2d(y, (2, 1), strides=(2, 1))
    return d.built(d.builder.average_pool_2d(y, y.shape[1:3]))


def pictures() -> bytes:
    """Strides, two channels a depthwise one, padding that an average does not count, a dense layer."""
    d = Drawn(2)
    y = d.conv(d.input(7, 6, 2), 5, (3, 3), "RELU6", strides=(2, 1), padding="SAME")
    y = d.depthwise(y, 2, (2, 3), "NONE", padding="VALID")
    y = d.builder.average_pool_2d(y, (2, 2), strides=(1, 1), padding="SAME")
    return d.built(d.dense(y, 7, "NONE"))


def dilated() -> bytes:
    """Taps apart, windows that overlap, clamps on both sides, a mean."""
    d = Drawn(3)
    y = d.conv(d.input(6, 5, 1), 4, (3, 2), "RELU_N1_TO_1", dilation=(2, 3), padding="SAME")
    y = d.builder.max_pool_2d(y, (3, 3), strides=(2, 1), padding="SAME")
    y = d.depthwise(y, 1, (3, 3), strides=(1, 2), padding="SAME")
    return d.built(d.builder.mean(d.conv(y, 5, (1, 1), "RELU6", strides=(2, 1)), (1, 2)))


def dense() -> bytes:
    """Layers that are fully connected, one with bits in the last byte of its mask and one without."""
    d = Drawn(4)
    return d.built(d.dense(d.dense(d.dense(d.input(12), 16), 11), 5, "NONE"))


NETWORKS: dict[str, tuple[Callable[[], bytes], int]] = {
    "in time": (in_time, 3),
    "pictures": (pictures, 3),
    "dilated": (dilated, 3),
    "dense": (dense, 3),
}
"""With how many layers they have."""


def learner_of(
    data: bytes, layers: int, rate: float = 0.02, loss: str = "cross-entropy", residuals: int = 0
) -> BiasLearner:
    interpreter = Interpreter(data, "atmega328p", library="bare-c")
    found = features_of(interpreter)
    weights = np.random.default_rng(5).standard_normal((CLASSES, 1 + found.count)) * 0.4
    layer = OnlineLayer(weights.astype(np.float32), found.scale, found.zero_point, rate, loss)
    return BiasLearner(interpreter, layer, layers, residuals)


def samples_of(learner: BiasLearner, count: int) -> tuple[NDArray[np.int8], NDArray[np.uint16]]:
    random = np.random.default_rng(6)
    shape = learner.interpreter.get_input_details()[0]["shape"]
    x = random.integers(-128, 128, (count, *shape)).astype(np.int8)
    return x, random.integers(0, CLASSES, count).astype(np.uint16)


def learnt(learner: BiasLearner, x: NDArray[np.int8], y: NDArray[np.uint16]) -> bytes:
    """What was predicted of each sample, then weights, changes and rests, as the C writes them."""
    predicted = [learner.learn(one, int(right)).tobytes() for one, right in zip(x, y, strict=True)]
    aside = [learner.residuals[at] for at in sorted(learner.residuals)]
    arrays = [learner.layer.weights, learner.changes, learner.rests, *aside]
    return b"".join([*predicted, *(one.tobytes() for one in arrays)])


def learning_program(learner: BiasLearner, folder: Path, level: str) -> Path:
    """Its C for this computer, with sanitizers: reads samples with classes, writes what `learnt` gives."""
    write_bias_learner(learner, folder)
    (folder / "learn.c").write_text(MAIN)
    sources = [str(folder / "learn.c"), *(str(path) for path in sorted((folder / "src").glob("*.c")))]
    flags = [level, "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{folder / 'src'}"]
    run(["gcc", *WARNINGS, *flags, *sources, "-lm", "-o", str(folder / "learn")])
    return folder / "learn"
