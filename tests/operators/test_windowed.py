"""What the windowed operators share: senseless graphs are refused, and each fast path is taken."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from microinfer.builder import ModelBuilder
from microinfer.errors import InputError, MicroinferError
from microinfer.kernels._processor import SWITCH

from support.oracle import Interpreter, tflm
from support.strategies import generators, int8_values

OPTIONS = (
    "stride_h",
    "stride_w",
    "dilation_h_factor",
    "dilation_w_factor",
    "depth_multiplier",
    "filter_height",
    "filter_width",
    "weights_format",
)
FIELDS = {
    "CONV_2D": OPTIONS[:4],
    "DEPTHWISE_CONV_2D": OPTIONS[:5],
    "FULLY_CONNECTED": OPTIONS[7:],
    "AVERAGE_POOL_2D": (*OPTIONS[:2], *OPTIONS[5:7]),
    "MAX_POOL_2D": (*OPTIONS[:2], *OPTIONS[5:7]),
}
DTYPES = ("int8",) * 12 + ("uint8", "int16", "int32", "float32", "int4", "bool", "int64")
SCALES = (0.1,) * 8 + (1e-30, 1e30, 3.0, None)


@pytest.mark.parametrize("operator", FIELDS)
@given(generator=generators)
def test_whatever_the_graph_says_it_runs_or_is_refused(operator: str, generator: np.random.Generator) -> None:
    """Sizes of one tensor mostly follow from the others', so that many graphs get past the first checks."""

    def pick(choices: Any) -> Any:
        return choices[int(generator.integers(len(choices)))]

    def size(likely: int) -> int:
        return likely if generator.random() < 0.9 else pick((0, 1, 2, 3, 5))

    def shape(*likely: int) -> tuple[int, ...]:
        sizes = tuple(size(one) for one in likely)
        return sizes if generator.random() < 0.95 else sizes[:-1]

    n, h, w, c, kernel, out = (int(k) for k in generator.integers(1, 5, 6))
    image, target = (n, h, w, c), (n, h, w, out)
    weights = {
        "CONV_2D": (out, kernel, kernel, c),
        "DEPTHWISE_CONV_2D": (1, kernel, kernel, out * c),
        "FULLY_CONNECTED": (out, h * w * c),
    }.get(operator)
    if operator == "DEPTHWISE_CONV_2D":
        target = (n, h, w, out * c)
    elif operator == "FULLY_CONNECTED":
        target = (n, out)  # type: ignore[assignment]
    elif weights is None:
        target = image
    options = {field: pick((1, 1, 1, 1, 1, 0, -1, 2, 3, 2**31 - 1)) for field in FIELDS[operator]}
    if operator == "DEPTHWISE_CONV_2D" and generator.random() < 0.9:
        options["depth_multiplier"] = out
    builder = ModelBuilder()
    try:
        inputs: list[Any] = [builder.input(shape(*image), pick(DTYPES), pick(SCALES), size(0))]
        if weights is not None:
            values = int8_values(generator, shape(*weights))
            if generator.random() < 0.9:
                inputs.append(builder.constant(values, pick(SCALES), dtype=pick(DTYPES)))
            else:
                inputs.append(builder.input(values.shape, "int8", pick(SCALES)))
            bias = generator.integers(-99, 99, shape(target[-1]))
            if generator.random() < 0.5:
                inputs.append(builder.constant(bias, dtype=pick(("int32",) * 8 + DTYPES[12:])))
            elif generator.random() < 0.2:
                inputs.append(None)
        y = builder.tensor(shape(*target), pick(DTYPES), pick(SCALES), size(0))
        options["fused_activation_function"] = int(generator.integers(6))
        if operator != "FULLY_CONNECTED":
            options["padding"] = int(generator.integers(2))
        builder.operator(operator, inputs, [y], options)
        builder.output(y)
        model = builder.build()
    except InputError:
        return
    refusal = ""
    try:
        Interpreter(model).invoke()
    except MicroinferError as error:
        refusal = str(error)
    assert "cannot be prepared" not in refusal, "a check is missing"


def kernel_of(builder: ModelBuilder) -> Any:
    """The call of the first operator's kernel, with `kernel` and `arguments`, after a look at its bits."""
    model = builder.build()
    interpreter = Interpreter(model)
    detail = interpreter.get_input_details()[0]
    value = int8_values(np.random.default_rng(0), tuple(detail["shape"]))
    interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_array_equal(found, tflm(model, [value])[0])
    return interpreter._runs[0]


def depthwise(channels: int, multiplier: int = 1, stride: int = 1) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input((1, 6, 6, channels), scale=0.1, zero_point=3)
    weights = int8_values(np.random.default_rng(1), (1, 3, 3, channels * multiplier))
    y = builder.depthwise_conv_2d(x, weights, weight_scale=0.01, strides=(stride, stride), scale=0.1)
    builder.output(y)
    return builder


def fully_connected(rows: int) -> ModelBuilder:
    builder = ModelBuilder()
    x = builder.input((rows, 9), scale=0.1, zero_point=3)
    weights = int8_values(np.random.default_rng(1), (5, 9))
    builder.output(builder.fully_connected(x, weights, weight_scale=0.01, scale=0.1))
    return builder


@pytest.fixture
def portable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels that every processor has."""
    monkeypatch.setenv(SWITCH, "off")


@pytest.mark.usefixtures("portable")
def test_depthwise_over_one_channel_runs_as_a_convolution() -> None:
    assert kernel_of(depthwise(1, 8)).kernel.name == "conv_2d.conv_2d"
    assert kernel_of(depthwise(2, 8)).kernel.name == "depthwise_conv_2d.depthwise_conv_2d"


@pytest.mark.usefixtures("portable")
@pytest.mark.parametrize(
    ("channels", "stride", "pixels", "depth"), [(8, 1, 6, 48), (3, 1, 6, 18), (16, 1, 36, 16), (8, 2, 9, 8)]
)
def test_a_row_of_few_channels_runs_as_one_pixel(channels: int, stride: int, pixels: int, depth: int) -> None:
    run = kernel_of(depthwise(channels, stride=stride))
    assert run.arguments[1].shape == (1, pixels, depth)


@pytest.mark.usefixtures("portable")
def test_many_rows_of_a_fully_connected_layer_run_as_pixels() -> None:
    assert [kernel_of(fully_connected(rows)).kernel.name for rows in (1, 3, 4)] == [
        "fully_connected.fully_connected",
        "fully_connected.fully_connected",
        "conv_2d.conv_2d",
    ]


@pytest.mark.usefixtures("portable")
def test_the_rows_of_an_undilated_window_are_single_runs() -> None:
    for dilation, runs in ((1, 3), (2, 9)):
        builder = ModelBuilder()
        x = builder.input((1, 8, 8, 3), scale=0.1)
        weights = int8_values(np.random.default_rng(1), (4, 3, 3, 3))
        step = (dilation, dilation)
        builder.output(builder.conv_2d(x, weights, weight_scale=0.01, dilation=step, scale=0.1))
        assert len(kernel_of(builder).arguments[6]) == runs


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="looks for x86 instructions")
def test_pairs_are_multiplied_and_summed_in_one_instruction() -> None:
    from microinfer.kernels import conv_2d
    from microinfer.kernels._jit import switched_off

    if switched_off():
        pytest.skip("numba is switched off")
    from microinfer.kernels._compiler import assembly

    code = assembly(conv_2d.conv_2d)
    assert "vpdpwssd" in code or "pmaddwd" in code
