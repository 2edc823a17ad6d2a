"""Which of CMSIS-NN's kernels runs, at either side of each of its conditions, on a core with DSP and no MVE.

The names are those of the functions that `arm_convolve_wrapper_s8` and its sisters call, as read in their
code at CMSIS-NN 4ab83cc3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from microinfer import ModelBuilder
from microinfer.libraries.target import load_core
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.kernel_rows import variant

TARGET = load_core("cortex-m4")


def kernel(b: ModelBuilder, result: Any) -> str:
    b.output(result)
    (step,) = prepare(load(b.build()))
    return variant("tflm-cmsis-nn", step.name, step.geometry, TARGET)


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.int8)


@pytest.mark.parametrize(
    ("shape", "weights", "strides", "dilations", "padding", "expected"),
    [
        ((1, 5, 5, 8), (4, 1, 1, 8), (1, 1), (1, 1), "SAME", "1x1_fast"),
        ((1, 5, 5, 3), (4, 1, 1, 3), (1, 1), (1, 1), "VALID", "1x1_fast"),
        ((1, 5, 5, 8), (4, 1, 1, 8), (2, 2), (1, 1), "SAME", "1x1_strided"),
        ((1, 5, 5, 8), (4, 1, 1, 8), (1, 2), (1, 1), "VALID", "1x1_strided"),
        ((1, 5, 5, 8), (4, 1, 1, 8), (2, 1), (1, 1), "VALID", "1x1_strided"),
        ((1, 5, 5, 8), (4, 1, 1, 8), (1, 1), (2, 2), "VALID", "convolve_s8"),
        ((1, 5, 5, 8), (4, 1, 1, 4), (1, 1), (1, 1), "VALID", "convolve_s8"),
        ((1, 1, 9, 4), (2, 1, 3, 4), (1, 1), (1, 1), "SAME", "1_x_n"),
        ((1, 1, 9, 2), (2, 1, 3, 2), (1, 2), (1, 1), "SAME", "1_x_n"),
        ((1, 1, 9, 2), (2, 1, 3, 2), (1, 1), (1, 1), "SAME", "convolve_s8"),
        ((1, 1, 9, 4), (2, 1, 3, 4), (1, 1), (1, 2), "VALID", "convolve_s8"),
        ((1, 2, 9, 4), (2, 1, 3, 4), (1, 1), (1, 1), "VALID", "convolve_s8"),
        ((1, 5, 5, 4), (2, 3, 3, 4), (1, 1), (1, 1), "SAME", "convolve_s8"),
    ],
)  # fmt: skip
def test_conv_2d(
    shape: Sequence[int],
    weights: Sequence[int],
    strides: tuple[int, int],
    dilations: tuple[int, int],
    padding: str,
    expected: str,
) -> None:
    b = ModelBuilder("one")
    x = b.input(shape, scale=0.1)
    made = b.conv_2d(
        x, zeros(*weights), weight_scale=0.1, scale=0.1, strides=strides, dilation=dilations, padding=padding
    )
    assert kernel(b, made) == expected


@pytest.mark.parametrize(
    ("shape", "weights", "strides", "padding", "expected"),
    [
        ((1, 5, 5, 4), (1, 3, 3, 4), (1, 1), "SAME", "dw_3x3"),
        ((1, 5, 5, 4), (1, 3, 3, 4), (2, 2), "VALID", "dw_3x3"),
        ((1, 5, 5, 4), (1, 3, 5, 4), (1, 1), "SAME", "dw_opt"),
        ((2, 5, 5, 4), (1, 3, 3, 4), (1, 1), "SAME", "dw_generic"),
        ((1, 5, 5, 1), (1, 3, 3, 4), (1, 1), "SAME", "dw_mult4"),
        ((1, 5, 5, 2), (1, 3, 3, 8), (1, 1), "SAME", "dw_mult4"),
        ((1, 5, 5, 2), (1, 3, 3, 6), (1, 1), "SAME", "dw_generic"),
    ],
)
def test_depthwise(
    shape: Sequence[int], weights: Sequence[int], strides: tuple[int, int], padding: str, expected: str
) -> None:
    b = ModelBuilder("one")
    x = b.input(shape, scale=0.1)
    made = b.depthwise_conv_2d(
        x, zeros(*weights), weight_scale=0.1, scale=0.1, strides=strides, padding=padding
    )
    assert kernel(b, made) == expected


def test_a_dilated_depthwise() -> None:
    b = ModelBuilder("one")
    x = b.input((1, 7, 7, 4), scale=0.1)
    made = b.depthwise_conv_2d(x, zeros(1, 3, 3, 4), weight_scale=0.1, scale=0.1, dilation=(2, 2))
    assert kernel(b, made) == "dw_generic_dil"


@pytest.mark.parametrize(
    ("channels", "stride", "expected"),
    [
        (16, 2, "transpose_conv_forward"),
        (17, 3, "transpose_conv_forward"),
        (17, 2, "transpose_conv_reverse_spread"),
        (17, 1, "transpose_conv_reverse"),
    ],
)
def test_transpose_conv(channels: int, stride: int, expected: str) -> None:
    b = ModelBuilder("one")
    x = b.input((1, 4, 4, channels), scale=0.1)
    made = b.transpose_conv(
        x, zeros(2, 3, 3, channels), weight_scale=0.1, scale=0.1, strides=(stride, stride), padding="VALID"
    )
    assert kernel(b, made) == expected


@pytest.mark.parametrize(
    ("shape", "scales", "expected"),
    [
        ((1, 8), 1, "vec_mat"),
        ((1, 8), 4, "vec_mat_per_ch"),
        ((1, 3, 8), 1, "conv_1x1_fast"),
        ((1, 3, 8), 4, "conv_1x1_fast"),
        ((1, 3, 6), 1, "vec_mat"),
    ],
)
def test_fully_connected(shape: tuple[int, ...], scales: int, expected: str) -> None:
    b = ModelBuilder("one")
    x = b.input(shape, scale=0.1)
    w = b.constant(zeros(4, shape[-1]), [0.1] * scales)
    y = b.tensor((*shape[:-1], 4), "int8", 0.1)
    b.operator("FULLY_CONNECTED", [x, w, None], [y], {"keep_num_dims": len(shape) > 2})
    assert kernel(b, y) == expected
