"""Rows of int8 data times int8 or int4 weights: a layer whose every output reads every input of its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .conv_2d import Conv2DGeometry, bind_convolution
from .dot_products import bind_conv_2d
from .requantization import Requantization
from .spec import Array, Bind
from .weights import repacked, writable
from .window import Axis

FEW_ROWS = 3
"""So many rows are faster one by one than four at a time."""


def bind_int8_rows(
    depth: int,
    units: int,
    scaling: Requantization,
    read: Callable[[Array], NDArray[Any]],
    constant: bool,
) -> Bind:
    """The bind of rows of `depth` to rows of `units`. `read` makes int16 [units, depth] of the weights."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        rows = outputs[0].size // units
        if constant and (fast := _bind_fast(rows, scaling, read, inputs, outputs[0])) is not None:
            return fast
        make = partial(_bind_many_rows, rows) if rows > FEW_ROWS else _bind_few_rows
        return make(depth, units, scaling, read, constant)(inputs, outputs)

    return bind


def _bind_fast(
    rows: int,
    scaling: Requantization,
    read: Callable[[Array], NDArray[Any]],
    inputs: Sequence[Array | None],
    output: Array,
) -> Callable[[], None] | None:
    """Any number of rows as the pixels of a 1 x 1 convolution, where there are fast ones."""
    x, weights, bias = (*inputs, None)[:3]
    assert x is not None
    assert weights is not None
    one, across = (Axis(size, size, 1, 1, 1, 0) for size in (1, rows))
    return bind_conv_2d(one, across, scaling, read(weights)[:, None, None, :], bias, x, output)


def _bind_many_rows(
    rows: int,
    depth: int,
    units: int,
    scaling: Requantization,
    read: Callable[[Array], NDArray[Any]],
    constant: bool,
) -> Bind:
    """Many rows are the pixels of a 1 x 1 convolution, whose kernel loads weights once for four of them."""
    plain = Conv2DGeometry(
        batch=1,
        input_h=1,
        input_w=rows,
        input_c=depth,
        output_h=1,
        output_w=rows,
        output_c=units,
        kernel_h=1,
        kernel_w=1,
        filter_c=depth,
        stride_h=1,
        stride_w=1,
        dilation_h=1,
        dilation_w=1,
        pad_h=0,
        pad_w=0,
        per_channel=True,
        bias=True,
    )
    return bind_convolution(plain, scaling, lambda array: read(array)[:, None, None, :], constant)


def _bind_few_rows(
    depth: int,
    units: int,
    scaling: Requantization,
    read: Callable[[Array], NDArray[Any]],
    constant: bool,
) -> Bind:
    def pack(weights: Array, bias: Array | None) -> tuple[Array, Array]:
        from ..kernels import conv_2d, fully_connected

        return (
            conv_2d.pack_weights(read(weights)[:, None, :], multiple=fully_connected.STEP),
            conv_2d.channel_table(bias, scaling.multipliers, scaling.shifts),
        )

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Callable[[], None]:
        from ..kernels import fully_connected as kernels

        x, weights, bias = (*inputs, None)[:3]
        assert x is not None
        assert weights is not None
        packed, channels = pack(weights, bias)
        run = kernels.fully_connected.bind(
            writable(x).reshape(-1, depth),
            outputs[0].reshape(-1, units),
            np.zeros(-(-depth // kernels.STEP) * kernels.STEP, np.int16),
            packed,
            channels,
            scaling.input_zero_point,
            scaling.output_zero_point,
            scaling.low,
            scaling.high,
        )
        return run if constant else repacked(run, (packed, channels), lambda: pack(weights, bias))

    return bind
