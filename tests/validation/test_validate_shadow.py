"""The float shadow: within half a step of the device's bits, operator by operator, and of LiteRT's floats."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder, zoo
from microinfer.model.read import load
from microinfer.operators.reals import real_values
from microinfer.operators.registry import rows
from microinfer.operators.tflm_operators import CUSTOM_OPERATORS
from microinfer.validation.layers import Layers
from microinfer.validation.shadow import Shadow

from support.oracle import Interpreter
from support.single_operators import OPERATORS, drawn_model, model_of


@pytest.mark.parametrize("name", sorted(OPERATORS.keys() - CUSTOM_OPERATORS.keys()))
def test_within_a_step_of_the_device(name: str) -> None:
    interpreter = microinfer.Interpreter(model_of(OPERATORS[name]), preserve_all_tensors=True)
    assert name in interpreter.operators
    source = interpreter.subgraph.tensors[interpreter.subgraph.inputs[0]]
    target = interpreter.subgraph.tensors[interpreter.subgraph.outputs[0]]
    shadow = Shadow(interpreter.model)
    for seed in range(4):
        x = np.random.default_rng(seed).integers(-128, 128, source.shape, np.int8)
        interpreter.set_tensor(source.index, x)
        interpreter.restart()
        interpreter.invoke()
        shadow.reset()
        real = shadow.run([real_values(x, source)])[target.index]
        found = real_values(interpreter.get_tensor(target.index), target)
        if target.quantization is not None:
            low, high = ((limit - target.zero_point) * target.scale for limit in (-128, 127))
            real = np.clip(real, low, high)
        # Table-driven functions and two roundings reach a little beyond half a step, float32 beyond nothing;
        # whole numbers jump where their input is one.
        steps = 1.0 if name in ("CEIL", "FLOOR", "FLOOR_DIV", "ROUND") else max(1.02 * target.scale, 1e-5)
        np.testing.assert_allclose(found, real, rtol=1e-6, atol=steps)


def test_every_operator_has_a_float_reference() -> None:
    without = {spec.name for spec in rows() if (spec.in_reals is None) == (spec.moves is None)}
    assert without == {spec.name for spec in rows() if spec.keeps_in_reals is not None or spec.links}
    assert {spec.name for spec in rows() if spec.remembers and not spec.links} <= without


REMEMBERING = sorted(spec.name for spec in rows() if spec.keeps_in_reals is not None)


@pytest.mark.kernels
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", REMEMBERING)
def test_what_remembers_does_so_in_real_numbers(name: str, seed: int) -> None:
    """Run after run as on the device, whose fixed-point estimate of noise is cut off and not rounded."""
    device = Interpreter(drawn_model(name, seed), preserve_all_tensors=True)
    shadow, generator = Shadow(device.model), np.random.default_rng(seed)
    tensor = device.subgraph.tensors[device.subgraph.inputs[0]]
    for turn in range(8):
        if turn == 5:
            device.restart()
            shadow.reset()
        high = 1 << 16 if tensor.dtype == "uint32" else 100
        stored = generator.integers(0, high, tensor.shape).astype(tensor.dtype)
        device.set_tensor(tensor.index, stored)
        device.invoke()
        found = shadow.run([real_values(stored, tensor)])
        for index in device.subgraph.outputs:
            made = device.subgraph.tensors[index]
            real = real_values(device.get_tensor(index), made)
            most = np.zeros(real.shape) + (20.0 if made.dtype == "uint32" else 1e-6)
            assert (
                np.abs(found[index] - real) <= most + 1e-3 * np.abs(real) * (made.dtype == "uint32")
            ).all()


def test_signals_go_by_stored_numbers_whatever_scales_say() -> None:
    """As in front of a QUANTIZE, which wants a scale of what a logarithm made."""
    b = ModelBuilder("logarithms")
    x = b.input((8,), "uint32")
    y = b.tensor((8,), "int16", 0.02, 7)
    made = b.signal_filter_bank_log(x, output_scale=1600, input_correction_bits=3)
    b._operators[-1].outputs = (y.index,)
    b.output(y)
    assert made.shape == y.shape
    device = Interpreter(b.build())
    stored = np.arange(3, 11, dtype=np.uint32) ** 5
    device.set_tensor(device.subgraph.inputs[0], stored)
    device.invoke()
    (output,) = device.subgraph.outputs
    wanted = real_values(device.get_tensor(output), device.subgraph.tensors[output])
    found = Shadow(device.model).run([stored.astype(np.float64)])[output]
    assert np.abs(found - wanted).max() < 5 * 0.02


def test_a_buffer_ends_the_run_of_its_shadow_as_of_the_device() -> None:
    b = ModelBuilder("ends")
    x = b.input((1, 1, 2, 3), "int8", 0.1, 0)
    b.output(b.relu(b.circular_buffer(x, 4, cycles=2), scale=0.1, zero_point=0))
    shadow = Shadow(load(b.build()))
    (output,) = shadow.subgraph.outputs
    assert not shadow.run([np.ones((1, 1, 2, 3))])[output].any()
    second = shadow.run([2 * np.ones((1, 1, 2, 3))])[output]
    assert second[0, :, 0, 0].tolist() == [0, 0, 1, 2]
    assert (shadow.run([3 * np.ones((1, 1, 2, 3))])[output] == second).all()


def float_network() -> bytes:
    generator = np.random.default_rng(3)

    def real(*shape: int) -> Any:
        return generator.normal(size=shape).astype(np.float32) * 0.3

    b = ModelBuilder("floats")
    x = b.input((1, 9, 8, 3), "float32")
    y = b.conv_2d(x, real(6, 3, 3, 3), real(6), strides=(2, 2), padding="SAME", activation="RELU6")
    y = b.depthwise_conv_2d(y, real(1, 3, 2, 6), real(6), padding="SAME", activation="RELU")
    y = b.max_pool_2d(y, (2, 2), padding="SAME")
    y = b.average_pool_2d(y, (3, 3), strides=(1, 1), padding="SAME")
    y = b.leaky_relu(y, 0.2)
    y = b.mul(b.hard_swish(y), b.tanh(y))
    y = b.reshape(y, (1, y.shape[1] * y.shape[2] * 6))
    y = b.fully_connected(y, real(5, y.shape[1]), real(5))
    b.output(b.softmax(b.sub(y, b.logistic(y)), beta=2.0))
    return b.build()


def test_a_float_network_as_in_litert() -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="LiteRT is the oracle")
    model = float_network()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = litert.Interpreter(model_content=model)
    oracle.allocate_tensors()
    x = np.random.default_rng(0).normal(size=(1, 9, 8, 3)).astype(np.float32)
    oracle.set_tensor(oracle.get_input_details()[0]["index"], x)
    oracle.invoke()
    expected = oracle.get_tensor(oracle.get_output_details()[0]["index"])
    shadow = Shadow(load(model))
    found = shadow.run([x.astype(np.float64)])[shadow.subgraph.outputs[0]]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_the_layer_that_loses_precision_stands_out() -> None:
    generator = np.random.default_rng(0)
    b = ModelBuilder("coarse")
    x = b.input((1, 32), scale=0.02)
    scales = [0.05, 0.05, 1.5, 0.05]
    for scale in scales:
        w = generator.normal(size=(32, 32)) * 0.2
        x = b.fully_connected(x, w.astype(np.float32), scale=scale)
    b.output(x)
    layers = Layers(microinfer.Interpreter(b.build()))
    for seed in range(4):
        layers.add([np.random.default_rng(seed).integers(-100, 101, (32,), np.int8)])
    rows = layers.reports()
    assert [row.stands_out for row in rows] == [False, False, True, False]
    assert rows[2].own_sqnr_db < 15 < 30 < rows[1].own_sqnr_db
    assert rows[2].unused > 0.9
    assert rows[3].sqnr_db < 15 < rows[3].own_sqnr_db


def test_saturation_and_unused_range() -> None:
    b = ModelBuilder("narrow")
    x = b.input((1, 100), scale=0.1)
    b.output(b.quantize(x, scale=0.05))
    layers = Layers(microinfer.Interpreter(b.build()))
    layers.add([np.arange(-50, 50).astype(np.int8)])
    layers.add([np.arange(0, 100).astype(np.int8)])
    row = layers.reports()[0]
    # Real numbers from -5 to 9.9 in a range of -6.4 to 6.35: 35 of 200 lie a step or more above.
    assert row.saturated == pytest.approx(36 / 200)
    assert (row.low, row.high) == (-100, 127)
    assert row.unused == pytest.approx(1 - 228 / 256)


def test_layers_of_every_zoo_model() -> None:
    for name in zoo.names():
        interpreter = microinfer.Interpreter(zoo.load(name))
        layers = Layers(interpreter)
        tensors = [interpreter.subgraph.tensors[index] for index in interpreter.subgraph.inputs]
        generator = np.random.default_rng(0)
        layers.add([generator.integers(-128, 128, t.shape).astype(t.dtype) for t in tensors])
        rows = layers.reports()
        layered = [step for step in interpreter.first_steps if step.node.outputs]
        assert len(rows) == sum(step.node.outputs[0].dtype != "resource" for step in layered)
        assert rows[0].low is not None


def test_a_trained_lstm(shared: Path) -> None:
    interpreter = microinfer.Interpreter(shared / "models" / "trained_lstm_int8.tflite")
    layers = Layers(interpreter)
    for seed in range(4):
        layers.add([np.random.default_rng(seed).integers(-128, 128, (28, 28), np.int8)])
    assert layers.reports()[0].operator == "UNIDIRECTIONAL_SEQUENCE_LSTM"
    assert layers.reports()[0].own_sqnr_db > 40
