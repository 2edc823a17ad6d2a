"""Kernels in C by the examples that operators' rows draw: the bits of the emulator and of TFLM's package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from microinfer import Interpreter, ModelBuilder, load, load_profile
from microinfer.errors import ModelError, UnsupportedError
from microinfer.exports.bare_c import export
from microinfer.operators.example import Draw
from microinfer.operators.registry import row
from microinfer.timing.prices import estimate

from conftest import EXAMPLES
from support.firmware import (
    KERNELS,
    Compiler,
    emulate,
    exported,
    random_inputs,
    run,
    simavr,
    stream,
)
from support.oracle import WHEEL, tflm
from support.single_operators import drawn_model
from support.twin_runs import expect_bits_on_arm, expect_sizes

SEEDS = range(max(4, EXAMPLES // 10))
BOTH = ("int8", "float32")
NUMBERS = ("int8", "int32", "int64", "float32")
TWINS: dict[str, tuple[str, ...]] = {
    "ABS": ("int16",),
    "ADD": ("int16", "int32"),
    "ADD_N": BOTH,
    "AVERAGE_POOL_2D": ("float32", "int16"),
    "ARG_MAX": BOTH,
    "ARG_MIN": BOTH,
    "BATCH_MATMUL": ("int8", "int16", "float32"),
    "BATCH_TO_SPACE_ND": BOTH,
    "CAST": ("int8", "int16", "int32", "uint32", "float32", "bool"),
    "CONV_2D": ("int16",),
    "CUMSUM": BOTH,
    "DEPTHWISE_CONV_2D": ("float32", "int16"),
    "DIV": ("int8",),
    "ELU": ("float32",),
    "EQUAL": (*NUMBERS, "bool"),
    "FILL": ("int8",),
    "FULLY_CONNECTED": ("int16",),
    "GATHER": BOTH,
    "GATHER_ND": BOTH,
    "GREATER": NUMBERS,
    "GREATER_EQUAL": NUMBERS,
    "HARD_SWISH": ("float32",),
    "LEAKY_RELU": ("float32", "int16"),
    "LESS": NUMBERS,
    "LESS_EQUAL": NUMBERS,
    "LOGICAL_AND": ("bool",),
    "LOGICAL_NOT": ("bool",),
    "LOGICAL_OR": ("bool",),
    "LOGISTIC": ("float32",),
    "MAXIMUM": ("int16", "int32", "int64"),
    "MAX_POOL_2D": ("float32", "int16"),
    "MEAN": ("int16", "float32"),
    "MINIMUM": ("int16", "int32", "int64"),
    "MIRROR_PAD": BOTH,
    "MUL": ("int16", "int32"),
    "NOT_EQUAL": (*NUMBERS, "bool"),
    "PAD": ("int16", "int32", "float32"),
    "PRELU": ("int8", "int16", "float32"),
    "QUANTIZE": ("int16", "int32", "uint8"),
    "REDUCE_ALL": ("bool",),
    "REDUCE_MAX": BOTH,
    "REDUCE_MIN": BOTH,
    "RELU": ("float32", "int16"),
    "RELU6": ("float32", "int16"),
    "RESIZE_BILINEAR": BOTH,
    "RESIZE_NEAREST_NEIGHBOR": ("int8", "int16", "float32"),
    "REVERSE_V2": ("int8", "int16", "int32", "int64", "float32"),
    "SELECT_V2": ("int8", "int16", "float32"),
    "SHAPE": ("int8",),
    "SOFTMAX": ("float32",),
    "SPACE_TO_BATCH_ND": BOTH,
    "SQUARED_DIFFERENCE": ("int16", "int32"),
    "SUB": ("int16", "int32"),
    "SUM": ("int16", "float32"),
    "SVDF": ("int8",),
    "TANH": ("float32",),
    "TRANSPOSE_CONV": ("int8", "int16", "float32"),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": ("int8", "int16"),
    "ZEROS_LIKE": ("int8", "int32", "int64", "float32"),
}
OPEN_IN_C = {"DIV"}
"""Quotients that are shifted by more than 31 bits are others on a host, where the package runs."""
OF_THE_C_LIBRARY = {"ELU", "LOGISTIC", "SOFTMAX", "TANH"}
"""Their last bits are those of the C library that the program is linked with."""
MOST_BYTES, MOST_INPUTS = 1500, 10
"""Of an arena that an ATmega328P has room for, with the stack; and those that its harness sets."""


def together(name: str, most: int = 1 << 20) -> bytes:
    """One model of examples of an operator, of all its types, as far as its arena stays small."""
    chosen: list[tuple[str, int]] = []
    spec, model = row(name), b""
    assert spec is not None
    for seed in SEEDS:
        for dtype in TWINS[name]:
            b = ModelBuilder(name.lower())
            try:
                for each, number in (*chosen, (dtype, seed)):
                    made = spec.example(Draw(b, np.random.default_rng(number), each))
                    b.output(*(made if isinstance(made, tuple) else (made,)))
                data = b.build()
                arena = Interpreter(data, "atmega328p").plan.arena_used_bytes
            except (ModelError, OverflowError):
                continue
            if arena <= most and (most > MOST_BYTES or len(load(data).subgraphs[0].inputs) <= MOST_INPUTS):
                chosen.append((dtype, seed))
                model = data
    assert {dtype for dtype, _ in chosen} == set(TWINS[name]) or most == MOST_BYTES
    assert chosen
    return model


@pytest.mark.parametrize("name", TWINS)
def test_host(name: str, on_host: Compiler, tmp_path: Path) -> None:
    """In one program, of which every output is held against the emulator's, whose bits are the package's at
    its release: the scales' quotient has other digits there."""
    model = together(name)
    inputs = random_inputs(model, np.random.default_rng(1))
    found = run([str(on_host.build(exported(model, tmp_path))), "-"], input=stream(inputs))
    assert found == emulate(model, inputs)
    if name in OPEN_IN_C:
        return
    outputs = len(load(model).subgraphs[0].outputs)
    wanted = b"".join(array.tobytes() for array in tflm(model, inputs[0], outputs=outputs))
    assert emulate(model, inputs[:1], WHEEL)[: len(wanted)] == wanted


