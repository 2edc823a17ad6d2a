"""Models with one thing changed: the same file where nothing is, TFLM's bits where something is."""

from __future__ import annotations

import numpy as np
import pytest

import microinfer
from microinfer import InputError, ModelBuilder, zoo
from microinfer.builder.finer_scales import with_channels, with_wider_range
from microinfer.builder.rewriting import Rewriting
from microinfer.builder.wide_islands import with_int16
from microinfer.model.read import load
from microinfer.model.tables import Model

from support.oracle import Interpreter, tflm

IMAGES = ("digits", "ds_cnn", "resnet_8", "autoencoder")
SPREAD = np.array([1, 0.1, 0.01, 0.001]).reshape(4, 1, 1, 1)


def read(data: bytes) -> Model:
    found = load(data)
    return found.unfolded or found


def same_as_tflm(data: bytes, seed: int = 0) -> np.ndarray:
    interpreter = Interpreter(data)
    tensor = interpreter.get_input_details()[0]
    x = np.random.default_rng(seed).integers(-128, 128, tensor["shape"]).astype(tensor["dtype"])
    interpreter.set_tensor(tensor["index"], x)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert np.array_equal(found, tflm(data, [x])[0])
    return np.asarray(found)


@pytest.mark.parametrize("name", zoo.names())
def test_nothing_is_lost_where_nothing_is_changed(name: str) -> None:
    model = read(zoo.load(name))
    made = Rewriting(model).encode()
    again = read(made)
    for old, new in zip(model.subgraphs, again.subgraphs, strict=True):
        for one, other in zip(old.operators, new.operators, strict=True):
            assert (one.name, one.inputs, one.outputs) == (other.name, other.inputs, other.outputs)
            assert (dict(one.options), one.version) == (dict(other.options), other.version)
        for a, b in zip(old.tensors, new.tensors, strict=True):
            assert (a.name, a.dtype, a.shape, a.scale, a.zero_point) == (
                b.name, b.dtype, b.shape, b.scale, b.zero_point
            )  # fmt: skip
            assert (a.data is None) == (b.data is None)
            assert a.data is None or b.data is None or np.array_equal(a.data, b.data)
    assert microinfer.Interpreter(made).arena_size == microinfer.Interpreter(zoo.load(name)).arena_size


@pytest.mark.parametrize("name", IMAGES)
def test_islands_have_the_bits_of_tflm(name: str) -> None:
    """Every layer whose output can be int16, the last one included."""
    model = read(zoo.load(name))
    made = 0
    for position in range(len(model.subgraphs[0].operators)):
        try:
            remedy = with_int16(model, position)
            same_as_tflm(remedy.data)
        except microinfer.ModelError:
            continue
        changed = read(remedy.data).subgraphs[0]
        layer = changed.operators[remedy.operator]
        assert layer.name == model.subgraphs[0].operators[position].name
        assert changed.tensors[layer.outputs[0]].dtype == "int16"
        assert changed.tensors[changed.inputs[0]].dtype == "int8"
        made += 1
    assert made >= len(model.subgraphs[0].operators) - 2


@pytest.mark.parametrize("name", IMAGES)
def test_wider_ranges_have_the_bits_of_tflm_and_hold_all_that_they_held(name: str) -> None:
    model = read(zoo.load(name))
    refused: list[str] = []
    for position, operator in enumerate(model.subgraphs[0].operators):
        try:
            data = with_wider_range(model, position).data
        except InputError as error:
            refused.append(str(error))
            continue
        same_as_tflm(data)
        old = model.subgraphs[0].tensors[operator.outputs[0]]
        changed = read(data).subgraphs[0]
        new = changed.tensors[changed.operators[position].outputs[0]]
        assert (new.scale, new.zero_point) == (2 * old.scale, old.zero_point)
    assert all("prescribed" in words or "stays as it is" in words for words in refused)


