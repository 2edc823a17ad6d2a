"""What would fit: a rescaled model has the plan of a network that is really built that way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from microinfer.builder import Handle, ModelBuilder
from microinfer.checks import CheckReport, Limits, check
from microinfer.checks.check_report import Suggestion
from microinfer.checks.rescale import heads, image_input, rescale
from microinfer.checks.subject import Examined, examined_of
from microinfer.deploy.survey import take_apart
from microinfer.deploy.verdict import stored_bytes
from microinfer.memory.planning import plan_memory
from microinfer.model.read import load
from microinfer.model.tables import Model
from microinfer.operators.prepare import prepare
from microinfer.operators.scaling import Unscalable, reshaped
from microinfer.parts.profile import load_profile
from microinfer.timing.prices import estimate

from conftest import shared_folder
from support.check_models import convolution, dense, finish, image, sound, weights

FILE_SLACK = 256
"""Bytes by which alignment in the file may differ."""


def examine(model: Model) -> Examined:
    """Every operator of the first subgraph; none stops the others."""
    return examined_of(model, take_apart(model))


def residual(size: int, hidden: int) -> bytes:
    """Windows with strides, a skip, a global pool, a flat layer: what image networks are made of."""
    b = ModelBuilder("residual")
    x = convolution(b, image(b, size, 3), hidden, strides=(2, 2))
    y = b.depthwise_conv_2d(x, weights(1, 3, 3, hidden), np.zeros(hidden), scale=0.5, zero_point=0)
    y = convolution(b, y, hidden)
    x = b.add(x, y, scale=0.5, zero_point=0, activation="RELU")
    x = b.mul(x, b.constant(np.arange(hidden, dtype=np.int8), 0.5, 0), scale=0.5, zero_point=0)
    x = b.concatenation([x, b.max_pool_2d(x, 3, strides=1, padding="SAME")], 3)
    x = b.pad(x, [(0, 0), (1, 1), (1, 0), (0, 0)])
    x = b.average_pool_2d(x, x.shape[1:3])
    x = dense(b, b.reshape(x, (1, 2 * hidden)), 2 * hidden)
    return finish(b, b.softmax(dense(b, x, 5)))


def autoencoder(size: int, hidden: int) -> bytes:
    """Down and up again: transposed convolution, resizing, means, transposition, split."""
    b = ModelBuilder("autoencoder")
    x = convolution(b, image(b, size, 2), hidden, strides=(2, 2), padding="VALID")
    x = b.transpose_conv(x, weights(hidden, 2, 2, hidden), strides=(2, 2), scale=0.5, zero_point=0)
    left, right = b.split(x, 2, 3)
    x = b.transpose(b.add(left, right, scale=0.5, zero_point=0), (0, 2, 1, 3))
    x = b.resize_nearest_neighbor(x, (2 * x.shape[1], 2 * x.shape[2]))
    x = b.leaky_relu(x, 0.1)
    x = convolution(b, x, 3)
    return finish(b, x, b.mean(x, (1, 2)))


def flattened(size: int, hidden: int) -> bytes:
    """The input comes flat and is made an image; the image is flattened by a layer."""
    b = ModelBuilder("flattened")
    x = b.input((1, size * size * 2), scale=0.05, zero_point=0)
    x = b.reshape(x, (1, size, size, 2))
    x = convolution(b, x, hidden)
    x = dense(b, x, 3 * hidden)
    return finish(b, dense(b, x, 4))


NETWORKS = [residual, autoencoder, flattened]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn", "bare-c"])
@pytest.mark.parametrize(("size", "hidden"), [(16, 8), (8, 8), (24, 4), (9, 16), (8, 2)])
def test_rescaled_is_as_built(network: object, library: str, size: int, hidden: int) -> None:
    assert callable(network)
    before, wanted = load(network(16, 8)), load(network(size, hidden))
    examined = examine(before)
    layers = {step.index: step for step in examined.steps if step.name in ("CONV_2D", "TRANSPOSE_CONV")}
    layers.update({step.index: step for step in examined.steps if step.name == "FULLY_CONNECTED"})
    fixed = heads(before)
    channels = {
        index: step.node.outputs[0].shape[-1] * hidden // 8
        for index, step in layers.items()
        if index not in fixed
    }
    found = image_input(examined)
    assert found is not None
    made = rescale(examined, size=(size, size), channels=channels)
    built = prepare(wanted)
    assert [step.geometry for step in made.steps] == [step.geometry for step in built]
    ours, theirs = (plan_memory(m, s, library) for m, s in ((made.model, made.steps), (wanted, built)))
    assert ours.min_arena_bytes == theirs.min_arena_bytes
    assert ours.head_bytes == theirs.head_bytes
    kept = [stored_bytes(m, "bare-c", plan) for m, plan in ((made.model, ours), (wanted, theirs))]
    assert kept[0] == kept[1]
    assert abs(before.size_bytes - made.bytes_saved - wanted.size_bytes) <= FILE_SLACK
    part = load_profile("cortex-m4")
    assert [cost.cycles for cost in estimate(made.steps, part, library)] == [
        cost.cycles for cost in estimate(built, part, library)
    ]


def suggestions(report: CheckReport) -> dict[str, Suggestion]:
    return {found.kind: found for found in report.suggestions}


def test_nothing_is_suggested_where_nothing_is_missed() -> None:
    assert not check(sound()).suggestions
    assert not check(sound(), limits=Limits(stack_bytes=10)).suggestions


def test_suggested_input_fits_and_the_next_larger_does_not() -> None:
    limits = Limits(arena_bytes=9000)
    found = suggestions(check(residual(32, 8), limits=limits))["input"]
    assert found.fits
    size = int(found.after.split("x")[0])
    built = check(residual(size, 8), limits=limits)
    assert {m.name: m.value for m in built.measures}["arena"] == found.arena_bytes <= 9000
    assert not check(residual(size + 8, 8), limits=limits).passed
    assert f"input {size}x{size} instead of 32x32" in found.change


def test_suggested_width_is_for_the_weights() -> None:
    data = residual(16, 16)
    whole = int({m.name: m.value for m in check(data).measures}["flash"] or 0)
    limit = whole - 2500
    found = suggestions(check(data, limits=Limits(flash_bytes=limit)))
    assert found["width"].fits
    assert found["width"].flash_bytes <= limit
    assert not found["input"].fits
    assert "not enough" in found["input"].change


def test_suggested_layer_is_the_one_at_the_peak() -> None:
    b = ModelBuilder()
    x = convolution(b, image(b, 16, 4), 64)
    x = convolution(b, x, 4, strides=(4, 4))
    data = finish(b, x)
    found = suggestions(check(data, limits=Limits(arena_bytes=10000)))["layer"]
    assert found.fits
    assert "operator 0 (CONV_2D)" in found.change
    assert "instead of 64" in found.change
    assert found.arena_bytes <= 10000


def test_suggestions_meet_time_budgets_too() -> None:
    report = check(residual(32, 16), limits=Limits(latency_s=0.03))
    for found in report.suggestions:
        if found.fits:
            assert found.latency_s is not None
            assert found.latency_s <= 0.03
    assert suggestions(report)["width"].fits


@pytest.mark.parametrize("size", [1, 2, 3, 5, 13])
def test_tiny_and_odd_images(size: int) -> None:
    b = ModelBuilder()
    data = finish(b, convolution(b, image(b, size, 3), 5, padding="SAME"))
    for found in check(data, limits=Limits(arena_bytes=600, flash_bytes=64)).suggestions:
        assert found.change


def test_what_is_tied_is_left_alone() -> None:
    """A single layer of a residual block cannot change alone, nor can an LSTM's input."""
    data = residual(16, 8)
    examined = examine(load(data))
    with pytest.raises(Unscalable):
        rescale(examined, channels={0: 4})
    with pytest.raises(Unscalable):
        rescale(examine(load(finish(*flat_model()))), size=(4, 4))


