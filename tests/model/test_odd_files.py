"""Files that TFLM runs though something in them is odd: the same bits, and a remark."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack_into
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer import ModelBuilder, ModelError, UnsupportedError
from microinfer.checks import check
from microinfer.memory.optimise import optimise
from microinfer.model import write as encoder
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.oracle import Interpreter, tflm
from support.single_operators import OPERATORS

Change = Callable[[ModelBuilder, Any], None]


def _remade_input(b: ModelBuilder, x: Any) -> None:
    y = b.relu(x)
    b.operator("ABS", [b.add(x, y, scale=0.1)], [x])
    b.output(b.add(x, y, scale=0.1))


def _made_twice(b: ModelBuilder, x: Any) -> None:
    y = b.relu(x)
    b.operator("ABS", [b.add(x, y, scale=0.1)], [y])
    b.output(b.add(x, y, scale=0.1))


def _lost_signature(b: ModelBuilder, x: Any) -> None:
    y = b.relu(x)
    b.output(y)
    b.signature({"x": x}, {"y": y})
    b._signatures["serving_default"].inputs["x"] = 99  # type: ignore[index]


def _no_input(b: ModelBuilder, x: Any) -> None:
    b._inputs.clear()
    b.output(b.relu(b.constant(np.array([[1, -2, 30, 4]], np.int8), 0.05, 3)))


def _dimension(b: ModelBuilder, x: Any) -> None:
    b.output(b.relu(x))
    b._tensors[0].scales, b._tensors[0].zero_points = (0.05, 0.06), (3, 3)
    b._tensors[0].quantized_dimension = 7


def _scales(b: ModelBuilder, x: Any) -> None:
    b.output(b.relu(x))
    b._tensors[0].scales, b._tensors[0].zero_points = (0.05, 0.06), (3, 3)
    b._tensors[0].quantized_dimension = 1


def _activation(b: ModelBuilder, x: Any) -> None:
    b.output(b.add(x, x, scale=0.1, activation="RELU"))
    b._operators[0].options = {"fused_activation_function": 9}


def _zero_constant(b: ModelBuilder, x: Any) -> None:
    b.output(b.mul(x, b.constant(np.zeros((1, 4), np.int8), 0.0), scale=0.1))


def _zero_input(b: ModelBuilder, x: Any) -> None:
    b._tensors[0].scales = (0.0,)
    b.output(b.reshape(x, (4, 1)))


def _unusable(**fields: Any) -> Change:
    """An input that nothing but a RESHAPE reads."""

    def change(b: ModelBuilder, x: Any) -> None:
        for field, value in fields.items():
            setattr(b._tensors[0], field, value)
        b.output(b.reshape(x, (4, 1)))
        b._tensors[-1].scales, b._tensors[-1].zero_points = (0.05,), (3,)

    return change


def _padding(operator: str, padding: int) -> Change:
    def change(b: ModelBuilder, x: Any) -> None:
        image = b.reshape(x, (1, 2, 2, 1))
        if operator == "pool":
            b.output(b.max_pool_2d(image, (2, 2), strides=(1, 1), padding="SAME"))
        else:
            weights = np.arange(8, dtype=np.int8).reshape(2, 2, 2, 1)
            b.output(b.conv_2d(image, weights, weight_scale=0.05, padding="SAME", scale=0.1))
        b._operators[-1].options = {**b._operators[-1].options, "padding": padding}

    return change


ODD: dict[str, tuple[Change, str]] = {
    "a negative scale that nobody reads": (_unusable(scales=(-1.0,)), "a scale of -1.0"),
    "no number for a scale that nobody reads": (_unusable(scales=(float("nan"),)), "a scale of nan"),
    "an infinite scale that nobody reads": (_unusable(scales=(float("inf"),)), "a scale of inf"),
    "a zero point outside its type": (_unusable(zero_points=(300,)), "a zero point of 300"),
    "a padding of no name in a pool": (_padding("pool", 7), "padding 7 does not exist"),
    "a padding of no name in a convolution": (_padding("conv", -1), "padding -1 does not exist"),
    "an input that an operator makes": (_remade_input, "already made by inputs[0]"),
    "a tensor that two operators make": (_made_twice, "already made by operators[0]"),
    "a signature that points nowhere": (_lost_signature, "tensor 99, the subgraph has 2"),
    "no input": (_no_input, "the model has no inputs"),
    "a quantised dimension that is not there": (_dimension, "7, the tensor has 2 dimensions"),
    "scales for no dimension": (_scales, "2 scales, expected 1 or 4"),
    "an activation that does not exist": (_activation, "activation 9"),
    "a constant of scale 0": (_zero_constant, "a scale of 0"),
    "an input of scale 0": (_zero_input, "a scale of 0"),
}


def same_bits(data: bytes, seed: int = 1) -> None:
    """All outputs are TFLM's, or both fail in the run."""
    interpreter = Interpreter(data)
    rng = np.random.default_rng(seed)
    inputs = []
    for details in interpreter.get_input_details():
        inputs.append(rng.integers(-100, 100, details["shape"]).astype(details["dtype"]))
        interpreter.set_tensor(details["index"], inputs[-1])
    outputs = interpreter.get_output_details()
    failed = ""
    try:
        interpreter.invoke()
    except UnsupportedError as error:
        failed = str(error)
    if failed:
        assert "Invoke fails" in failed
        with pytest.raises(RuntimeError):
            tflm(data, inputs, outputs=len(outputs))
        return
    for details, expected in zip(outputs, tflm(data, inputs, outputs=len(outputs)), strict=True):
        assert np.array_equal(interpreter.get_tensor(details["index"]), expected)


