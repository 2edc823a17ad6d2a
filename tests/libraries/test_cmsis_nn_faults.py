"""CMSIS-NN's own faults: the rules against what its code did, geometry by geometry, and at their edges."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import ModelBuilder
from microinfer.checks import check
from microinfer.libraries.fault import Fault
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import load_core
from microinfer.operators.add import BinaryGeometry
from microinfer.operators.conv_2d import Conv2DGeometry
from microinfer.operators.depthwise_conv_2d import DepthwiseConv2DGeometry
from microinfer.operators.spec import Geometry
from microinfer.operators.transpose_conv import TransposeConvGeometry

from support.kernel_rows import faults_of

TRUTH = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "truth" / "cmsis_nn_faults.json.gz").read_bytes())
)
STEP: Any = type("Step", (), {"name": "DEPTHWISE_CONV_2D"})()
"""The rules on shapes look at nothing else of a step."""


def rows(of: str) -> Iterator[dict[str, Any]]:
    for row in TRUTH[of]["rows"]:
        yield dict(zip(TRUTH[of]["columns"], row, strict=True))


def found(name: str, geometry: Geometry) -> tuple[Fault, ...]:
    return tuple(
        kernel_library("tflm-cmsis-nn").kernels[name].faults(STEP, geometry, load_core("cortex-m0plus"))
    )


def test_transpose_conv() -> None:
    kinds = set()
    for row in rows("transpose_conv"):
        *seen, bits = (bool(row.pop(key)) for key in ("scratch_overrun", "output_overrun", "other_bits"))
        said = found("TRANSPOSE_CONV", TransposeConvGeometry(1, **row, per_channel=True, bias=True))
        errors = [fault.text for fault in said if fault.severity == "error"]
        assert [any(what in text for text in errors) for what in ("scratch", "the output")] == seen, row
        assert not bits or any(fault.severity == "warning" for fault in said), row
        assert bool(said) == (bits or any(seen)), row
        kinds.add((*seen, bits))
    assert len(kinds) >= 7


def test_maximum() -> None:
    for row in rows("maximum"):
        first, second = tuple(row["shape_1"]), tuple(row["shape_2"])
        output = np.broadcast_shapes(first, second)
        said = found("MAXIMUM", BinaryGeometry(first, second, output, "int8"))
        assert bool(said) == bool(row["other_bits"]), row


def test_convolutions() -> None:
    """Weights of 4 bits in groups, or with odd channels where there is a batch, dilation or multiplier."""
    wrong = {0: 0, 1: 0}
    for row in rows("convolution"):
        bits, overrun, depthwise = row.pop("other_bits"), row.pop("overrun"), row.pop("depthwise")
        groups, multiplier = row.pop("groups"), row.pop("multiplier")
        row |= {"per_channel": True, "bias": bool(row["bias"])}
        said: tuple[Fault, ...]
        if depthwise:
            said = found("DEPTHWISE_CONV_2D", DepthwiseConv2DGeometry(**row, depth_multiplier=multiplier))
        else:
            said = found("CONV_2D", Conv2DGeometry(**row, filter_c=row["input_c"] // groups))
        assert not overrun
        assert said or not bits, row
        few = row["output_h"] * row["output_w"] <= 6
        assert bits or not said or (depthwise and few), row
        wrong[depthwise] += bits
    assert min(wrong.values()) > 20


def conv(**sizes: Any) -> Conv2DGeometry:
    plain = {
        "batch": 1,
        "input_h": 1,
        "input_w": 9,
        "input_c": 4,
        "output_h": 1,
        "output_w": 7,
        "output_c": 4,
        "kernel_h": 1,
        "kernel_w": 3,
        "filter_c": 4,
        "stride_h": 1,
        "stride_w": 1,
        "dilation_h": 1,
        "dilation_w": 1,
        "pad_h": 0,
        "pad_w": 0,
        "per_channel": True,
        "bias": True,
    }
    return Conv2DGeometry(**{**plain, **sizes})


def test_edges_of_convolutions() -> None:
    assert not found("CONV_2D", conv())
    assert not found("CONV_2D", conv(filter_c=2))
    (fault,) = found("CONV_2D", conv(filter_c=2, bias=False))
    assert (fault.severity, "address 0" in fault.text) == ("error", True)
    assert not found("CONV_2D", conv(input_w=65_535, output_w=65_533))
    (fault,) = found("CONV_2D", conv(input_w=65_536, output_w=65_534))
    assert (fault.severity, fault.certain) == ("warning", True)
    assert not found("CONV_2D", conv(kernel_w=1, input_w=70_000, output_w=70_000))


def test_edges_of_a_depthwise_position() -> None:
    made = {field: getattr(conv(), field) for field in Conv2DGeometry.__dataclass_fields__}
    del made["filter_c"], made["accumulator_bits"]
    for width, wrong in ((32_768, False), (32_769, True)):
        sizes = {**made, "kernel_w": 1, "input_w": width, "output_w": width, "depth_multiplier": 1}
        assert bool(found("DEPTHWISE_CONV_2D", DepthwiseConv2DGeometry(**sizes))) is wrong
        by_four = {**sizes, "depth_multiplier": 4, "output_c": 16}
        assert not found("DEPTHWISE_CONV_2D", DepthwiseConv2DGeometry(**by_four))


def of(builder: ModelBuilder, library: str = "tflm-cmsis-nn") -> tuple[tuple[str, bool], ...]:
    steps = microinfer.prepare(microinfer.load(builder.build()))
    return tuple((f.severity, f.certain) for step in steps for f in faults_of(step, library))


def test_maximum_of_rank_5_stops() -> None:
    b = ModelBuilder("five")
    x, y = (b.input((1, 2, 1, 3, 2), scale=0.1, zero_point=0) for _ in range(2))
    b.output(b.maximum(x, y))
    assert of(b) == (("error", True),)
    assert of(b, "tflm-reference") == ()
    for dtype in ("int16", "int32", "int64", "int8"):
        for rank, wrong in ((4, False), (5, True)):
            shape = (2,) * rank
            assert bool(found("MINIMUM", BinaryGeometry(shape, shape, shape, dtype))) is wrong


def test_batch_matmul_of_rank_5_is_not_prepared() -> None:
    for rank, wrong in ((4, ()), (5, (("error", True),))):
        b = ModelBuilder("product")
        x = b.input((1,) * (rank - 2) + (2, 3), scale=0.1, zero_point=0)
        y = b.input((1,) * (rank - 2) + (3, 2), scale=0.1, zero_point=0)
        made = b.tensor((1,) * (rank - 2) + (2, 2), "int8", 0.5, 0)
        b.operator("BATCH_MATMUL", [x, y], [made], {})
        b.output(made)
        assert of(b) == wrong


@pytest.mark.parametrize(
    ("shape", "paddings", "wrong"),
    [
        ((2, 2, 2, 2), [(1, 0)] * 4, False),
        ((1, 2, 2, 2, 2), [(0, 0), (1, 0), (0, 1), (0, 0), (0, 0)], False),
        ((2, 2, 2, 2, 2), [(0, 0), (1, 0), (0, 1), (0, 0), (0, 0)], True),
        ((1, 2, 2, 2, 2), [(1, 0), (0, 0), (0, 0), (0, 0), (0, 0)], True),
    ],
)
def test_pad_drops_a_fifth_dimension(
    shape: tuple[int, ...], paddings: list[tuple[int, int]], wrong: bool
) -> None:
    b = ModelBuilder("pad")
    b.output(b.pad(b.input(shape, scale=0.1, zero_point=0), paddings))
    assert of(b) == ((("error", True),) if wrong else ())


def test_weights_with_a_zero_point() -> None:
    def layer(rows: tuple[int, ...], zero_point: int, dtype: str | None = None) -> ModelBuilder:
        b = ModelBuilder("dense")
        x = b.input((*rows, 8), scale=0.1, zero_point=0)
        w = b.constant(np.ones((4, 8), np.int8), 0.1, zero_point, dtype=dtype)
        made = b.tensor((*rows, 4), "int8", 0.5, 0)
        b.operator("FULLY_CONNECTED", [x, w], [made], {"keep_num_dims": True})
        b.output(made)
        return b

    assert of(layer((2,), 3)) == of(layer((1, 2), 0)) == ()
    assert of(layer((1, 2), 3)) == (("warning", True),)
    assert of(layer((2,), 1, "int4")) == (("warning", True),)


@pytest.mark.parametrize("zero_point", [0, 5])
def test_an_int16_sum_wants_no_zero_point(zero_point: int) -> None:
    b = ModelBuilder("sum")
    x = b.input((1, 4), "int16", scale=0.1, zero_point=zero_point)
    made = b.tensor((1, 4), "int16", 0.2, 0)
    b.operator("ADD", [x, x], [made], {"fused_activation_function": "NONE"})
    b.output(made)
    assert of(b) == ((("error", True),) if zero_point else ())
    assert of(b, "tflm-reference") == ()


@pytest.mark.parametrize(("state_scale", "wraps"), [(2.0**-1, False), (2.0**-9, True)])
def test_features_that_leave_int8(state_scale: float, wraps: bool) -> None:
    b = ModelBuilder("svdf")
    x = b.input((1, 8), scale=0.05, zero_point=0)
    features, times = (b.constant(np.full((2, n), 60, np.int8), 0.01) for n in (8, 3))
    bias = b.constant(np.zeros(2, np.int32), state_scale * 0.01)
    state = b.tensor((1, 6), "int8", state_scale, 0, is_variable=True)
    made = b.tensor((1, 2), "int8", 0.2, 0)
    b.operator(
        "SVDF", [x, features, times, bias, state], [made], {"rank": 1, "fused_activation_function": "NONE"}
    )
    b.output(made)
    assert of(b) == ((("warning", False),) if wraps else ())


def test_a_check_says_no_where_the_device_fails() -> None:
    b = ModelBuilder("five")
    x, y = (b.input((1, 2, 1, 3, 2), scale=0.1, zero_point=0) for _ in range(2))
    b.output(b.maximum(x, y))
    for library, good in (("tflm-cmsis-nn", False), ("tflm-reference", True)):
        report = check(b.build(), "cortex-m4", library)
        assert any(f.rule == "tflm-fault" and f.severity == "error" for f in report.findings) is not good


def test_the_cases(shared: Path) -> None:
    wanted = {
        "30-transpose-conv-cmsis/s2k8": "warning",
        "30-transpose-conv-cmsis/s3k5": "warning",
        "30-transpose-conv-cmsis/s4k6": "warning",
        "31-transpose-conv-scratch/model.tflite": "error",
        "60-max-5d/model.tflite": "error",
        "62-bmm-5d/model.tflite": "error",
    }
    for case, severity in wanted.items():
        path = shared / "cases" / case
        file = next(path.glob("*.tflite")) if path.is_dir() else path
        found = [f.severity for f in check(file, "cortex-m4").findings if f.rule == "tflm-fault"]
        assert found
        assert set(found) == {severity}, case
        assert "tflm-fault" not in {f.rule for f in check(file, "cortex-m4", "tflm-reference").findings}


def test_what_the_glue_of_a_transposed_convolution_leaves_out() -> None:
    sizes = (1, 2, 2, 3, 4, 4, 2, 2, 2, 2, 2, 0, 0)
    for dtype, texts in {"int8": ["activation"], "int16": ["activation", "address 0"], "float32": []}.items():
        said = found("TRANSPOSE_CONV", TransposeConvGeometry(*sizes, True, False, dtype, activates=True))
        assert len(said) == len(texts), dtype
        assert all(text in fault.text for text, fault in zip(texts, said, strict=True))