def flat_model() -> tuple[ModelBuilder, Handle]:
    b = ModelBuilder()
    return b, dense(b, b.input((1, 10), scale=0.1, zero_point=0))


def test_shapes_are_matched_through_reshapes() -> None:
    assert reshaped((1, 8, 8, 4), (1, 256), (1, 4, 4, 4)) == (1, 64)
    assert reshaped((1, 8, 8, 4), (8, 8, 4), (1, 4, 2, 6)) == (4, 2, 6)
    assert reshaped((1, 6, 4), (1, 2, 3, 4), (1, 6, 8)) == (1, 2, 3, 8)
    assert reshaped((1, 6, 4), (1, 1, 6, 4), (1, 3, 4)) == (1, 1, 3, 4)
    assert reshaped((2, 3, 4), (6, 4), (2, 5, 4)) == (10, 4)
    for old, target, new in (
        ((1, 6, 4), (1, 2, 3, 4), (1, 5, 4)),
        ((1, 4), (2, 2), (1, 6)),
        ((1, 6), (6,), (2, 6)),
        ((4, 6), (3, 8), (4, 3)),
    ):
        with pytest.raises(Unscalable):
            reshaped(old, target, new)


def test_smaller_is_never_told_to_need_more() -> None:
    """Of the networks of the truth files, where they are."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("the truth files are not here; MICROINFER_SHARED names their folder")
    for name in ("person_detect", "kws_ref_model", "pretrainedResnet_quant", "micro_speech_quantized"):
        examined = examine(load(folder / "models" / f"{name}.tflite"))
        found = image_input(examined)
        assert found is not None
        height, width = found.shape[1:3]
        sizes = [(max(1, height * k // 4), max(1, width * k // 4)) for k in (4, 3, 2, 1)]
        arenas = []
        for size in sizes:
            made = rescale(examined, size=size)
            arenas.append(plan_memory(made.model, made.steps, "tflm-cmsis-nn").min_arena_bytes)
        assert all(smaller <= larger for larger, smaller in pairwise(arenas)), (name, arenas)
