"""Layers by dot products of bytes: they are taken where the processor has them, with the portable bits."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from microinfer.builder import ModelBuilder
from microinfer.kernels import _processor, dot_conv_2d, dot_depthwise_conv_2d, dot_products
from microinfer.kernels._machine_code import features
from microinfer.operators import dot_products as binds
from microinfer.operators.window import Axis, output_size, padding_before

from support.fast_kernels import assert_same_bits
from support.oracle import Interpreter, tflm
from support.strategies import activations, generators, int8_values, int32_values, sizes, zero_points

pytestmark = pytest.mark.skipif(
    not _processor.has_dot_products(), reason="no dot products of bytes here, or switched off"
)

CHANNELS = st.sampled_from((1, 2, 3, 4, 5, 8, 12, 16, 17, 24, 32, 40, 48, 64, 72, 96, 100, 128, 192))
LAYERS = ("conv_2d", "depthwise_conv_2d", "fully_connected")


def layer_scales(generator: np.random.Generator, channels: int) -> Any:
    """From multipliers that shift everything away to such as saturate; powers of two, too, for ties."""
    if generator.integers(3) == 0:
        return [float(2.0 ** int(generator.integers(-9, 9)))] * channels
    return np.exp(generator.uniform(-9, generator.choice([0, 6]), channels)).astype(np.float32)


@given(
    operator=st.sampled_from(LAYERS),
    batch=st.integers(1, 3),
    size=sizes(1, 17),
    window=sizes(1, 5),
    stride=st.integers(1, 3),
    dilation=st.one_of(st.just((1, 1)), sizes(1, 3)),
    padding=st.sampled_from(("SAME", "VALID")),
    depth=CHANNELS,
    outputs=CHANNELS,
    activation=activations,
    zero_point=st.tuples(zero_points, zero_points),
    generator=generators,
)
def test_random_layers(
    operator: str,
    batch: int,
    size: tuple[int, int],
    window: tuple[int, int],
    stride: int,
    dilation: tuple[int, int],
    padding: str,
    depth: int,
    outputs: int,
    activation: str,
    zero_point: tuple[int, int],
    generator: np.random.Generator,
) -> None:
    flat = operator == "fully_connected"
    for i in range(2):
        if not flat:
            sizes_here = (size[i], window[i], stride, dilation[i])
            output = output_size(padding, *sizes_here)
            assume(output > 0)
            pad = padding_before(output, *sizes_here)
            assume(Axis(size[i], output, window[i], stride, dilation[i], pad).useful)
    outputs = depth if operator == "depthwise_conv_2d" else outputs
    shape = {
        "conv_2d": (outputs, *window, depth),
        "depthwise_conv_2d": (1, *window, depth),
        "fully_connected": (outputs, depth),
    }[operator]
    scale = layer_scales(generator, outputs)
    bias = int32_values(generator, (outputs,))
    wraps = int(np.abs(bias.astype(np.int64)).max()) > 1 << 24
    builder = ModelBuilder()
    x = builder.input(
        (size[0], depth) if flat else (batch, *size, depth), scale=0.05, zero_point=zero_point[0]
    )
    options: dict[str, Any] = {}
    if not flat:
        options = {"strides": (stride, stride), "dilation": dilation, "padding": padding}
    y = getattr(builder, operator)(
        x,
        int8_values(generator, shape),
        bias,
        weight_scale=float(scale[0]) if flat else scale,
        scale=float(np.exp(generator.uniform(-5, 1))),
        zero_point=zero_point[1],
        activation=activation,
        **options,
    )
    builder.output(y)
    module = "dot_depthwise" if operator == "depthwise_conv_2d" and depth > 1 else "dot_conv_2d"
    assert_same_bits(builder, int8_values(generator, x.shape), module, compare=not wraps)


@pytest.mark.parametrize("outputs", [1, 5, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 128])
@pytest.mark.parametrize("pixels", [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 25])
@pytest.mark.parametrize("narrow", [True, False])
def test_every_remainder_of_pixels_and_channels(outputs: int, pixels: int, narrow: bool) -> None:
    generator = np.random.default_rng(outputs * 100 + pixels)
    builder = ModelBuilder()
    x = builder.input((1, 1, pixels, 7), scale=0.1, zero_point=-5)
    weights = int8_values(generator, (outputs, 1, 2, 7))
    scale = 0.02 if narrow else 8.0
    builder.output(builder.conv_2d(x, weights, weight_scale=scale, scale=0.3, zero_point=9))
    name = assert_same_bits(builder, int8_values(generator, x.shape), "dot_conv_2d")
    assert name.endswith("_wide") != narrow


@pytest.mark.parametrize("tile", dot_conv_2d.SHAPES.get(_processor.way_of_products(), ()))
@pytest.mark.parametrize("form", dot_products.SUFFIXES)
def test_every_tile(tile: dot_conv_2d.Tile, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if (tile, form) not in dot_conv_2d._kernels:
        pytest.skip("this tile is not for these sums")
    monkeypatch.setattr(binds, "MANY_PIXELS", 1 if form == dot_products.REAL else 1 << 30)
    monkeypatch.setattr(dot_conv_2d, "tile_shape", lambda *_: tile)
    generator = np.random.default_rng(tile.pixels)
    for outputs in (3, 8, 16, 20, 64, 70, 128):
        for depth in (3, 8, 16, 21):
            builder = ModelBuilder()
            x = builder.input((2, 4, 3, depth), scale=0.1, zero_point=-5)
            weights = int8_values(generator, (outputs, 3, 2, depth))
            bias = int32_values(generator, (outputs,)) // (1 << 8)
            scale = 8.0 if form == dot_products.WIDE else 0.0211
            builder.output(builder.conv_2d(x, weights, bias, weight_scale=scale, scale=0.3, zero_point=9))
            name = assert_same_bits(builder, int8_values(generator, x.shape), "dot_conv_2d")
            assert name == dot_conv_2d.conv_2d(tile, form).name


def test_few_channels_of_long_windows_go_eight_taps_a_step() -> None:
    if _processor.dot_product_bits() == 512:
        assert dot_conv_2d.tile_shape(1024, 16, 3, 48, dot_products.NARROW) == (8, 1, True)
        assert dot_conv_2d.tile_shape(1024, 16, 3, 9, dot_products.NARROW) == (8, 1, False)


@pytest.mark.parametrize("depth", [2, 3, 8, 16, 17, 24, 32, 64, 65, 96, 128])
@pytest.mark.parametrize("width", [1, 2, 5, 8, 33])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("narrow", [True, False])
def test_every_remainder_of_a_depthwise_row(depth: int, width: int, stride: int, narrow: bool) -> None:
    generator = np.random.default_rng(depth * 100 + width)
    builder = ModelBuilder()
    x = builder.input((1, 4, width, depth), scale=0.1, zero_point=-5)
    weights = int8_values(generator, (1, 3, 3, depth))
    scale = [0.02 if narrow else 8.0] * depth
    y = builder.depthwise_conv_2d(x, weights, weight_scale=scale, strides=(stride, stride), scale=0.3)
    builder.output(y)
    name = assert_same_bits(builder, int8_values(generator, x.shape), "dot_depthwise_conv_2d")
    assert name.endswith("_wide") != narrow


def test_extreme_sums_are_exact() -> None:
    """The largest sums of either sign, with every multiplier from shifting all away to saturating."""
    for sign in (-1, 1):
        builder = ModelBuilder()
        x = builder.input((1, 1, 1, 512), scale=1.0, zero_point=-128 if sign > 0 else 127)
        weights = np.full((64, 1, 1, 512), -128, np.int8)
        scale = [float(2.0**power) * 1.9 for power in range(-44, 20)]
        builder.output(builder.conv_2d(x, weights, weight_scale=scale, scale=1.0, zero_point=-7))
        value = np.full(x.shape, 127 if sign > 0 else -128, np.int8)
        assert_same_bits(builder, value, "dot_conv_2d")


def test_what_is_narrow() -> None:
    weights, multiplier = np.ones((1, 4), np.int8), np.array([1 << 30], np.int32)

    def narrow(bias: int, shift: int, factor: int = 1) -> bool:
        return dot_products.is_narrow(
            weights, np.array([bias], np.int32), multiplier * factor, np.array([shift], np.int32)
        )

    most = (1 << 30) - 4 * 255
    assert narrow(most - 1, -1)
    assert not narrow(most, -1)
    assert not narrow(-most, -1)
    assert narrow(0, -31)
    assert not narrow(0, 0)
    assert narrow(0, 0, factor=0)


def test_weights_of_run_time_are_left_to_the_portable_kernels() -> None:
    generator = np.random.default_rng(5)
    builder = ModelBuilder()
    x = builder.input((1, 4, 4, 6), scale=0.1, zero_point=-5)
    w = builder.input((6, 1, 1, 6), scale=0.05)
    builder.output(builder.conv_2d(x, w, scale=0.4))
    inputs = [int8_values(generator, handle.shape) for handle in (x, w)]
    model = builder.build()
    interpreter = Interpreter(model)
    for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    assert "dot_" not in getattr(getattr(interpreter._runs[0], "kernel", None), "name", "")
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert_array_equal(found, tflm(model, inputs)[0])


def test_tiles_fit_their_pixels() -> None:
    for pixels in (*range(1, 40), *range(195, 205)):
        for channels in (1, 16, 17, 48, 64, 80, 1001):
            for form in dot_products.SUFFIXES:
                for taps in (1, 8, 27):
                    if form == dot_products.REAL and pixels < binds.MANY_PIXELS:
                        continue
                    tile = dot_conv_2d.tile_shape(pixels, channels, 3, taps, form)
                    assert tile.pixels <= pixels
                    assert dot_conv_2d.conv_2d(tile, form)


def test_weights_of_a_row_repeat() -> None:
    assert [dot_depthwise_conv_2d.phases(depth, 1 << 20) for depth in (8, 24, 64, 96, 5)] == [1, 3, 1, 3, 5]
    assert dot_depthwise_conv_2d.phases(5, 100) == 2


def test_bytes_are_multiplied_and_summed_in_one_instruction() -> None:
    from microinfer.kernels._compiler import assembly

    way, form = _processor.byte_products(), dot_products.NARROW
    assert way is not None
    tile = dot_conv_2d.tile_shape(100, 64, 3, 48, form)
    for kernel in (dot_conv_2d.conv_2d(tile, form), dot_depthwise_conv_2d.depthwise_conv_2d(form)):
        assert way.instruction in assembly(kernel)


PROGRAM = """
import sys
import numpy as np
from microinfer import Interpreter, zoo
from microinfer.kernels import _processor
interpreter = Interpreter(zoo.load("{name}"))
interpreter.set_tensor(interpreter.get_input_details()[0]["index"], zoo.sample("{name}"))
interpreter.invoke()
found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
kernels = [run.kernel.name for run in interpreter._runs if hasattr(run, "kernel")]
print(_processor.dot_product_bits(), sum(name.startswith("dot_") for name in kernels), found.tobytes().hex())
"""


def outcome(name: str, **extra: str) -> tuple[int, int, str]:
    environment = {**os.environ, **extra}
    program = [sys.executable, "-c", PROGRAM.format(name=name)]
    made = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
    bits, kernels, output = made.stdout.split()
    return int(bits), int(kernels), output


@pytest.mark.parametrize("name", ["digits"])
def test_processors_with_less_compute_the_same(name: str) -> None:
    present = features()
    bits, kernels, output = outcome(name)
    assert kernels > 0
    assert outcome(name, MICROINFER_VECTORS="off") == (bits, 0, output)
    without = ",".join(f"-{one}" if one.startswith("avx512") else f"+{one}" for one in sorted(present))
    assert outcome(name, NUMBA_CPU_FEATURES=without) == (256, kernels, output)
    none = ",".join(f"-{one}" if "avx" in one else f"+{one}" for one in sorted(present))
    assert outcome(name, NUMBA_CPU_FEATURES=none) == (0, 0, output)
