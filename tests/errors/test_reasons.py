"""Programs decide by a refusal's reason, never by its words: a tensor's name changes no rule."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from microinfer.builder import Handle, ModelBuilder
from microinfer.checks import check
from microinfer.checks.rule import rules
from microinfer.errors import Mismatch, Reason, UnsupportedError
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

NAMES = (
    "is int16",
    "computed at run time",
    "effective scale",
    "zero point, expected",
    "scales",
    "batch",
    "Didn't find op for builtin opcode 'CONV_2D'",
    "is not on its natural boundary; a core without unaligned loads faults",
    "; ",
    ": ",
)
"""Words that messages have; the last are separators in them."""


def pooled(b: ModelBuilder, name: str, scale: float = 0.2) -> Handle:
    x = b.input((1, 8, 8, 3), "int8", 0.1, 0, name=name)
    y = b.tensor((1, 8, 8, 3), "int8", scale, 0, name=name)
    options = {"stride_w": 1, "stride_h": 1, "filter_width": 1, "filter_height": 1}
    b.operator("MAX_POOL_2D", [x], [y], options)
    return y


def softmax(b: ModelBuilder, name: str) -> Handle:
    x = b.input((1, 4), "int8", 0.1, 0, name=name)
    y = b.tensor((1, 4), "int8", 0.1, 0, name=name)
    b.operator("SOFTMAX", [x], [y], {"beta": 1.0})
    return y


def overflowing(b: ModelBuilder, name: str) -> Handle:
    x = b.input((1, 4), "int8", 1e30, 0, name=name)
    y = b.tensor((1, 3), "int8", 1e-3, 0, name=name)
    w = b.constant(np.ones((3, 4), np.int8), 1e-3, 0, name=name)
    b.operator("FULLY_CONNECTED", [x, w], [y])
    return y


def per_channel(b: ModelBuilder, name: str) -> Handle:
    x = b.input((1, 4), "int8", 0.1, 0, name=name)
    y = b.tensor((1, 3), "int8", 0.1, 0, name=name)
    w = b.constant(np.ones((3, 4), np.int8), [0.1, 0.2, 0.3], 0, dtype="int4", name=name)
    b.operator("FULLY_CONNECTED", [x, w], [y])
    return y


def padded(b: ModelBuilder, name: str) -> Handle:
    x = b.input((1, 4), "int8", 0.1, 0, name=name)
    amounts = b.input((2, 2), "int32", name=name)
    y = b.tensor((1, 4), "int8", 0.1, 0, name=name)
    b.operator("PAD", [x, amounts], [y])
    return y


def wide(b: ModelBuilder, name: str) -> Handle:
    x = b.input((1, 4), "int16", 0.1, 0, name=name)
    y = b.tensor((1, 4), "bool", name=name)
    b.operator("GREATER", [x, b.constant(np.ones((1, 4), np.int16), 0.1, 0)], [y])
    return y


REFUSED = {
    pooled: (Reason.OTHER, "operator-refused"),
    softmax: (Reason.FIXED_SCALE, "fixed-output-scale"),
    overflowing: (Reason.MULTIPLIER, "multiplier-out-of-range"),
    per_channel: (Reason.CHANNEL_SCALES, "per-channel-refused"),
    padded: (Reason.COMPUTED, "computed-parameter"),
    wide: (Reason.TYPE, "operator-not-emulated"),
}


def built(make: object, name: str) -> bytes:
    assert callable(make)
    b = ModelBuilder()
    b.output(make(b, name))
    return b.build()


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
def test_a_refusal_says_why(make: object) -> None:
    reason, _ = REFUSED[make]  # type: ignore[index]
    with pytest.raises(UnsupportedError) as caught:
        prepare(load(built(make, "x")))
    assert caught.value.reason is reason
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.reason, copy.place) == (str(caught.value), reason, "subgraphs[0].operators[0]")


def test_a_type_that_is_refused_names_tensor_and_types() -> None:
    with pytest.raises(UnsupportedError) as caught:
        prepare(load(built(wide, "x")))
    assert caught.value.mismatch == Mismatch("inputs[0]", "int16", ("int8", "int32", "int64", "float32"))


@pytest.mark.parametrize("make", REFUSED, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_names_do_not_change_the_rule(make: object, name: str) -> None:
    plain, odd = check(built(make, "x")), check(built(make, name))
    assert [(f.rule, f.severity, f.remedy, f.lines) for f in odd.findings if f.rule in rules()] == [
        (f.rule, f.severity, f.remedy, f.lines) for f in plain.findings
    ]
    assert REFUSED[make][1] in {finding.rule for finding in odd.findings}  # type: ignore[index]
    assert (odd.verdict, odd.passed) == (plain.verdict, plain.passed)
