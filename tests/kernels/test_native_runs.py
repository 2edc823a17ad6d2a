"""Operators whose run is machine code alone: none of them goes back to Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microinfer.builder import ModelBuilder
from microinfer.kernels._jit import switched_off
from microinfer.kernels.chain import chain
from microinfer.run.patterns import pattern

from support.oracle import Interpreter, tflm

pytestmark = pytest.mark.skipif(switched_off(), reason="numba is switched off")
SHAPE = (1, 5, 6, 7)
REAL = "float32"


def _x(b: ModelBuilder, dtype: str = "int8", shape: tuple[int, ...] = SHAPE) -> Any:
    quantized = {"scale": 0.1, "zero_point": 3} if dtype == "int8" else {}
    return b.input(shape, dtype, **quantized)


CASES: dict[str, Callable[[ModelBuilder], Any]] = {
    "cast int8 int32": lambda b: b.cast(_x(b), "int32"),
    "cast float32 int8": lambda b: b.cast(_x(b, REAL), "int8"),
    "cast int16 int16": lambda b: b.cast(_x(b, "int16"), "int16"),
    "cast bool float32": lambda b: b.cast(_x(b, "bool"), REAL),
    "add_n int8": lambda b: b.add_n([_x(b), _x(b), _x(b)], scale=0.2, zero_point=-4),
    "add_n float32": lambda b: b.add_n([_x(b, REAL) for _ in range(4)]),
    "logical_not": lambda b: b.logical_not(_x(b, "bool")),
    "reduce_all 3": lambda b: b.reduce_all(_x(b, "bool"), (3,)),
    "reduce_all 1 3": lambda b: b.reduce_all(_x(b, "bool"), (1, 3)),
    "select": lambda b: b.select_v2(_x(b, "bool"), _x(b), _x(b)),
    "batch_matmul float32": lambda b: b.batch_matmul(_x(b, REAL, (1, 2, 5, 6)), _x(b, REAL, (1, 1, 6, 40))),
    "resize": lambda b: b.resize_nearest_neighbor(_x(b), (7, 9)),
    "embedding": lambda b: b.embedding_lookup(
        b.constant(np.arange(24, dtype=np.float32).reshape(6, 4)), [5, 0, 1]
    ),
    "embedding int8 float32": lambda b: b.embedding_lookup(
        b.constant(np.arange(24, dtype=np.int8).reshape(6, 4), 0.1, 0), [5, 0, 1], dtype=REAL
    ),
    "div int8": lambda b: b.div(
        _x(b), b.constant(np.arange(1, 8, dtype=np.int8).reshape(1, 7), 0.05, 0), scale=0.2, zero_point=1
    ),
    "average_pool int16": lambda b: b.average_pool_2d(b.input(SHAPE, "int16", scale=0.1, zero_point=0), 3),
    "average_pool int8": lambda b: b.average_pool_2d(_x(b), 2),
    "cumsum float32": lambda b: b.cumsum(_x(b, REAL), 3),
}


@pytest.mark.parametrize("name", CASES)
def test_a_run_stays_in_machine_code(name: str) -> None:
    b = ModelBuilder()
    b.output(CASES[name](b))
    model = b.build()
    interpreter = Interpreter(model, preserve_all_tensors=True)
    values = []
    for seed, detail in enumerate(interpreter.get_input_details()):
        values.append(pattern(seed % 2, tuple(detail["shape"]), np.dtype(detail["dtype"]).name))
        interpreter.set_tensor(detail["index"], values[-1])
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, tflm(model, values)[0])
    (run,) = chain(interpreter._runs)
    assert run.kernel is not None  # type: ignore[attr-defined]
