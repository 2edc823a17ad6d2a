"""What is computed for many rows or units at once has the bits of one by one, and is what runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from microinfer.builder import ModelBuilder
from microinfer.kernels import float_recurrent, normalize, resize, running_sum
from microinfer.kernels._jit import switched_off
from microinfer.kernels._processor import SWITCH
from microinfer.kernels.elementary import agrees
from microinfer.kernels.resize import nearest_indices

from support.oracle import Interpreter, tflm

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")


def run_of(model: bytes, *values: NDArray[Any]) -> Any:
    """What the only operator's bind returned, after a look at the model's bits."""
    interpreter = Interpreter(model, preserve_all_tensors=True)
    for detail, value in zip(interpreter.get_input_details(), values, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert_array_equal(found, tflm(model, values)[0])
    return interpreter._runs[0]


def recurrent(units: int) -> tuple[bytes, NDArray[np.float32]]:
    generator = np.random.default_rng(units)
    weights = [generator.normal(0, 0.5, (units, units)).astype(np.float32) for _ in range(8)]
    b = ModelBuilder()
    x = b.input((1, 9, units), "float32")
    biases = [np.linspace(-2, 2, units, dtype=np.float32)] * 4
    b.output(b.unidirectional_sequence_lstm(x, weights[:4], weights[4:], biases))
    return bytes(b.build()), generator.normal(0, 3, (1, 9, units)).astype(np.float32)


@pytest.mark.parametrize("units", [1, 3, 16, 21, 40])
def test_gates_of_reals_are_computed_by_vectors(units: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = recurrent(units)
    quick = agrees("tanh") and agrees("logistic")
    wanted = float_recurrent.lstm_by_vectors if quick else float_recurrent.lstm
    assert run_of(model, x).kernel is wanted
    monkeypatch.setenv(SWITCH, "off")
    assert run_of(model, x).kernel is float_recurrent.lstm


@pytest.mark.parametrize(("exclusive", "reverse"), [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("shape", [(3, 400, 1), (2, 50, 40)])
def test_running_sums_are_looked_up(shape: tuple[int, ...], exclusive: int, reverse: int) -> None:
    """A row of 400 comes by more sums than a table has entries."""
    x = np.random.default_rng(5).integers(-128, 128, shape, np.int8)
    x[0] = 127
    one, other = np.empty_like(x), np.empty_like(x)
    for zero_point, multiplier, shift, offset in ((-128, 1 << 30, -9, 3), (5, 1_500_000_000, -14, -90)):
        given = zero_point, multiplier, shift, offset
        running_sum.running_sum.bind(x, one, exclusive, reverse, *given)()
        known, room = running_sum.results(multiplier, shift, offset), np.empty(shape[2], np.int64)
        running_sum.running_sum_by_table.bind(x, known, other, room, exclusive, reverse, zero_point)()
        assert_array_equal(one, other)


@pytest.mark.parametrize(("side", "kernel"), [(6, "running_sum"), (24, "running_sum_by_table")])
def test_a_table_of_sums_is_for_many(side: int, kernel: str) -> None:
    b = ModelBuilder()
    x = b.input((1, side, side, 5), scale=0.05, zero_point=-7)
    b.output(b.cumsum(x, 2, scale=0.4, zero_point=1))
    value = np.random.default_rng(1).integers(-128, 128, (1, side, side, 5), np.int8)
    assert run_of(bytes(b.build()), value).kernel.name == f"running_sum.{kernel}"


@pytest.mark.parametrize("sizes", [(5, 7, 10, 14), (4, 4, 4, 4), (9, 8, 3, 5), (2, 3, 7, 11), (1, 1, 3, 4)])
@pytest.mark.parametrize("channels", [1, 3, 16, 40])
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_rows_that_come_again_are_copied(sizes: tuple[int, ...], channels: int, dtype: str) -> None:
    h, w, out_h, out_w = sizes
    source = np.arange(2 * h * w * channels).reshape(2, h, w, channels).astype(dtype)
    for corners, half in ((False, False), (True, False), (False, True)):
        target = np.zeros((2, out_h, out_w, channels), dtype)
        run: Any = resize.resize_nearest_neighbor(source, target, corners, half)
        assert run.kernel.name.startswith("resize_nearest.nearest_")
        run()
        rows, columns = (nearest_indices(a, b, corners, half) for a, b in ((h, out_h), (w, out_w)))
        assert_array_equal(target, source[:, rows][:, :, columns])


@pytest.mark.parametrize("rows", [1, normalize.ROWS - 1, normalize.ROWS, 2 * normalize.ROWS + 3])
@pytest.mark.parametrize("name", ["l2_normalization", "log_softmax"])
def test_any_number_of_rows(rows: int, name: str) -> None:
    """Sums from 0 and 1 on, and up to where roots are shifted the other way."""
    b = ModelBuilder()
    b.output(getattr(b, name)(b.input((rows, 7), scale=0.1, zero_point=-9)))
    value = np.random.default_rng(rows).integers(-128, 128, (rows, 7), np.int8)
    value[::3] = -9
    value[::6, 2] += np.arange(len(value[::6])).astype(np.int8) % 4
    run_of(bytes(b.build()), value)


def test_every_tensor_begins_where_a_cache_line_does() -> None:
    b = ModelBuilder()
    x = b.input((1, 3, 5, 7), scale=0.1)
    b.output(b.relu(b.add(x, b.input((1, 1, 1, 7), scale=0.1), scale=0.2)))
    for preserve in (False, True):
        interpreter = Interpreter(b.build(), preserve_all_tensors=preserve)
        whole = [interpreter._storage.arena] if not preserve else interpreter._storage.arrays
        for array in whole:
            assert np.asarray(array).ctypes.data % 64 == 0


@pytest.mark.parametrize("length", [4, 6, 10, 16, 24, 36, 50, 60, 90, 128, 240, 250, 480, 512, 1024])
@pytest.mark.parametrize("dtype", ["int16", "int32", "float32"])
def test_transforms_of_every_factor(length: int, dtype: str) -> None:
    generator = np.random.default_rng(length)
    for inverse, size in ((False, length), (True, length + 2)):
        b = ModelBuilder()
        x = b.input((2, size), dtype)
        b.output(b.signal_irfft(x, length) if inverse else b.signal_rfft(x, length))
        drawn = generator.normal(size=(2, size))
        if dtype == "float32":
            value = drawn.astype(dtype)
        else:
            limits = np.iinfo(dtype)
            value = generator.integers(limits.min, limits.max, (2, size), dtype, endpoint=True)
        run_of(bytes(b.build()), value)
