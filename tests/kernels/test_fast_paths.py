"""Where an operator has a fast way and a general one, the fast one is taken, with the same bits.

The windowed operators' are in test_windowed and test_dot_products, machine code without numba's in
test_machine_code, and samples at once in test_batch.
"""

from __future__ import annotations

from functools import partial
from operator import setitem
from typing import Any

import numpy as np
import pytest

from microinfer import load, zoo
from microinfer.builder import ModelBuilder
from microinfer.kernels._jit import switched_off
from microinfer.kernels._processor import SWITCH, has_dot_products, has_vectors, permutes_bytes
from microinfer.kernels.data_movement import copy
from microinfer.memory.greedy import Buffer, _Placed

from support.oracle import Interpreter, tflm
from support.strategies import int8_values

SCALE = 0.05
LOOK_UP = f"activations.{'permuted' if permutes_bytes() and has_vectors() else 'look_up'}"


def run_of(builder: ModelBuilder, position: int = 0) -> Any:
    """What an operator's bind returned, after a look at the model's bits."""
    model = builder.build()
    interpreter = Interpreter(model, preserve_all_tensors=True)
    generator = np.random.default_rng(0)
    values = []
    for detail in interpreter.get_input_details():
        values.append(int8_values(generator, tuple(detail["shape"])))
        interpreter.set_tensor(detail["index"], values[-1])
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, tflm(model, values)[0])
    return interpreter._runs[position]


def kernel_name(run: Any) -> str | None:
    """The kernel's, where the run is the call of a kernel and nothing else."""
    return run.kernel.name if hasattr(run, "kernel") else None


def test_a_run_is_the_kernel_itself_with_one_pointer() -> None:
    if switched_off():
        pytest.skip("numba is switched off")
    interpreter = Interpreter(zoo.load("digits"))
    kernels = [run for run in interpreter._runs if kernel_name(run) is not None]
    assert len(kernels) >= len(interpreter.steps) - 2
    for run in kernels:
        assert isinstance(run, partial)
        assert len(run.args) == 1


@pytest.mark.parametrize(
    ("shapes", "name"),
    [
        (((1, 4, 4, 8), (1, 4, 4, 8)), "arithmetic.add"),
        (((1, 4, 4, 8), (1, 128)), "arithmetic.add"),
        (((1, 4, 4, 8), (1, 1, 1, 8)), None),
    ],
)
def test_sums_copy_only_what_broadcasts(
    shapes: tuple[tuple[int, ...], ...], name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    builder = ModelBuilder()
    x = builder.input(shapes[0], scale=SCALE)
    y = builder.input((1, 4, 4, 8) if shapes[1] == (1, 128) else shapes[1], scale=2 * SCALE)
    builder.output(builder.add(x, y, scale=3 * SCALE))
    assert kernel_name(run_of(builder)) == name


def test_a_constant_that_broadcasts_is_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 8), scale=SCALE)
    y = builder.constant(np.arange(8, dtype=np.int8).reshape(1, 1, 1, 8), scale=2 * SCALE)
    builder.output(builder.add(x, y, scale=3 * SCALE))
    run = run_of(builder)
    assert kernel_name(run) == "arithmetic.add"
    np.testing.assert_array_equal(run.arguments[1], np.tile(np.arange(8, dtype=np.int8), 16))


@pytest.mark.parametrize(
    ("axes", "name"),
    [((1, 2), "reduce.sum_columns"), ((3,), "reduce.sum_rows"), ((2, 3), "reduce.sum_rows"), ((1, 3), None)],
)
def test_means_over_one_run_of_dimensions_copy_nothing(axes: tuple[int, ...], name: str | None) -> None:
    builder = ModelBuilder()
    builder.output(builder.mean(builder.input((1, 4, 5, 6), scale=SCALE), axes, scale=SCALE))
    assert kernel_name(run_of(builder)) == name


@pytest.mark.parametrize("operator", ["logistic", "tanh", "relu", "relu6", "leaky_relu", "hard_swish"])
def test_functions_of_one_int8_are_tables(operator: str) -> None:
    builder = ModelBuilder()
    x = builder.input((1, 300), scale=SCALE, zero_point=-7)
    quantization = {} if operator in ("logistic", "tanh") else {"scale": SCALE, "zero_point": -3}
    slope = (0.2,) if operator == "leaky_relu" else ()
    builder.output(getattr(builder, operator)(x, *slope, **quantization))
    run = run_of(builder)
    assert kernel_name(run) == LOOK_UP
    assert run.arguments[1].shape == (256,)


def test_rescaling_int8_is_a_table() -> None:
    builder = ModelBuilder()
    x = builder.input((1, 300), scale=SCALE, zero_point=-7)
    builder.output(builder.quantize(x, scale=SCALE * 1.7, zero_point=4))
    assert kernel_name(run_of(builder)) == LOOK_UP