@pytest.mark.parametrize("name", TWINS)
def test_simavr(name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tools = simavr().Toolchain(tmp_path_factory.getbasetemp() / "avr", KERNELS)
    model = together(name, MOST_BYTES)
    inputs = random_inputs(model, np.random.default_rng(2), count=2)
    firmware = tools.build(exported(model, tmp_path))
    found, wanted = firmware.run(stream(inputs)).outputs, emulate(model, inputs)
    if name not in OF_THE_C_LIBRARY:
        assert found == wanted
        return
    near, exact = np.frombuffer(found, np.float32), np.frombuffer(wanted, np.float32)
    assert np.abs(near - exact).max() <= 4 * np.spacing(np.abs(exact).max())


@pytest.mark.parametrize("name", sorted(TWINS.keys() - OF_THE_C_LIBRARY))
def test_qemu(name: str, on_arm: Compiler, tmp_path: Path) -> None:
    expect_bits_on_arm(together(name), on_arm, tmp_path, seed=3)


@pytest.mark.parametrize("name", TWINS)
def test_sizes_in_closed_form(name: str) -> None:
    expect_sizes(together(name))


@pytest.mark.parametrize("name", ["AVERAGE_POOL_2D", "ELU", "LOGISTIC", "MEAN", "RELU", "SOFTMAX", "TANH"])
def test_reals_are_named_and_not_priced_as_bytes(name: str) -> None:
    (reals,), (bytes_,) = (
        Interpreter(load(drawn_model(name, 1, dtype)), "cortex-m4", library="bare-c").steps
        for dtype in ("float32", "int8")
    )
    for part in ("atmega328p", "cortex-m4"):
        real, small = estimate([reals, bytes_], load_profile(part), "bare-c")
        assert (real.variant, small.variant) == ("bare_c_float32", "bare_c")
        assert real.cycles != small.cycles
        assert not real.note


def test_divisors_that_are_computed_are_refused(tmp_path: Path) -> None:
    b = ModelBuilder("quotients")
    x = b.input((1, 4), scale=0.1)
    b.output(b.div(x, b.input((1, 4), scale=0.1), scale=0.1))
    with pytest.raises(UnsupportedError, match=r"DIV: of integers by divisors that are computed"):
        export(b.build(), tmp_path)
