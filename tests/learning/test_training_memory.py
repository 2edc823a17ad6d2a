"""Bytes of training a network, counted by hand beside what is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from microinfer import Model, ModelBuilder, load, zoo
from microinfer.errors import InputError
from microinfer.learning import TrainingWay, training_memory
from microinfer.learning.lite_residual import LiteResidual, lite_residuals
from microinfer.operators.prepare import prepare


def small(activation: str = "RELU", tail: str = "") -> Model:
    """A convolution of 3 x 3 from 2 to 4 channels on 8 x 8, and a layer of 3 outputs."""
    builder = ModelBuilder()
    x = builder.input((1, 8, 8, 2), dtype="float32")
    y = builder.conv_2d(
        x, np.ones((4, 3, 3, 2), np.float32), np.zeros(4, np.float32), padding="SAME", activation=activation
    )
    y = builder.reshape(y, (1, 256))
    y = builder.fully_connected(y, np.ones((3, 256), np.float32), np.zeros(3, np.float32))
    builder.output(builder.logistic(y) if tail else y)
    return load(builder.build())


def ways(model: Model, batch: int = 1) -> dict[str, TrainingWay]:
    return {one.name: one for one in training_memory(model, batch).ways}


def test_a_small_network_is_counted_as_by_hand() -> None:
    found = ways(small())
    mask, first, second = 8 * 8 * 4 // 8, 4 * 8 * 8 * 2, 4 * 256
    assert found["all"].trained == 4 * 18 + 4 + 3 * 256 + 3
    assert found["all"].kept_low == found["all"].kept_high == mask + first + second
    assert found["biases"].trained == 4 + 3 * 256 + 3
    assert found["biases"].kept_high == mask + second
    assert found["the last layer"].trained == 3 * 256 + 3
    assert found["the last layer"].kept_high == second
    pooled = 4 * 4 * 2
    residual = found["biases and lite residuals"]
    assert residual.trained == found["biases"].trained + 9 * 2 + 2 + 2 * 4 + 4
    assert residual.kept_high == mask + second + 2 * 4 * pooled + pooled // 8
    for one in found.values():
        assert one.weights_bytes == 4 * one.trained
    whole, some = 4 * found["all"].trained, 4 * found["biases"].trained
    assert found["biases"].saves_low == (whole + mask + first + second) / (some + mask + second)


def test_biases_of_a_network_without_relu_keep_nothing_but_what_the_last_layer_reads() -> None:
    assert ways(small("NONE"))["biases"].kept_high == 4 * 256


def test_a_residual_stands_beside_a_block_and_takes_its_narrow_input() -> None:
    """As TinyTL's do, beside an inverted bottleneck: a sixth of the channels of what is inside."""
    builder = ModelBuilder()
    x = builder.input((1, 24, 9, 5), dtype="float32")
    wide = builder.conv_2d(x, np.ones((30, 1, 1, 5), np.float32), np.zeros(30, np.float32))
    deep = builder.depthwise_conv_2d(
        wide, np.ones((1, 3, 3, 30), np.float32), np.zeros(30, np.float32), strides=(2, 2), padding="SAME"
    )
    y = builder.conv_2d(deep, np.ones((8, 1, 1, 30), np.float32), np.zeros(8, np.float32))
    y = builder.conv_2d(y, np.ones((4, 3, 3, 8), np.float32), np.zeros(4, np.float32), padding="SAME")
    builder.output(y)
    block, alone = lite_residuals(prepare(load(builder.build())))
    assert block == LiteResidual(12, 4, 5, 8)
    assert (block.kernel, block.groups) == ((5, 3), (3, 2))
    assert block.trained == 15 * (9 + 4) + 5 + 5 * 8 + 8
    assert alone == LiteResidual(6, 2, 8, 4)
    assert alone.kernel == (5, 1)


def test_of_the_largest_of_a_window_its_place_is_kept() -> None:
    found = []
    for pool in ("average_pool_2d", "max_pool_2d"):
        builder = ModelBuilder()
        y = getattr(builder, pool)(builder.input((1, 8, 8, 2), scale=1.0, zero_point=0), (2, 2))
        y = builder.fully_connected(
            builder.reshape(y, (1, 32)), np.ones((3, 32), np.int8), weight_scale=1.0, scale=1.0
        )
        builder.output(y)
        found.append(ways(load(builder.build()))["biases"])
    assert found[0] == found[1]
    assert (found[0].kept_low, found[0].kept_high) == (4 * 32, 4 * 32 + 32)


def test_activations_are_kept_for_every_sample_of_a_batch() -> None:
    one, eight = ways(small()), ways(small(), 8)
    for name in one:
        assert eight[name].kept_high == 8 * one[name].kept_high
        assert eight[name].trained == one[name].trained


def test_what_is_not_sure_is_an_interval() -> None:
    found = ways(small(tail="logistic"))["biases"]
    kept = 32 + 4 * 256
    assert (found.kept_low, found.kept_high) == (kept, kept + 4 * 6)


@pytest.mark.parametrize("name", ["digits", "ds_cnn", "mobilenet_v1", "resnet_8", "vibration"])
def test_biases_ask_for_less_of_every_network(name: str) -> None:
    """And lite residuals for fewer activations than training all, though not always for fewer weights."""
    report = training_memory(load(zoo.load(name)))
    found = {one.name: one for one in report.ways}
    assert found["the last layer"].trained < found["biases"].trained
    assert found["biases"].kept_low < found["all"].kept_low
    assert found["biases"].saves_low > 1
    assert found["biases and lite residuals"].kept_low < found["all"].kept_low
    assert found["all"].saves_low == found["all"].saves_high == 1
    assert json.loads(report.to_json()) == report.to_dict()
    assert "biases" in repr(report)
    assert "times less than all" in report._repr_html_()


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(InputError, match="backwards is not counted"):
        training_memory(load(zoo.load("wake_word")))
    with pytest.raises(InputError, match="no layer with weights"):
        training_memory(load(zoo.load("audio_features")))
    with pytest.raises(InputError, match="batch: found 0"):
        training_memory(small(), 0)
