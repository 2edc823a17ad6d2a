"""SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM against TFLM, over several invocations: state is kept."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from microinfer.builder import Handle, ModelBuilder

from support.data_movement import assert_refused, values
from support.oracle import ARENA_BYTES, Interpreter, tflm  # noqa: F401
from support.scales import SEEDS, scales, zero_points

INVOCATIONS = 3


def float32(value: float) -> float:
    return float(np.float32(value))


def assert_agrees_in_time(builder: ModelBuilder, inputs: list[NDArray[Any]]) -> None:
    """Invocation by invocation, the output has TFLM's bits; after a reset, the first one again."""
    from tflite_micro.python.tflite_micro import runtime

    model = builder.build()
    oracle = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    interpreter = Interpreter(model)
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def ours(x: NDArray[Any]) -> NDArray[Any]:
        interpreter.set_tensor(source["index"], x)
        interpreter.invoke()
        return np.array(interpreter.get_tensor(target["index"]))

    for x in inputs:
        oracle.set_input(x, 0)
        oracle.invoke()
        assert_array_equal(ours(x), oracle.get_output(0))
    interpreter.reset()
    oracle.reset()
    oracle.set_input(inputs[0], 0)
    oracle.invoke()
    assert_array_equal(ours(inputs[0]), oracle.get_output(0))


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


WITHOUT_COMPILER = bool(os.environ.get("NUMBA_DISABLE_JIT"))
"""Compiled kernels call the C library's float32 functions; Python's own are those of float64, rounded."""
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


def lstm(
    seed: int,
    time_major: bool = False,
    batch: int = 1,
    time: int = 3,
    inputs: int = 6,
    units: int = 4,
    cell_scale: float = 2.0**-11,
    cell_clip: float = 0.0,
    zeros: tuple[int, int] = (3, -5),
    gate_scales: tuple[float, ...] = (0.01,) * 8,
    dtype: str = "int8",
) -> tuple[ModelBuilder, Handle]:
    generator = np.random.default_rng(seed)
    real = dtype == "float32"

    def weights(columns: int) -> list[NDArray[Any]]:
        if real:
            return [generator.normal(size=(units, columns)).astype(np.float32) for _ in range(4)]
        return [generator.integers(-127, 128, (units, columns), np.int8) for _ in range(4)]

    def bias() -> NDArray[Any]:
        if real:
            return generator.normal(size=units).astype(np.float32)
        large = 3000 if dtype == "int8" else 800_000
        return generator.integers(-large, large, units, np.int32 if dtype == "int8" else np.int64)

    builder = ModelBuilder()
    shape = (time, batch, inputs) if time_major else (batch, time, inputs)
    x = builder.input(shape, dtype, None if real else 0.02, None if real else zeros[0])
    y = builder.unidirectional_sequence_lstm(
        x,
        weights(inputs),
        weights(units),
        [bias() for _ in range(4)],
        input_weight_scales=gate_scales[:4],
        recurrent_weight_scales=gate_scales[4:],
        cell_scale=cell_scale,
        cell_clip=cell_clip,
        time_major=time_major,
        scale=None if real else 2.0**-7 if dtype == "int8" else 2.0**-15,
        zero_point=None if real else zeros[1],
    )
    builder.output(y)
    return builder, x


@given(
    seed=SEEDS,
    time_major=st.booleans(),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 20), st.integers(1, 12)),
    cell_scale=scales(-15.0, -8.0),
    cell_clip=st.sampled_from([0.0, 0.5, 10.0]),
    zeros=st.tuples(zero_points(), zero_points()),
    gate_scales=st.tuples(*8 * [scales(-10.0, -4.0)]),
)
def test_lstm(
    seed: int,
    time_major: bool,
    sizes: tuple[int, int, int, int],
    cell_scale: float,
    cell_clip: float,
    zeros: tuple[int, int],
    gate_scales: tuple[float, ...],
) -> None:
    """Cell scales that are no powers of two too: TFLM takes the nearest one."""
    builder, x = lstm(seed, time_major, *sizes, cell_scale, cell_clip, zeros, gate_scales)
    assert_agrees_in_time(builder, [values(seed + i, x.shape, "int8") for i in range(INVOCATIONS)])


