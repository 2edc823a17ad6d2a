"""Layers that keep a state, of real data and integer weights: what the device makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from microinfer import ModelBuilder
from microinfer.checks import check


def hybrid_cause(builder: ModelBuilder) -> str:
    (found,) = (one for one in check(builder.build()).findings if one.rule == "hybrid-operator")
    assert found.severity == "error"
    return found.cause


def test_svdf_is_refused_with_its_types() -> None:
    b = ModelBuilder()
    x, y = b.input((1, 4), "float32"), b.tensor((1, 2), "float32")
    state = b.tensor((1, 6), "float32", is_variable=True)
    weights = b.constant(np.ones((2, 4), np.int8), 0.1)
    rest = b.constant(np.ones((2, 3), np.float32)), b.constant(np.zeros(2, np.float32))
    b.operator("SVDF", [x, weights, *rest, state], [y], {"rank": 1})
    b.output(y)
    assert hybrid_cause(b).startswith("weights_feature->type != kTfLiteFloat32 (9 != 1), where 9 is INT8:")


def test_an_lstm_takes_bytes_for_numbers() -> None:
    """Its Prepare looks at no type of the weights."""
    b = ModelBuilder()
    x, y = b.input((1, 3, 6), "float32"), b.tensor((1, 3, 4), "float32")
    inputs: list[Any] = [None] * 24
    inputs[0] = x
    for i in range(4):
        inputs[1 + i] = b.constant(np.zeros((4, 6), np.int8), 0.01)
        inputs[5 + i] = b.constant(np.zeros((4, 4), np.int8), 0.01)
        inputs[12 + i] = b.constant(np.zeros(4, np.float32))
    for place in (18, 19):
        inputs[place] = b.tensor((1, 4), "float32", is_variable=True)
    b.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [y], {"fused_activation_function": "TANH"})
    b.output(y)
    assert hybrid_cause(b).startswith("TFLM says nothing and takes the INT8 weights for FLOAT32")
