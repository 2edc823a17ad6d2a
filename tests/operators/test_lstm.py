"""UNIDIRECTIONAL_SEQUENCE_LSTM, over several invocations, against the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from microinfer.builder import Handle, ModelBuilder

from support.agreement_in_time import INVOCATIONS, WITHOUT_COMPILER, assert_agrees_in_time
from support.data_movement import assert_refused, values
from support.oracle import ARENA_BYTES, Interpreter, tflm  # noqa: F401
from support.scales import SEEDS, scales, zero_points


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
    assert_refused(rewired({19: lambda b: b.input((1, 4), "int16", 2.0**-11)}), "expected a variable")
    wide = rewired({19: lambda b: b.tensor((1, 5), "int16", 2.0**-11, is_variable=True)})
    assert_refused(wide, "expected")
    assert_refused(rewired({}, {"fused_activation_function": "RELU"}), "expected TANH", by_tflm=False)