def odd_model(change: Change) -> bytes:
    b = ModelBuilder("odd")
    change(b, b.input((1, 4), scale=0.05, zero_point=3))
    return b.build()


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_runs_as_in_tflm(name: str) -> None:
    change, remark = ODD[name]
    data = odd_model(change)
    model = load(data)
    assert any(remark in warning for warning in model.warnings)
    same_bits(data)
    assert Interpreter(model).report().operators
    found = check(data, "cortex-m4").findings
    assert not any(finding.rule == "malformed-model" for finding in found)


LOOKS: dict[str, dict[str, Any]] = {
    "a scale of -1.0": {"scales": (-1.0,)},
    "a scale of nan": {"scales": (float("nan"),)},
    "a scale of inf": {"scales": (float("inf"),)},
}


@pytest.mark.parametrize("fault", LOOKS)
def test_an_operator_that_looks_at_an_unusable_quantisation_refuses_it(fault: str) -> None:
    b = ModelBuilder("odd")
    b.output(
        b.add(b.input((1, 4), scale=0.05, zero_point=3), b.constant(np.ones((1, 4), np.int8), 0.1), scale=0.1)
    )
    for field, value in LOOKS[fault].items():
        setattr(b._tensors[0], field, value)
    with pytest.raises(ModelError, match=fault) as caught:
        prepare(load(b.build()))
    assert caught.value.place.startswith("subgraphs[0].tensors[0].quantization")


def test_a_model_without_outputs_runs_and_says_so() -> None:
    b = ModelBuilder("mute")
    b.output(b.relu(b.input((1, 4), scale=0.05, zero_point=3)))
    data = bytearray(b.build())
    pack_into("<I", data, data.index(np.array([1, 1], np.int32).tobytes()), 0)
    model = load(bytes(data))
    assert any("no outputs" in warning for warning in model.warnings)
    interpreter = Interpreter(model)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.zeros((1, 4), np.int8))
    interpreter.invoke()
    assert interpreter.report().operators
    assert not interpreter.get_output_details()
    assert not any(finding.rule == "malformed-model" for finding in check(model, "cortex-m4").findings)


def test_mirror_pad_without_options_is_symmetric(monkeypatch: pytest.MonkeyPatch) -> None:
    b = ModelBuilder("odd")
    b.output(b.mirror_pad(b.input((1, 4), scale=0.05, zero_point=3), [(0, 0), (2, 1)], symmetric=False))
    monkeypatch.setattr(encoder, "OPTIONS", {})
    same_bits(b.build())


SURPLUS = ["ADD", "AVERAGE_POOL_2D", "CONV_2D", "FULLY_CONNECTED", "LOGISTIC", "MAXIMUM", "PRELU"]


