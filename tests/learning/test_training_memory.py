"""Bytes of training a network, counted by hand beside what is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from microinfer import Model, ModelBuilder, load, zoo
from microinfer.errors import InputError
from microinfer.learning import TrainingWay, training_memory


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
    assert found["biases"].trained == 4 + 3
    assert found["biases"].kept_high == mask
    assert found["the last layer"].trained == 3 * 256 + 3
    assert found["the last layer"].kept_high == second
    pooled = 4 * 4 * 2
    residual = found["biases and lite residuals"]
    assert residual.trained == 4 + 3 + 25 * 2 + 2 + 2 * 4 + 4
    assert residual.kept_high == mask + 2 * 4 * pooled + pooled // 8
    for one in found.values():
        assert one.weights_bytes == 4 * one.trained
    assert found["biases"].saves_low == (4 * found["all"].trained + mask + first + second) / (28 + mask)


def test_biases_of_a_network_without_relu_keep_nothing() -> None:
    assert ways(small("NONE"))["biases"].kept_high == 0


def test_activations_are_kept_for_every_sample_of_a_batch() -> None:
    one, eight = ways(small()), ways(small(), 8)
    for name in one:
        assert eight[name].kept_high == 8 * one[name].kept_high
        assert eight[name].trained == one[name].trained


def test_what_is_not_sure_is_an_interval() -> None:
    found = ways(small(tail="logistic"))["biases"]
    assert (found.kept_low, found.kept_high) == (32, 32 + 4 * 6)


@pytest.mark.parametrize("name", ["digits", "ds_cnn", "mobilenet_v1", "resnet_8", "vibration"])
def test_biases_ask_for_least_of_every_network(name: str) -> None:
    """And lite residuals for fewer activations than training all, though not always for fewer weights."""
    report = training_memory(load(zoo.load(name)))
    found = {one.name: one for one in report.ways}
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
