"""Layers of real numbers by vectors: they are taken, with the bits of the portable kernels and TFLM's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor
from microinfer.kernels.real_tiles import products_of_reals

from support.both_ways import assert_both_ways
from support.fast_kernels import assert_same_bits
from support.oracle import Interpreter
from support.strategies import activations, generators, sizes

pytestmark = pytest.mark.skipif(not _processor.has_vectors(), reason="vectors are switched off")


def reals(generator: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Of sizes so different that the order of a sum shows in its bits; some zeros of either sign."""
    values = generator.standard_normal(shape) * np.exp(generator.uniform(-8, 8, shape))
    values[generator.random(shape) < 0.1] = -0.0
    return values.astype(np.float32)


@given(
    operator=st.sampled_from(("conv_2d", "depthwise_conv_2d", "fully_connected")),
    groups=st.sampled_from((1, 2, 3)),
    depth=st.sampled_from((1, 2, 3, 8, 16, 17, 32)),
    outputs=st.sampled_from((1, 2, 5, 16, 17, 33, 64, 70)),
    batch=st.integers(1, 2),
    size=sizes(3, 9),
    window=sizes(1, 3),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    activation=activations,
    generator=generators,
)
def test_random_layers(
    operator: str,
    groups: int,
    depth: int,
    outputs: int,
    batch: int,
    size: tuple[int, int],
    window: tuple[int, int],
    stride: int,
    dilation: int,
    activation: str,
    generator: np.random.Generator,
) -> None:
    builder = ModelBuilder()
    options: dict[str, Any] = {"activation": activation}
    if operator == "fully_connected":
        shape: tuple[int, ...] = (size[0], depth)
        weights: tuple[int, ...] = (outputs, depth)
    else:
        options |= {"strides": (stride, stride), "dilation": (dilation, dilation)}
        shape = (batch, *size, groups * depth)
        outputs = groups * outputs if operator == "conv_2d" else groups * depth * (1 + outputs % 3)
        weights = (outputs, *window, depth) if operator == "conv_2d" else (1, *window, outputs)
    x = builder.input(shape, "float32")
    bias = reals(generator, (outputs,)) if generator.integers(2) else None
    builder.output(getattr(builder, operator)(x, reals(generator, weights), bias, **options))
    module = "real_tiles.depthwise" if operator == "depthwise_conv_2d" else "real_tiles.conv_2d"
    assert_same_bits(builder, reals(generator, shape), module)


def contracted(model: bytes, value: Any, switch: str) -> tuple[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_processor.SWITCH, switch)
        interpreter = Interpreter(model, contracts=True)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    name = interpreter._runs[0].kernel.name  # type: ignore[attr-defined]
    return name, interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@given(operator=st.sampled_from(("conv_2d", "depthwise_conv_2d")), tiny=st.booleans(), generator=generators)
def test_contracted_layers(operator: str, tiny: bool, generator: np.random.Generator) -> None:
    """With products that underflow, too, of which a sum becomes -0."""
    shape = (1, 5, 4, 6)
    scale = np.float32(1e-30 if tiny else 1)
    builder = ModelBuilder()
    x = builder.input(shape, "float32")
    weights = reals(generator, (7, 3, 3, 6) if operator == "conv_2d" else (1, 3, 3, 6)) * scale
    bias = np.zeros(weights.shape[0 if operator == "conv_2d" else 3], np.float32)
    builder.output(getattr(builder, operator)(x, weights, bias))
    model, value = builder.build(), reals(generator, shape) * scale
    (fast, found), (slow, expected) = (contracted(model, value, switch) for switch in ("on", "off"))
    assert fast.startswith("real_tiles.")
    assert fast.endswith("_fused")
    assert slow.startswith("float_layers.")
    assert_array_equal(found.view(np.int32), expected.view(np.int32))


@pytest.mark.parametrize("reason", ["infinite weight", "no number", "a bias of -0, contracted"])
def test_what_a_zero_would_change_is_left_to_the_portable_kernels(reason: str) -> None:
    generator = np.random.default_rng(4)
    weights, bias = reals(generator, (4, 3, 3, 2)), reals(generator, (4,))
    if "-0" in reason:
        bias[1] = -0.0
    else:
        weights[1, 0, 0, 0] = np.inf if "infinite" in reason else np.nan
    builder = ModelBuilder()
    x = builder.input((1, 5, 4, 2), "float32")
    builder.output(builder.conv_2d(x, weights, bias))
    interpreter = Interpreter(builder.build(), contracts="-0" in reason)
    assert interpreter._runs[0].kernel.name.startswith("float_layers")  # type: ignore[attr-defined]


@given(
    batches=st.sampled_from((((1,), (1,)), ((2, 3), (2, 3)), ((2, 1), (3,)))),
    rows=st.sampled_from((1, 2, 4, 7)),
    depth=st.sampled_from((1, 3, 17)),
    columns=st.sampled_from((1, 5, 16, 17, 32, 33, 64, 130)),
    left=st.booleans(),
    right=st.booleans(),
    generator=generators,
)
def test_random_products(
    batches: tuple[tuple[int, ...], tuple[int, ...]],
    rows: int,
    depth: int,
    columns: int,
    left: bool,
    right: bool,
    generator: np.random.Generator,
) -> None:
    shape_1 = (*batches[0], depth, rows) if left else (*batches[0], rows, depth)
    shape_2 = (*batches[1], columns, depth) if right else (*batches[1], depth, columns)
    builder = ModelBuilder()
    x, y = builder.input(shape_1, "float32"), builder.input(shape_2, "float32")
    builder.output(builder.batch_matmul(x, y, adj_x=left, adj_y=right))
    assert_both_ways(builder, [reals(generator, shape_1), reals(generator, shape_2)], "real_tiles")


@pytest.mark.parametrize("columns", [7, 32, 1 << 16, (1 << 16) + 5])
def test_a_matrix_is_laid_in_vectors_at_once(columns: int) -> None:
    """However wide it is."""
    x, y = np.ones((1, 4, 2), np.float32), np.ones((1, 4, columns), np.float32)
    made = np.zeros((1, 4, columns), np.float32)
    one = np.zeros(1, np.int64)
    assert len(products_of_reals(x, y[:, :2].copy(), (one, one), made, False)) <= 3
