"""Integers without a scale: TFLM takes 0 for it. Where nothing is divided by that, bits are the wheel's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import Interpreter, ModelBuilder
from microinfer.errors import Reason, UnsupportedError

from support.oracle import tflm

SHAPE = (1, 4, 4, 3)
G = np.random.default_rng(7)
ALPHA = G.integers(1, 99, (1, 1, 1, 3)).astype(np.int8)
RIGHT = G.integers(-99, 99, (1, 4, 3, 2))


def alpha(b: ModelBuilder) -> Any:
    return b.constant(ALPHA, 0.02, 0)


MADE: dict[str, Callable[[ModelBuilder, Any], Any]] = {
    "RELU": lambda b, x: b.relu(x, scale=0.04, zero_point=5 * (x.dtype == "int8")),
    "RELU6": lambda b, x: b.relu6(x),
    "LEAKY_RELU": lambda b, x: b.leaky_relu(x, 0.3, scale=0.04),
    "HARD_SWISH": lambda b, x: b.hard_swish(x, scale=0.04, zero_point=3),
    "ELU": lambda b, x: b.elu(x, scale=0.04, zero_point=-7),
    "TANH": lambda b, x: b.tanh(x),
    "L2_NORMALIZATION": lambda b, x: b.l2_normalization(x),
    "PRELU": lambda b, x: b.prelu(x, alpha(b), scale=0.04),
    "DIV": lambda b, x: b.div(x, alpha(b), scale=0.04, zero_point=2),
    "QUANTIZE": lambda b, x: b.quantize(x, dtype="int8", scale=0.03, zero_point=7),
    "DEQUANTIZE": lambda b, x: b.dequantize(x),
    "BATCH_MATMUL": lambda b, x: b.batch_matmul(x, b.constant(RIGHT.astype(x.dtype), 0.02, 0), scale=0.04),
}
RUN = {
    **dict.fromkeys(("RELU", "LEAKY_RELU"), (("int8", "0"), ("int16", "0"))),
    **dict.fromkeys(("HARD_SWISH", "ELU", "DIV"), (("int8", "0"),)),
    **dict.fromkeys(("TANH", "L2_NORMALIZATION"), (("int8", "0"), ("int8", "o"), ("int8", "0o"))),
    **dict.fromkeys(("PRELU", "BATCH_MATMUL"), tuple(product(("int8", "int16"), ("0", "1", "01")))),
    **dict.fromkeys(("QUANTIZE", "DEQUANTIZE"), (("int8", "0"), ("int16", "0"))),
    "RELU6": (("int8", "o"), ("int16", "o")),
}  # fmt: skip
REFUSED = {
    **dict.fromkeys(("RELU", "LEAKY_RELU"), (("int8", "o"), ("int16", "0o"))),
    **dict.fromkeys(("HARD_SWISH", "ELU"), (("int8", "o"), ("int8", "0o"))),
    **dict.fromkeys(("PRELU", "BATCH_MATMUL"), (("int8", "o"), ("int16", "01o"))),
    "DIV": (("int8", "1"), ("int8", "o")),
    "RELU6": (("int8", "0"), ("int16", "0o")),
}
"""On a Cortex-M0+ and on RV32IMC TFLM 90b983c2 stops at a factor that is no number (counted under QEMU with
BATCH_MATMUL); on a Cortex-M4 and in the package it becomes 0, and RELU6's bound one or the other end."""


def without(name: str, dtype: str, which: str) -> bytes:
    """The operator's model; `which` tensors lack a scale: inputs by number, o the output."""
    b = ModelBuilder(name.lower())
    b.output(MADE[name](b, b.input(SHAPE, dtype, 0.05, 0)))
    operator = b._operators[-1]
    for one in which:
        index = operator.outputs[0] if one == "o" else operator.inputs[int(one)]
        b._tensors[index] = replace(b._tensors[index], scales=(), zero_points=())
    return b.build()


def cases(table: dict[str, tuple[tuple[str, str], ...]]) -> list[Any]:
    return [pytest.param(n, *c, id=f"{n}-{'-'.join(c)}") for n, found in table.items() for c in found]


@pytest.mark.parametrize(("name", "dtype", "which"), cases(RUN))
def test_where_no_missing_scale_is_divided_by_bits_are_the_wheels(name: str, dtype: str, which: str) -> None:
    model = without(name, dtype, which)
    limits = np.iinfo(dtype)
    x = np.random.default_rng(3).integers(limits.min, limits.max, SHAPE, dtype, endpoint=True)
    (wheel,) = tflm(model, [x])
    for release in ("2026-08", "2026-10"):
        own = Interpreter(model, release=release)
        own.set_tensor(own.get_input_details()[0]["index"], x)
        own.invoke()
        found = own.get_tensor(own.get_output_details()[0]["index"])
        assert found.tobytes() == wheel.tobytes()


@pytest.mark.parametrize(("name", "dtype", "which"), cases(RUN))
def test_check_says_that_what_has_no_scale_counts_as_nought(name: str, dtype: str, which: str) -> None:
    report = microinfer.check(without(name, dtype, which), "cortex-m4")
    told = [finding for finding in report.findings if finding.rule == "zero-scale"]
    assert not [one for one in report.findings if one.severity == "error"]
    ignored = name == "L2_NORMALIZATION" or which == "o"
    assert len(told) == (not ignored)
    assert all("without a scale, which counts as 0" in one.cause for one in told)


@pytest.mark.parametrize(("name", "dtype", "which"), cases(REFUSED))
def test_where_one_is_divided_by_it_is_refused_with_that_cause(name: str, dtype: str, which: str) -> None:
    with pytest.raises(UnsupportedError, match="TFLM takes the scale for 0 and divides by it") as refused:
        Interpreter(without(name, dtype, which))
    assert refused.value.reason is Reason.UNQUANTIZED
    assert microinfer.check(without(name, dtype, which), "cortex-m4").failed
