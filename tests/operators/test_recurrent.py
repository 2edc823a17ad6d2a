"""SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM against TFLM, over several invocations: state is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from microinfer.builder import Handle, ModelBuilder

from support.agreement_in_time import INVOCATIONS, WITHOUT_COMPILER, assert_agrees_in_time
from support.data_movement import assert_refused, values
from support.oracle import ARENA_BYTES, Interpreter, tflm  # noqa: F401
from support.scales import SEEDS, scales, zero_points


def float32(value: float) -> float:
    return float(np.float32(value))


def svdf(
    seed: int,
    dtype: str = "int16",
    batch: int = 1,
    inputs: int = 8,
    units: int = 3,
    rank: int = 2,
    memory: int = 4,
    input_scale: float = 0.01,
    state_scale: float = 0.001,
    zeros: tuple[int, int, int] = (3, 0, -5),
    scale: float = 0.05,
    **changes: Any,
) -> tuple[ModelBuilder, Handle]:
    """`zeros`: zero points of input, state and output. `changes` replace tensors of the operator."""
    generator = np.random.default_rng(seed)
    limits = np.iinfo(dtype)
    filters = units * rank
    time_scale = 2.0**-12 if dtype == "int16" else 2.0**-7
    builder = ModelBuilder()
    x = builder.input((batch, inputs), scale=input_scale, zero_point=zeros[0])
    times = generator.integers(limits.min, limits.max, (filters, memory), dtype)
    tensors: dict[str, Any] = {
        "features": builder.constant(generator.integers(-127, 128, (filters, inputs), np.int8), 0.02),
        "times": builder.constant(times, time_scale),
        "bias": builder.constant(
            generator.integers(-2000, 2000, units, np.int32), float32(float32(state_scale) * time_scale)
        ),
        "state": builder.tensor(
            (batch, filters * memory), dtype, state_scale, zeros[1], name="state", is_variable=True
        ),
        "output": builder.tensor((batch, units), "int8", scale, zeros[2]),
    }
    tensors.update({name: make(builder) for name, make in changes.items() if name != "options"})
    output = tensors.pop("output")
    options = {"rank": rank, "fused_activation_function": "RELU", **changes.get("options", {})}
    builder.operator("SVDF", [x, *tensors.values()], [output], options)
    builder.output(output)
    return builder, x


@given(
    seed=SEEDS,
    dtype=st.sampled_from(["int8", "int16"]),
    sizes=st.tuples(
        st.integers(1, 3), st.integers(1, 40), st.integers(1, 6), st.integers(1, 3), st.integers(1, 9)
    ),
    input_scale=scales(-8.0, -3.0),
    state=scales(-14.0, -5.0),
    zeros=st.tuples(zero_points(), st.sampled_from([0, 0, -7, 100]), zero_points()),
    scale=scales(-8.0, 1.0),
)
def test_svdf(
    seed: int,
    dtype: str,
    sizes: tuple[int, int, int, int, int],
    input_scale: float,
    state: float,
    zeros: tuple[int, int, int],
    scale: float,
) -> None:
    builder, x = svdf(seed, dtype, *sizes, input_scale, state, zeros, scale)
    assert_agrees_in_time(builder, [values(seed + i, x.shape, "int8") for i in range(INVOCATIONS)])


ACTIVATIONS = st.sampled_from(
    ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "SIGN_BIT", *([] if WITHOUT_COMPILER else ["TANH"])]
)


@given(
    seed=SEEDS,
    sizes=st.tuples(
        st.integers(1, 3), st.integers(1, 40), st.integers(1, 6), st.integers(1, 3), st.integers(1, 9)
    ),
    activation=ACTIVATIONS,
    spread=st.sampled_from([0.1, 1.0, 30.0, 1e38]),
)
def test_svdf_float32(
    seed: int, sizes: tuple[int, int, int, int, int], activation: str, spread: float
) -> None:
    batch, inputs, units, rank, memory = sizes
    generator = np.random.default_rng(seed)
    builder = ModelBuilder()
    x = builder.input((batch, inputs), "float32")

    def drawn(*shape: int) -> Handle:
        return builder.constant(generator.normal(size=shape).astype(np.float32))

    weights = drawn(units * rank, inputs), drawn(units * rank, memory)
    builder.output(builder.svdf(x, *weights, drawn(units), rank=rank, activation=activation))
    with np.errstate(all="ignore"):
        spread_values = [
            values(seed + i, x.shape, "float32") * np.float32(spread) for i in range(INVOCATIONS)
        ]
    assert_agrees_in_time(builder, spread_values)


def test_svdf_refusals() -> None:
    def refused(message: str, *, by_tflm: bool = True, **changes: Any) -> None:
        assert_refused(svdf(1, **changes)[0], message, by_tflm=by_tflm)

    weights = np.zeros((6, 8), np.int8)
    refused("expected a divisor", options={"rank": 4})
    refused("expected a divisor", options={"rank": 0}, by_tflm=False)
    refused(r"shape \(6, 7\), expected \(6, 8\)", features=lambda b: b.constant(weights[:, :7], 0.02))
    refused("expected a variable", state=lambda b: b.input((1, 24), "int16", 0.001))
    refused(r"expected \(1, 24\)", state=lambda b: b.tensor((1, 23), "int16", 0.001, is_variable=True))
    mixed = {"state": lambda b: b.tensor((1, 24), "int8", 0.001, is_variable=True)}
    refused("is int8, expected int16", **mixed, by_tflm=False)
    refused("expected state scale", bias=lambda b: b.constant(np.zeros(3, np.int32), 1.0))
    refused("is missing", bias=lambda b: None, by_tflm=False)
    refused("has no scale", features=lambda b: b.constant(weights), by_tflm=False)
