"""Windows over axes of any length are counted in closed form, as if each position were looked at."""

from __future__ import annotations

import random
from itertools import groupby

import pytest

from microinfer.libraries.bare_c.pooling import FEW_TAPS, average_pool_2d_counts
from microinfer.libraries.tflm_cmsis_nn.transposed import _spread
from microinfer.operators.average_pool_2d import PoolGeometry
from microinfer.operators.conv_2d import Conv2DGeometry
from microinfer.operators.window import Axis

MANY = 1 << 60
"""Positions that nothing can look at one by one."""


def drawn(seed: int, *, dilated: bool = True) -> Axis:
    draw = random.Random(seed)
    kernel, dilation = draw.randint(1, 9), draw.randint(1, 4 if dilated else 1)
    pad = draw.choice((0, draw.randint(0, (kernel - 1) * dilation)))
    return Axis(draw.randint(1, 20), draw.randint(1, 12), kernel, draw.randint(1, 4), dilation, pad)


@pytest.mark.parametrize("seed", range(200))
def test_taps_of_an_axis_are_those_of_each_position(seed: int) -> None:
    axis = drawn(seed)
    reached = [
        [x for x in range(axis.output) if 0 <= x * axis.stride - axis.pad + k * axis.dilation < axis.input]
        for k in range(axis.kernel)
    ]
    starts = [x * axis.stride - axis.pad for x in range(axis.output)]
    before = sum(start + k * axis.dilation < 0 for start in starts for k in range(axis.kernel))
    assert [list(axis.reached(k)) for k in range(axis.kernel)] == reached
    assert axis.inside == sum(map(axis.taps, range(axis.output))) == sum(map(len, reached))
    assert axis.before == before


@pytest.mark.parametrize("seed", range(100))
def test_reciprocals_of_an_average_are_those_of_each_pixel(seed: int) -> None:
    down, across, batch = drawn(seed, dilated=False), drawn(seed + 1000, dilated=False), 1 + seed % 3
    g = PoolGeometry(
        batch=batch,
        input_h=down.input,
        input_w=across.input,
        channels=1,
        output_h=down.output,
        output_w=across.output,
        kernel_h=down.kernel,
        kernel_w=across.kernel,
        stride_h=down.stride,
        stride_w=across.stride,
        pad_h=down.pad,
        pad_w=across.pad,
    )
    taps = [down.taps(y) * across.taps(x) for y in range(down.output) for x in range(across.output)] * batch
    counts = average_pool_2d_counts(g, None)
    assert counts["reciprocals"] == sum(inside > 1 for inside, _ in groupby(taps))
    assert counts["wide_outputs"] == sum(inside > FEW_TAPS for inside in taps)
    assert counts["wide_taps"] == sum(inside for inside in taps if inside > FEW_TAPS)


def plain(axis: Axis) -> Conv2DGeometry:
    names = ("input", "output", "kernel", "stride", "dilation", "pad")
    sizes = {f"{name}_{side}": getattr(axis, name) for name in names for side in "hw"}
    return Conv2DGeometry(batch=1, input_c=1, output_c=1, per_channel=True, bias=True, filter_c=1, **sizes)


@pytest.mark.parametrize("seed", range(100))
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_taps_that_meet_no_gap_are_those_of_each_position(seed: int, stride: int) -> None:
    some = drawn(seed, dilated=False)
    axis = Axis(some.input, some.output, some.kernel, 1, 1, some.pad)
    met = [x - axis.pad + k for x in range(axis.output) for k in range(axis.kernel)]
    met = [at for at in met if 0 <= at < axis.input and at % stride == 0]
    assert _spread(plain(axis), stride, vertical=True) == len(met)


def test_an_axis_longer_than_anything_is_counted_at_once() -> None:
    assert Axis(MANY, MANY, 3, 1, 1, 1).inside == 3 * MANY - 2
    assert Axis(MANY, MANY // 2, MANY // 2, 1, 1, 0).inside == (MANY // 2) ** 2
    g = PoolGeometry(1, MANY, MANY, 1, MANY, MANY, 3, 3, 1, 1, 1, 1)
    assert average_pool_2d_counts(g, None)["reciprocals"] == 3 * MANY - (
        MANY - 3
    )  # a row's last and the next's first
    assert _spread(plain(Axis(MANY, MANY, 4, 1, 1, 0)), 2, vertical=False) == MANY // 2 * 4 - (0 + 1 + 1 + 2)
