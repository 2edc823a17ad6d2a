"""Advice names the cause and the shortest change that mends the model, in its converter's words."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.checks import Finding, check
from microinfer.checks.advice import mended_by_folding
from microinfer.checks.converters import Converter, layer_name, recognise_converter
from microinfer.model.codes import BUILTIN_CODES
from microinfer.model.read import load
from microinfer.words.data_folder import data_file

from support.commands import call
from support.oracle import tflm


def dense_on_three_dimensions() -> bytes:
    """What Keras writes for Dense on (batch, steps, features) with an open batch: the sizes of the result are
    gathered and multiplied, and packed for two RESHAPEs."""
    generator = np.random.default_rng(0)
    b = ModelBuilder("dense")
    x = b.tensor((1, 6, 4), "int8", 0.05, 3, shape_signature=(-1, 6, 4))
    b._inputs.append(x.index)
    sizes = b.shape(x)
    lead = b.tensor((2,), "int32")
    b.operator("GATHER", [sizes, b.constant(np.array([0, 1], np.int32))], [lead], {"axis": 0})
    rows = b.tensor((), "int32")
    b.operator("REDUCE_PROD", [lead, b.constant(np.array([0], np.int32))], [rows])
    wanted = b.pack([rows, b.constant(np.array(4, np.int32))])
    flat = b.tensor((6, 4), "int8", 0.05, 3)
    b.operator("RESHAPE", [x, wanted], [flat])
    weights = generator.integers(-90, 91, (5, 4)).astype(np.int8)
    y = b.fully_connected(flat, weights, weight_scale=0.01, scale=0.1)
    back = b.concatenation([lead, b.constant(np.array([5], np.int32))], 0)
    z = b.tensor((1, 6, 5), "int8", y.scale, y.zero_point)
    b.operator("RESHAPE", [y, back], [z])
    b.output(z)
    return b.build()


def errors(data: Any, **options: Any) -> list[Finding]:
    return [found for found in check(data, **options).findings if found.severity in ("error", "unknown")]


def test_an_open_batch_is_the_cause_and_folding_mends_it(tmp_path: Path) -> None:
    """TFLM refuses REDUCE_PROD; the command that the advice gives writes a file that it runs."""
    data = dense_on_three_dimensions()
    found = errors(data)
    assert {finding.rule for finding in found} <= {
        "unsupported-operator",
        "unsupported-type",
        "operator-refused",
    }
    for finding in found:
        assert "microinfer plan MODEL --fold -o folded.tflite" in finding.remedy
        assert "convert with a fixed batch of 1" in finding.remedy
        assert any("batch_shape=(1," in line for line in finding.lines)
    (product,) = (finding for finding in found if "REDUCE_PROD" in finding.cause)
    assert "it only computes a shape, the trace of an open batch" in product.cause
    with pytest.raises(RuntimeError):
        tflm(data, [np.zeros((1, 6, 4), np.int8)])
    source, target = tmp_path / "model.tflite", tmp_path / "folded.tflite"
    source.write_bytes(data)
    assert call("check", source).exit_code == 1
    assert call("check", source, "-p", "arduino-uno").exit_code == 0
    assert call("plan", source, "--fold", "-o", target).exit_code == 0
    assert check(target.read_bytes()).verdict == "yes"
    assert tflm(target.read_bytes(), [np.ones((1, 6, 4), np.int8)])[0].shape == (1, 6, 5)


def test_what_folding_does_not_mend_is_not_promised() -> None:
    b = ModelBuilder()
    x = b.input((1, 4), scale=0.1)
    y = b.tensor((1, 12), "int8", 0.1, 0)
    b.operator("TILE", [x, b.constant(np.array([1, 3], np.int32))], [y])
    b.output(y)
    data = b.build()
    assert mended_by_folding(load(data)) == frozenset()
    (finding,) = errors(data)
    assert "tf.concat" in finding.remedy


def named(operator: str, name: str, *after: str) -> bytes:
    """One operator whose output has a name, and what reads it."""
    b = ModelBuilder()
    x = b.input((4, 4), "int32")
    y = b.tensor((4, 4), "int32", name=name)
    b.operator(operator, [x, x], [y])
    for following in after:
        z = b.tensor((4, 4, 4, 4), "int32")
        b.operator(following, [x, y], [z])
        y = z
    b.output(y)
    return b.build()


def test_keras_3_layers_have_an_equivalent() -> None:
    (finding, *_) = errors(named("SELECT", "functional_1/embedding_1/Select", "GATHER"))
    assert "Embedding" in finding.remedy
    assert any("tf.gather" in line for line in finding.lines)
    assert "(layer 'embedding_1')" in finding.cause
    (finding,) = errors(named("SELECT", "functional_1/where_1/Select"))
    assert "SELECT_V2" in finding.remedy
    (finding,) = errors(named("TILE", "functional_1/up_sampling2d_1/Repeat/Tile"))
    assert "RESIZE_NEAREST_NEIGHBOR" in finding.remedy
    assert "Resizing(" in finding.lines[0]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("functional_1/conv2d_1/BiasAdd;functional_1/conv2d_1/Relu", "conv2d_1"),
        ("functional_13_1/functional_1_1/dense_3_1/MatMul", "dense_3_1"),
        ("model/dense/MatMul", "dense"),
        ("sequential_1/conv1d/Conv1D/ExpandDims", "conv1d"),
        ("StatefulPartitionedCall/model/lstm/while", "lstm"),
        ("arith.constant", ""),
        ("StatefulPartitionedCall:0", ""),
        ("__main__.CNN/torch.nn.modules.linear.Linear_fc;", ""),
        ("", ""),
        ("a\x1b/b", ""),
    ],
)
def test_layers_by_name(name: str, layer: str) -> None:
    assert layer_name(name) == layer


@pytest.mark.parametrize(
    ("path", "converter"),
    [
        ("converted/k3_resnet.float32.tflite", Converter.KERAS_3),
        ("converted/fb_mha.int8.tflite", Converter.KERAS_3),
        ("converted/aeq_mha.static8.tflite", Converter.KERAS_3),
        ("converted/k2_lstm_fixedbatch.float32.tflite", Converter.KERAS_2),
        ("converted/lt_lstm.float32.tflite", Converter.LITERT_TORCH),
        ("converted/lt_cnn-aeq.static16.tflite", Converter.LITERT_TORCH),
        ("converted/onnx2tf_cnn.float32.tflite", Converter.ONNX2TF),
        ("converted/onnx2tf_conv1d.dynamic_range_quant.tflite", Converter.ONNX2TF),
        ("trained_lstm_int8.tflite", Converter.KERAS_2),
        ("vww_96_int8.tflite", Converter.KERAS_2),
        ("person_detect.tflite", Converter.UNKNOWN),
        ("keyword_scrambled_8bit.tflite", Converter.UNKNOWN),
    ],
)
def test_converters(path: str, converter: Converter, shared: Path) -> None:
    assert recognise_converter(load(shared / "models" / path)) is converter


def test_a_loop_of_the_models_own_is_no_lstm(shared: Path) -> None:
    report = check(shared / "models/converted/tf_while.int8.tflite")
    (loop,) = (finding for finding in report.findings if finding.rule == "control-flow")
    assert "loops 3 times" in loop.cause
    assert "LSTM" not in loop.remedy + loop.cause
    assert not loop.lines


def test_images_left_out_by_an_open_batch(shared: Path) -> None:
    for finding in errors(shared / "models/converted/k3_conv2d_dilated.int8.tflite"):
        assert finding.remedy == "convert with a fixed batch of 1", finding


def test_sizes_that_a_converter_could_not_know() -> None:
    """Dense on three dimensions, as Keras' converter writes it: 1 for the product of batch and steps. Folding
    is not enough then, and is not advised."""
    b = ModelBuilder()
    x = b.tensor((1, 6, 4), "int8", 0.05, 3, shape_signature=(-1, 6, 4))
    b._inputs.append(x.index)
    sizes = b.shape(x)
    rows = b.tensor((), "int32")
    b.operator("REDUCE_PROD", [sizes, b.constant(np.array([0], np.int32))], [rows])
    flat = b.tensor((1, 1), "int8", 0.05, 3, shape_signature=(-1, -1))
    b.operator("RESHAPE", [x, b.pack([rows, b.constant(np.array(4, np.int32))])], [flat])
    y = b.tensor((1, 5), "int8", 0.1, 0, shape_signature=(-1, 5))
    weights = b.constant(np.ones((5, 4), np.int8), 0.01, 0)
    b.operator("FULLY_CONNECTED", [flat, weights], [y])
    b.output(y)
    found = errors(b.build())
    assert {finding.rule for finding in found} == {"unsupported-operator", "operator-refused"}
    assert {finding.remedy for finding in found} == {"convert with a fixed batch of 1"}
    assert any("num_input_elements != num_output_elements (24 != 1)" in finding.cause for finding in found)
    assert not mended_by_folding(load(b.build()))


def test_a_slice_of_five_dimensions_is_no_matter_of_the_batch() -> None:
    b = ModelBuilder()
    x = b.tensor((1, 2, 2, 2, 2), "int8", 0.05, 3, shape_signature=(-1, 2, 2, 2, 2))
    b._inputs.append(x.index)
    y = b.tensor((1, 2, 2, 2), "int8", 0.05, 3)
    fives = [b.constant(np.array(values, np.int32)) for values in ([0] * 5, [1, 2, 2, 2, 1], [1] * 5)]
    b.operator("STRIDED_SLICE", [x, *fives], [y], {"shrink_axis_mask": 16})
    b.output(y)
    (finding,) = errors(b.build())
    assert "5 dimensions" in finding.cause
    assert "batch" not in finding.remedy


@pytest.mark.parametrize(
    ("metadata", "name", "line"),
    [
        ({"keep_stablehlo_constant": b"true"}, "x", "recipe.static_wi8_ai8()"),
        ({}, "tf.nn.conv2d_transpose/x", "-oiqt"),
        ({}, "functional_1/conv2d_transpose_1/x", "representative_dataset"),
    ],
)
def test_quantisation_in_the_converters_words(metadata: dict[str, bytes], name: str, line: str) -> None:
    """Weights of int8 beside real numbers, as each converter names things."""
    b = ModelBuilder()
    x = b.input((1, 4), "float32")
    y = b.tensor((1, 2), "float32", name=name)
    b.operator("FULLY_CONNECTED", [x, b.constant(np.ones((2, 4), np.int8), 0.1)], [y])
    b.output(y)
    model = dataclasses.replace(load(b.build()), metadata=metadata)
    found = [one for one in errors(model) if "tensor" in one.rule or "hybrid" in one.rule]
    assert found
    assert all(any(line in given for given in one.lines) for one in found)


def test_advice_is_of_operators_that_exist() -> None:
    entries = tomllib.loads(data_file("advice", "operators.toml").read_text("utf-8"))["advice"]
    known = {"operators", "read_by", "output_name", "dtype", "remedy", "lines", "recipe"}
    for entry in entries:
        assert entry["remedy"]
        assert entry.keys() <= known
        assert {*entry.get("operators", ()), *filter(None, [entry.get("read_by")])} <= BUILTIN_CODES.keys()
    plain = [entry for entry in entries if not entry.keys() & {"read_by", "output_name"}]
    named = [name for entry in plain for name in entry.get("operators", ())]
    assert len(named) == len(set(named))