def two_layers(*, channels: bool = False, real: bool = False) -> tuple[bytes, np.ndarray]:
    """A convolution whose channels differ by three orders, quantised with one scale."""
    weights = np.random.default_rng(3).normal(0, 1, (4, 3, 3, 2)) * SPREAD
    b = ModelBuilder("uneven")
    if real:
        x = b.input((1, 6, 6, 2), "float32")
        b.output(b.conv_2d(x, weights.astype(np.float32), np.zeros(4, np.float32)))
        return b.build(), weights
    x = b.input((1, 6, 6, 2), scale=0.05)
    scale = np.abs(weights).max() / 127
    stored = np.rint(weights / scale).astype(np.int8)
    w = b.constant(stored, [float(scale)], [0], name="w")
    bias = b.constant(np.arange(4, dtype=np.int32) * 100, [float(scale) * 0.05], [0], name="bias")
    y = b.tensor((1, 4, 4, 4), "int8", 0.1, 0)
    b.operator("CONV_2D", [x, w, bias], [y], {"padding": "VALID", "stride_w": 1, "stride_h": 1})
    b.output(y)
    return b.build(), weights


def test_weights_by_channel_are_nearer_to_the_float_ones() -> None:
    data, weights = two_layers()
    floats, _ = two_layers(real=True)
    made = with_channels(read(data), 0, read(floats)).data
    same_as_tflm(made)
    graph = read(made).subgraphs[0]
    new = graph.tensors[graph.operators[0].inputs[1]]
    assert new.quantization is not None
    assert new.data is not None
    real = new.data * new.quantization.scale[:, None, None, None]
    apart = np.abs(real - weights).max(axis=(1, 2, 3))
    assert (apart <= np.abs(weights).max(axis=(1, 2, 3)) / 250).all()
    old = read(data).subgraphs[0]
    given, bias = (
        one.data * one.quantization.scale
        for one in (old.tensors[old.operators[0].inputs[2]], graph.tensors[graph.operators[0].inputs[2]])
        if one.data is not None and one.quantization is not None
    )
    assert np.allclose(given, bias, rtol=1e-3)


def test_what_cannot_be_changed_says_why() -> None:
    data, _ = two_layers()
    model = read(data)
    with pytest.raises(InputError, match="before they were rounded"):
        with_channels(model, 0, None)
    with pytest.raises(InputError, match="no weights of shape"):
        with_channels(model, 0, read(zoo.load("sine_float")))
    digits = read(zoo.load("digits"))
    with pytest.raises(InputError, match="a scale a channel already"):
        with_channels(digits, 0, None)
    with pytest.raises(InputError, match="has no weights"):
        with_channels(digits, 3, None)
    with pytest.raises(InputError, match="prescribed"):
        with_wider_range(digits, 6)
    with pytest.raises(InputError, match="float32, expected int8"):
        with_int16(read(zoo.load("sine_float")), 0)


def test_a_layer_that_keeps_state_is_left_as_it_is() -> None:
    model = read(zoo.load("wake_word"))
    said = []
    for position in range(len(model.subgraphs[0].operators)):
        try:
            with_int16(model, position)
        except InputError as error:
            said.append(str(error))
    assert any("CONCATENATION" not in words and "keeps state" in words for words in said)


def test_state_that_goes_in_and_out_stays_int8() -> None:
    """A streaming model's own outputs are fed back to its inputs, so an island ends before them."""
    model = read(zoo.load("streaming_keyword"))
    graph = model.subgraphs[0]
    made = 0
    for position in range(len(graph.operators)):
        remedy = with_int16(model, position)
        microinfer.Interpreter(remedy.data)
        changed = read(remedy.data).subgraphs[0]
        types = [changed.tensors[index].dtype for index in changed.outputs]
        assert [changed.tensors[index].dtype for index in changed.inputs] == ["int8"] * len(changed.inputs)
        assert types.count("int16") == ("whose output is the model's" in remedy.change)
        made += "int8" in types
    assert made