@given(
    seed=SEEDS,
    time_major=st.booleans(),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 20), st.integers(1, 12)),
    cell_scale=scales(-15.0, -8.0),
    cell_clip=st.sampled_from([0.0, 0.5, 10.0]),
    zeros=st.sampled_from([(0, 0), (0, 0), (7, -3)]),
    gate_scales=st.tuples(*8 * [scales(-16.0, -6.0)]),
)
def test_lstm_int16(
    seed: int,
    time_major: bool,
    sizes: tuple[int, int, int, int],
    cell_scale: float,
    cell_clip: float,
    zeros: tuple[int, int],
    gate_scales: tuple[float, ...],
) -> None:
    """Zero points that are not 0 too: TFLM only asserts that there are none, and counts them."""
    builder, x = lstm(seed, time_major, *sizes, cell_scale, cell_clip, zeros, gate_scales, "int16")
    assert_agrees_in_time(builder, [values(seed + i, x.shape, "int16") for i in range(INVOCATIONS)])


@pytest.mark.skipif(
    WITHOUT_COMPILER,
    reason="without numba's compiler exponentials are not the C library's",
)
@given(
    seed=SEEDS,
    time_major=st.booleans(),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 20), st.integers(1, 12)),
    cell_clip=st.sampled_from([0.0, 0.5, 10.0]),
    spread=st.sampled_from([0.1, 1.0, 30.0, 1e38]),
)
def test_lstm_float32(
    seed: int, time_major: bool, sizes: tuple[int, int, int, int], cell_clip: float, spread: float
) -> None:
    """The C library's exponentials and tangents are those of this computer, here and in the wheel."""
    builder, x = lstm(seed, time_major, *sizes, cell_clip=cell_clip, dtype="float32")
    with np.errstate(all="ignore"):
        spread_values = [
            values(seed + i, x.shape, "float32") * np.float32(spread) for i in range(INVOCATIONS)
        ]
    assert_agrees_in_time(builder, spread_values)


@pytest.mark.parametrize("scale", [2.0**3, 2.0**-43])
def test_cell_scales_out_of_range(scale: float) -> None:
    assert_refused(lstm(1, cell_scale=scale)[0], "scale", by_tflm=False)


def rewired(changes: dict[int, Any], options: dict[str, Any] | None = None) -> ModelBuilder:
    """An LSTM some of whose 24 inputs are replaced; `changes` makes each from the builder."""
    builder = ModelBuilder()
    x = builder.input((1, 3, 6), scale=0.02)
    inputs: list[Any] = [None] * 24
    inputs[0] = x
    for i in range(4):
        inputs[1 + i] = builder.constant(np.zeros((4, 6), np.int8), 0.01)
        inputs[5 + i] = builder.constant(np.zeros((4, 4), np.int8), 0.01)
        inputs[12 + i] = builder.constant(np.zeros(4, np.int32), 0.0002)
    inputs[18] = builder.tensor((1, 4), "int8", 2.0**-7, is_variable=True)
    inputs[19] = builder.tensor((1, 4), "int16", 2.0**-11, is_variable=True)
    for position, make in changes.items():
        inputs[position] = make(builder) if make is not None else None
    y = builder.tensor((1, 3, 4), "int8", 2.0**-7)
    settings = {"fused_activation_function": "TANH", **(options or {})}
    builder.operator("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [y], settings)
    builder.output(y)
    return builder


def test_lstm_refusals() -> None:
    peephole = rewired({9: lambda b: b.constant(np.zeros(4, np.int16), 0.1)})
    assert_refused(peephole, "no peepholes")
    assert_refused(rewired({2: None}), r"inputs\[2\] is missing", by_tflm=False)
    narrow = rewired({3: lambda b: b.constant(np.zeros((4, 5), np.int8), 0.01)})
    assert_refused(narrow, r"shape \(4, 5\), expected \(4, 6\)")
    shifted = rewired({3: lambda b: b.constant(np.zeros((4, 6), np.int8), 0.01, 1)})
    assert_refused(shifted, "zero point 0", by_tflm=False)
    assert_refused(rewired({19: lambda b: b.input((1, 4), "int16", 2.0**-11)}), "expected a variable")
    wide = rewired({19: lambda b: b.tensor((1, 5), "int16", 2.0**-11, is_variable=True)})
    assert_refused(wide, "expected")
    assert_refused(rewired({}, {"fused_activation_function": "RELU"}), "expected TANH", by_tflm=False)