@pytest.mark.parametrize("name", SURPLUS)
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_surplus_tensors_are_ignored_where_tflm_ignores_them(name: str, side: str) -> None:
    """Where TFLM counts them, both refuse."""
    b = ModelBuilder("odd")
    b.output(OPERATORS[name](b, b.input((1, 4, 4, 3), scale=0.05, zero_point=5)))
    operator = next(one for one in b._operators if one.name == name)
    setattr(operator, side, (*getattr(operator, side), getattr(operator, side)[-1]))
    data = b.build()
    try:
        prepare(load(data))
    except ModelError:
        with pytest.raises(RuntimeError):
            tflm(data, [np.zeros((1, 4, 4, 3), np.int8)])
        return
    same_bits(data)


@pytest.mark.parametrize("version", [0, 2, 4])
def test_tflm_does_not_look_at_the_schema_version(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    b = ModelBuilder("odd")
    b.output(b.relu(b.input((1, 4), scale=0.05, zero_point=3)))
    monkeypatch.setattr(encoder, "SCHEMA_VERSION", version)
    data = b.build()
    assert any(f"schema version {version}" in warning for warning in load(data).warnings)
    same_bits(data)


@pytest.mark.parametrize("change", [_remade_input, _made_twice])
def test_a_tensor_made_anew_keeps_its_order(change: Change) -> None:
    """Operators that write the same tensor are never reordered."""
    data = odd_model(change)
    model = load(optimise(load(data), prepare(load(data))).data)
    made = [operator.opcode for operator in model.subgraphs[0].operators]
    assert made == [operator.opcode for operator in load(data).subgraphs[0].operators]


@given(name=st.sampled_from(sorted(OPERATORS)), seed=st.integers(0, 1 << 30))
def test_a_scale_of_0_anywhere_gives_tflms_bits_or_a_refusal(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    b = ModelBuilder("zero")
    b.output(OPERATORS[name](b, b.input((1, 4, 4, 3), scale=0.05, zero_point=5)))
    scaled = [record for record in b._tensors if record.scales]
    for record in [scaled[i] for i in rng.integers(0, len(scaled), int(rng.integers(1, 3)))]:
        which = int(rng.integers(len(record.scales)))
        record.scales = tuple(0.0 if i == which else scale for i, scale in enumerate(record.scales))
    data = b.build()
    try:
        prepare(load(data))
    except ModelError:
        assert any(finding.severity == "error" for finding in check(data, "cortex-m4").findings)
        return
    same_bits(data, seed)


def test_a_weight_channel_of_scale_0_is_a_warning() -> None:
    b = ModelBuilder("zero")
    x = b.input((1, 4, 4, 2), scale=0.05, zero_point=3)
    weights = np.ones((3, 3, 3, 2), np.int8)
    b.output(
        b.conv_2d(x, weights, np.array([5, 9, -3]), weight_scale=[0.1, 0.0, 0.2], scale=0.3, zero_point=5)
    )
    data = b.build()
    same_bits(data)
    found = [finding for finding in check(data, "cortex-m4").findings if finding.rule == "zero-scale"]
    assert [finding.severity for finding in found] == ["warning"]
    assert "1 of 3 scales are 0" in found[0].cause
    assert found[0].place == "subgraphs[0].operators[0]"
    assert all(finding.rule != "bias-scale" for finding in check(data, "cortex-m4").findings)


@pytest.mark.parametrize("beyond", [1 << 32, -(1 << 32), 5 << 40])
def test_zero_points_are_cut_to_32_bits(beyond: int) -> None:
    def built(more: int) -> bytes:
        b = ModelBuilder()
        x = b.input((1, 4), scale=0.05, zero_point=3)
        y = b.add(x, x, scale=0.1, zero_point=-7)
        for tensor in b._tensors:
            tensor.zero_points = tuple(value + more for value in tensor.zero_points)
        b.output(y)
        return b.build()

    x = np.array([[1, -2, 30, 4]], np.int8)
    interpreter = Interpreter(built(beyond))
    interpreter.set_tensor(0, x)
    interpreter.invoke()
    assert_array_equal(interpreter.get_tensor(1), tflm(built(beyond), [x])[0], strict=True)
    assert_array_equal(interpreter.get_tensor(1), tflm(built(0), [x])[0], strict=True)
    assert any("more than 32 bits" in one for one in interpreter.model.warnings)
