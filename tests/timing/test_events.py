"""Counts in closed form against loops that count."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from microinfer.libraries.copies import Copies
from microinfer.libraries.target import DEFAULT_TARGET
from microinfer.operators.add import BinaryGeometry
from microinfer.operators.average_pool_2d import PoolGeometry
from microinfer.operators.conv_2d import Conv2DGeometry
from microinfer.operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from microinfer.operators.fully_connected import FullyConnectedGeometry
from microinfer.operators.pad import PadGeometry
from microinfer.operators.spec import Geometry
from microinfer.operators.window import output_size, padding_before

from support.kernel_rows import count, data_dependent, events, variant

EXAMPLES = settings(max_examples=60, deadline=None)


def windows(draw: Any, *, dilated: bool = True) -> dict[str, int]:
    """A window over both axes, SAME or VALID, that fits."""
    made: dict[str, int] = {"batch": draw(st.integers(1, 2))}
    for axis in "hw":
        kernel = draw(st.integers(1, 4))
        dilation = draw(st.integers(1, 2)) if dilated else 1
        stride = draw(st.integers(1, 3))
        padding = draw(st.sampled_from(["SAME", "VALID"]))
        size = draw(st.integers((kernel - 1) * dilation + 1 if padding == "VALID" else 1, 9))
        out = output_size(padding, size, kernel, stride, dilation)
        made |= {
            f"input_{axis}": size,
            f"output_{axis}": out,
            f"kernel_{axis}": kernel,
            f"stride_{axis}": stride,
            f"pad_{axis}": padding_before(out, size, kernel, stride, dilation),
        }
        if dilated:
            made[f"dilation_{axis}"] = dilation
    return made


@st.composite
def convolutions(draw: Any) -> Conv2DGeometry:
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    depth, channels = draw(st.integers(1, 6)), groups * draw(st.integers(1, 4))
    return Conv2DGeometry(
        **windows(draw),
        input_c=groups * depth,
        filter_c=depth,
        output_c=channels,
        per_channel=True,
        bias=True,
    )


@st.composite
def depthwise(draw: Any) -> DepthwiseConv2DGeometry:
    channels, multiplier = draw(st.integers(1, 6)), draw(st.sampled_from([1, 1, 2, 4]))
    return DepthwiseConv2DGeometry(
        **windows(draw),
        input_c=channels,
        depth_multiplier=multiplier,
        output_c=channels * multiplier,
        per_channel=True,
        bias=True,
    )


def counted(library: str, name: str, geometry: Geometry) -> dict[str, float]:
    seen = {event: bounds[1] for event, bounds in data_dependent(name, geometry).items()}
    found = count(library, name, geometry, DEFAULT_TARGET, seen)
    assert found is not None
    return dict(found)


def taps(g: Any) -> list[tuple[int, int, int, int, int]]:
    """Every (output y, output x, kernel y, kernel x) and what becomes of it: 0 inside, 1 left, 2 right,
    3 above, 4 below."""
    found = []
    for oy in range(g.output_h):
        for ox in range(g.output_w):
            for ky in range(g.kernel_h):
                for kx in range(g.kernel_w):
                    y = oy * g.stride_h - g.pad_h + ky * getattr(g, "dilation_h", 1)
                    x = ox * g.stride_w - g.pad_w + kx * getattr(g, "dilation_w", 1)
                    fate = 1 if x < 0 else 2 if x >= g.input_w else 3 if y < 0 else 4 * (y >= g.input_h)
                    found.append((oy, ox, ky, kx, fate))
    return found


@EXAMPLES
@given(convolutions())
def test_reference_convolution(g: Conv2DGeometry) -> None:
    found = counted("tflm-reference", "CONV_2D", g)
    fates = [fate for *_, fate in taps(g)]
    every = g.batch * g.output_c
    for fate, event in enumerate(("taps", "taps_left", "taps_right", "taps_above", "taps_below")):
        assert found[event] == every * fates.count(fate)
    assert found["macs"] == every * fates.count(0) * g.filter_c == g.macs_executed
    assert found["kernel_rows"] == every * g.output_h * g.output_w * g.kernel_h


@EXAMPLES
@given(depthwise())
def test_reference_depthwise(g: DepthwiseConv2DGeometry) -> None:
    found = counted("tflm-reference", "DEPTHWISE_CONV_2D", g)
    assert found["macs"] == g.macs_executed
    assert found["taps"] == g.batch * g.output_c * [fate for *_, fate in taps(g)].count(0)


@EXAMPLES
@given(convolutions())
def test_patches_of_cmsis_convolution(g: Conv2DGeometry) -> None:
    if not variant("tflm-cmsis-nn", "CONV_2D", g, DEFAULT_TARGET).startswith("convolve"):
        return
    found = counted("tflm-cmsis-nn", "CONV_2D", g)
    depth = g.kernel_h * g.kernel_w * g.filter_c
    aligned = (depth + 3) // 4 * 4
    moved, inside, outside = Copies(), 0, 0
    for _ in range(g.batch):
        for group in range(g.groups):
            for oy, ox, ky, kx, fate in taps(g):
                parity = (oy * g.output_w + ox) & 1
                target = 2 * aligned + parity * depth + (ky * g.kernel_w + kx) * g.filter_c
                if fate:
                    outside += 1
                    moved.fill(g.filter_c, target)
                else:
                    inside += 1
                    y = oy * g.stride_h - g.pad_h + ky * g.dilation_h
                    x = ox * g.stride_w - g.pad_w + kx * g.dilation_w
                    source = (y * g.input_w + x) * g.input_c + group * g.filter_c
                    moved.copy(g.filter_c, source, target)
    assert (found["taps_inside"], found["taps_outside"]) == (inside, outside)
    assert {event: found[event] for event in moved.counts} == moved.counts


@EXAMPLES
@given(depthwise())
def test_cmsis_depthwise(g: DepthwiseConv2DGeometry) -> None:
    kernel = variant("tflm-cmsis-nn", "DEPTHWISE_CONV_2D", g, DEFAULT_TARGET)
    found = counted("tflm-cmsis-nn", "DEPTHWISE_CONV_2D", g)
    inside = [(oy, ox, ky, kx) for oy, ox, ky, kx, fate in taps(g) if not fate]
    if kernel == "dw_3x3":
        rows = {(oy, ox, ky) for oy, ox, ky, kx, fate in taps(g) if fate < 3}
        sides = sum(
            (ox * g.stride_w - g.pad_w >= 0) + (g.input_w - (ox * g.stride_w - g.pad_w) >= 3)
            for oy, ox, ky in {
                (oy, ox, ky)
                for oy in range(g.output_h)
                for ox in range(g.output_w)
                for ky in range(3)
                if 0 <= oy * g.stride_h - g.pad_h + ky < g.input_h
            }
        )
        assert found["four_sides"] == sides * (g.input_c // 4)
        assert found["one_sides"] == sides * (g.input_c % 4)
        assert len(rows) <= found["pixels"] * 3
    elif kernel == "dw_opt":
        assert found["taps_inside"] == len(inside)
        fills = sum(
            (oy * g.stride_h - g.pad_h < 0) + (oy * g.stride_h - g.pad_h + g.kernel_h > g.input_h)
            for oy in range(g.output_h)
        )
        assert found["row_fills"] == fills * g.output_w
    elif kernel == "dw_mult4":
        assert found["tile_taps"] == len(inside) * g.output_c // 4
    else:
        assert found["macs"] == g.batch * len(inside) * g.output_c


@EXAMPLES
@given(st.integers(1, 3), st.integers(1, 40), st.integers(1, 9), st.integers(2, 3), st.booleans())
def test_cmsis_fully_connected_covers_every_mac(n: int, i: int, o: int, rank: int, channels: bool) -> None:
    g = FullyConnectedGeometry(n, i, o, rank, channels, True)
    found = counted("tflm-cmsis-nn", "FULLY_CONNECTED", g)
    if variant("tflm-cmsis-nn", "FULLY_CONNECTED", g, DEFAULT_TARGET) == "conv_1x1_fast":
        quads = 16 * found["quad_sixteens"] + 4 * found["quad_fours"] + found["quad_ones"]
        singles = 16 * found["single_sixteens"] + 4 * found["single_fours"] + found["single_ones"]
        assert 4 * quads + 2 * singles + found["odd_macs"] == g.macs
    else:
        pairs = 32 * found["pair_eights"] + 4 * found["pair_fours"] + found["pair_ones"]
        odd = 32 * found["odd_eights"] + 4 * found["odd_fours"] + found["odd_ones"]
        assert 2 * pairs + odd == g.macs


@st.composite
def pools(draw: Any) -> PoolGeometry:
    return PoolGeometry(**windows(draw, dilated=False), channels=draw(st.integers(1, 6)))


@EXAMPLES
@given(pools())
def test_pools(g: PoolGeometry) -> None:
    inside = [fate for *_, fate in taps(g)].count(0)
    assert counted("tflm-reference", "AVERAGE_POOL_2D", g)["taps"] == g.batch * g.channels * inside
    assert counted("tflm-cmsis-nn", "MAX_POOL_2D", g)["taps"] == g.batch * inside
    moved = Copies()
    for batch in range(g.batch):
        for oy in range(g.output_h):
            for ox in range(g.output_w):
                y, x = max(0, oy * g.stride_h - g.pad_h), max(0, ox * g.stride_w - g.pad_w)
                source = ((batch * g.input_h + y) * g.input_w + x) * g.channels
                target = ((batch * g.output_h + oy) * g.output_w + ox) * g.channels
                moved.copy(g.channels, source, target)
    found = counted("tflm-cmsis-nn", "MAX_POOL_2D", g)
    assert {event: found[event] for event in moved.counts} == moved.counts


@EXAMPLES
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=4))
def test_reference_pad_tests_each_edge_in_turn(axes: list[tuple[int, int, int]]) -> None:
    axes = [(1, 0, 0)] * (5 - len(axes)) + axes
    sizes, before, after = zip(*axes, strict=True)
    g = PadGeometry(sizes, tuple(map(sum, axes)), before, after, "int8")
    wanted: Counter[str] = Counter()
    for position in product(*(range(sum(axis)) for axis in axes)):
        for number, (at, (size, front, _)) in enumerate(zip(position, axes, strict=True)):
            wanted[f"tests_before_{number}"] += 1
            if at < front:
                break
            wanted[f"tests_after_{number}"] += 1
            if at >= front + size:
                break
        else:
            wanted["copied"] += 1
    found = counted("tflm-reference", "PAD", g)
    assert {event: n for event, n in found.items() if event[:3] in {"tes", "cop"} and n} == wanted


def test_broadcast_fuses_loops() -> None:
    g = BinaryGeometry((1, 4, 5, 6), (1, 1, 1, 6), (1, 4, 5, 6), "int8")
    found = counted("tflm-reference", "ADD", g)
    assert (found["loops"], found["inner_runs"], found["elements"]) == (2, 20, 120)
    scalar = BinaryGeometry((2, 3), (1,), (2, 3), "int8")
    assert counted("tflm-reference", "ADD", scalar)["loops"] == 1
    same = BinaryGeometry((1, 2, 3), (2, 3), (1, 2, 3), "int8")
    assert variant("tflm-cmsis-nn", "ADD", same, DEFAULT_TARGET) == "elementwise_s8"


def test_single_row_of_a_matrix_product_enters_no_quad() -> None:
    for rows, entered in ((1, 0), (2, 4), (3, 4)):
        g = FullyConnectedGeometry(
            batch=rows,
            input_depth=8,
            output_depth=9,
            output_rank=3,
            per_channel=False,
            bias=True,
            weight_bits=8,
        )
        counts = count("tflm-cmsis-nn", "FULLY_CONNECTED", g, DEFAULT_TARGET, {})
        assert counts is not None
        assert (counts["pairs"], counts["pairs_with_quads"]) == (4, entered)


def test_unknown_operators_have_no_events() -> None:
    assert events("tflm-reference", "MY_OP", Geometry(), DEFAULT_TARGET) is None
    assert events("tflm-reference", "CONV_2D", Geometry(), DEFAULT_TARGET) is None
    assert events("tflm-cmsis-nn", "SOFTMAX", Geometry(), DEFAULT_TARGET) is None
    assert not data_dependent("SOFTMAX", Geometry())