def test_rows_too_short_to_hang_a_device_are_not_checked() -> None:
    names = []
    for depth in (10, 511, 512):
        builder = ModelBuilder()
        builder.output(builder.softmax(builder.input((1, depth), scale=1.0)))
        names.append(kernel_name(run_of(builder)))
    assert names == ["softmax.softmax", "softmax.softmax", None]


@pytest.mark.parametrize("operator", ["conv_2d", "depthwise_conv_2d", "fully_connected"])
def test_constant_weights_are_arranged_once(operator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")

    def model(constant: bool) -> ModelBuilder:
        builder = ModelBuilder()
        flat = operator == "fully_connected"
        x = builder.input((1, 36) if flat else (1, 4, 4, 4), scale=SCALE)
        shape = (8, 36) if flat else (1, 3, 3, 4) if "depthwise" in operator else (4, 3, 3, 4)
        values = int8_values(np.random.default_rng(1), shape)
        weights = builder.constant(values, 0.01, 0) if constant else builder.input(shape, "int8", 0.01, 0)
        builder.output(getattr(builder, operator)(x, weights, scale=SCALE))
        return builder

    run = run_of(model(True))
    assert kernel_name(run) == f"{operator}.{operator}"
    packed = run.arguments[3]
    assert packed.dtype == np.int16
    assert packed.ctypes.data % 64 == 0
    if operator == "fully_connected":
        assert kernel_name(run_of(model(False))) is None


@pytest.mark.parametrize("switch", ["on", "off"])
def test_a_constant_matrix_is_arranged_once(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, switch)

    def model(constant: bool) -> ModelBuilder:
        builder = ModelBuilder()
        x = builder.input((1, 3, 5), scale=SCALE)
        if constant:
            values = int8_values(np.random.default_rng(1), (1, 5, 4))
            y = builder.constant(values, SCALE, 0)
        else:
            y = builder.input((1, 5, 4), scale=SCALE)
        builder.output(builder.batch_matmul(x, y, scale=SCALE))
        return builder

    name = kernel_name(run_of(model(True)))
    assert name is not None
    assert name.startswith("dot_matmul.matmul" if has_dot_products() else "batch_matmul.batch_matmul")
    assert kernel_name(run_of(model(False))) is None


@pytest.mark.parametrize(
    ("shape", "strides", "item"),
    [
        ((6, 8), (16, 1), 8),
        ((6, 4), (16, 1), 4),
        ((6, 6), (16, 1), 2),
        ((6, 5), (16, 1), 1),
        ((6, 8), (15, 1), 1),
    ],
)
def test_bytes_move_as_the_widest_integers(
    shape: tuple[int, int], strides: tuple[int, int], item: int
) -> None:
    memory = np.arange(4 * 64, dtype=np.int64).view(np.int8)
    source = np.lib.stride_tricks.as_strided(memory, shape, strides)
    target = np.zeros((6, 64), np.int8)[:, : shape[1]]
    run = copy(source, target)
    assert isinstance(run, partial)
    assert run.func is setitem
    assert run.args[0].itemsize == run.args[2].itemsize == item
    run()
    np.testing.assert_array_equal(target, source)


def test_what_lies_in_one_piece_moves_in_one_piece() -> None:
    builder = ModelBuilder()
    builder.output(builder.reshape(builder.input((2, 3, 5), scale=SCALE), (6, 5)))
    run = run_of(builder)
    assert run.args[0].ndim == run.args[2].ndim == 1


def test_one_concatenated_part_is_one_assignment() -> None:
    builder = ModelBuilder()
    x = builder.input((1, 2, 2, 8), scale=SCALE)
    builder.output(builder.concatenation([x], 3))
    assert isinstance(run_of(builder), partial)


def test_constants_are_read_where_the_file_lies() -> None:
    content = zoo.load("digits")
    model = load(content)
    whole = np.frombuffer(content, np.uint8)
    constants = [tensor.data for tensor in model.subgraphs[0].tensors if tensor.data is not None]
    assert constants
    assert all(np.shares_memory(data, whole) for data in constants)


def test_a_brief_buffer_is_compared_with_its_neighbours_only() -> None:
    placed = _Placed(2000, exact=False, aligned=False)
    for scope in range(0, 4000, 2):
        placed.add(Buffer(16, scope, scope + 2), 16 * (scope % 4), 16 * (scope % 4) + 16)
    assert len(placed._near(Buffer(16, 2001, 2003))) == 2
    assert len(placed._near(Buffer(16, 0, 3000))) == 2000


@pytest.mark.parametrize(("scale", "point"), [(0.001, 0), (0.001, -300), (1e-6, 0), (3.0, 5)])
def test_int16_that_is_only_clamped_is_no_table(scale: float, point: int) -> None:
    values = np.arange(-32768, 32768, 7).astype(np.int16).reshape(1, -1)
    builder = ModelBuilder()
    builder.output(builder.relu6(builder.input(values.shape, "int16", scale=scale, zero_point=point)))
    interpreter = Interpreter(builder.build())
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    assert kernel_name(interpreter._runs[0]) == "activations.clamp_int16"
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, tflm(builder.build(), [values])[0])
