"""The model writer: every operator it composes is accepted by TFLM, and its mistakes name themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from microinfer.builder import Handle, ModelBuilder
from microinfer.errors import InputError
from microinfer.model.read import load

Compose = Callable[[ModelBuilder, np.random.Generator], "Handle | tuple[Handle, ...]"]
OUT: dict[str, Any] = {"scale": 0.05, "zero_point": 3}


def feed(b: ModelBuilder, *shape: int, dtype: str = "int8") -> Handle:
    if dtype == "float32":
        return b.input(shape, dtype)
    return b.input(shape, dtype, 0.04, 0 if dtype == "int16" else -5)


def whole(rng: np.random.Generator, *shape: int) -> NDArray[np.int8]:
    return rng.integers(-127, 128, shape).astype(np.int8)


def lstm(b: ModelBuilder, rng: np.random.Generator, time_major: bool) -> Handle:
    x = feed(b, 2, 3, 4)
    return b.unidirectional_sequence_lstm(
        x,
        [whole(rng, 5, 4) for _ in range(4)],
        [whole(rng, 5, 5) for _ in range(4)],
        [rng.integers(-900, 900, 5) for _ in range(4)],
        input_weight_scales=[0.01, 0.02, 0.01, 0.02],
        recurrent_weight_scales=[0.01] * 4,
        time_major=time_major,
        scale=1 / 128,
        zero_point=0,
    )


def svdf(b: ModelBuilder, rng: np.random.Generator, state: str) -> Handle:
    x = feed(b, 1, 6)
    features = b.constant(whole(rng, 8, 6), 0.01)
    times = b.constant(whole(rng, 8, 3).astype(state), 0.01)
    bias = b.constant(rng.integers(-90, 90, 4).astype(np.int32), 0.0001)
    return b.svdf(x, features, times, bias, rank=2, state_scale=0.01, **OUT)


CASES: dict[str, Compose] = {
    "conv_2d": lambda b, r: b.conv_2d(
        feed(b, 2, 9, 7, 3),
        r.normal(size=(4, 3, 2, 3)),
        r.normal(size=4),
        strides=(2, 1),
        dilation=(1, 2),
        padding="VALID",
        activation="RELU6",
        **OUT,
    ),
    "conv_2d per tensor, no bias": lambda b, r: b.conv_2d(
        feed(b, 1, 5, 5, 2), whole(r, 4, 3, 3, 2), weight_scale=0.01, **OUT
    ),
    "conv_2d grouped": lambda b, r: b.conv_2d(
        feed(b, 1, 5, 5, 4), r.normal(size=(6, 3, 3, 2)), r.normal(size=6), **OUT
    ),
    "conv_2d int16": lambda b, r: b.conv_2d(
        feed(b, 1, 5, 5, 2, dtype="int16"), r.normal(size=(3, 3, 3, 2)), r.normal(size=3), scale=0.05
    ),
    "depthwise_conv_2d": lambda b, r: b.depthwise_conv_2d(
        feed(b, 1, 6, 6, 3), r.normal(size=(1, 3, 3, 6)), r.normal(size=6), strides=2, **OUT
    ),
    "depthwise_conv_2d dilated": lambda b, r: b.depthwise_conv_2d(
        feed(b, 1, 6, 6, 3), r.normal(size=(1, 3, 3, 3)), dilation=2, activation="RELU", **OUT
    ),
    "fully_connected": lambda b, r: b.fully_connected(
        feed(b, 2, 3, 4), r.normal(size=(5, 12)), r.normal(size=5), **OUT
    ),
    "fully_connected keep_num_dims": lambda b, r: b.fully_connected(
        feed(b, 2, 3, 4), whole(r, 5, 4), weight_scale=0.01, keep_num_dims=True, **OUT
    ),
    "transpose_conv": lambda b, r: b.transpose_conv(
        feed(b, 1, 4, 4, 3), r.normal(size=(2, 3, 3, 3)), r.normal(size=2), strides=2, **OUT
    ),
    "transpose_conv valid": lambda b, r: b.transpose_conv(
        feed(b, 1, 4, 4, 3), r.normal(size=(2, 3, 3, 3)), strides=2, padding="VALID", **OUT
    ),
    "average_pool_2d": lambda b, r: b.average_pool_2d(feed(b, 1, 6, 6, 3), (3, 2), padding="SAME"),
    "max_pool_2d": lambda b, r: b.max_pool_2d(feed(b, 1, 6, 6, 3), 2, strides=1, activation="RELU"),
    "add": lambda b, r: b.add(feed(b, 1, 4, 3), feed(b, 1, 1, 3), activation="RELU", **OUT),
    "sub": lambda b, r: b.sub(feed(b, 2, 3), b.constant(whole(r, 3), 0.02, 1), **OUT),
    "mul": lambda b, r: b.mul(feed(b, 2, 3), feed(b, 2, 3), **OUT),
    "maximum": lambda b, r: b.maximum(feed(b, 2, 3), feed(b, 2, 3)),
    "minimum": lambda b, r: b.minimum(feed(b, 2, 3), feed(b, 3)),
    "prelu": lambda b, r: b.prelu(feed(b, 1, 2, 2, 3), b.constant(whole(r, 1, 1, 3), 0.01, 0), **OUT),
    "relu": lambda b, r: b.relu(feed(b, 2, 3), **OUT),
    "relu6": lambda b, r: b.relu6(feed(b, 2, 3)),
    "leaky_relu": lambda b, r: b.leaky_relu(feed(b, 2, 3), 0.1),
    "hard_swish": lambda b, r: b.hard_swish(feed(b, 2, 3), **OUT),
    "logistic": lambda b, r: b.logistic(feed(b, 2, 3)),
    "tanh": lambda b, r: b.tanh(feed(b, 2, 3)),
    "softmax": lambda b, r: b.softmax(feed(b, 2, 3), beta=0.5),
    "softmax to int16": lambda b, r: b.softmax(
        feed(b, 2, 3), dtype="int16", scale=1 / 65536, zero_point=-32768
    ),
    "quantize": lambda b, r: b.quantize(feed(b, 2, 3, dtype="float32"), **OUT),
    "quantize again": lambda b, r: b.quantize(feed(b, 2, 3), "int16", scale=0.001),
    "dequantize": lambda b, r: b.dequantize(feed(b, 2, 3)),
    "reshape": lambda b, r: b.reshape(feed(b, 2, 3), (3, -1)),
    "squeeze": lambda b, r: b.squeeze(feed(b, 1, 3, 1), (0,)),
    "expand_dims": lambda b, r: b.expand_dims(feed(b, 2, 3), -1),
    "transpose": lambda b, r: b.transpose(feed(b, 2, 3, 4), (2, 0, 1)),
    "pad": lambda b, r: b.pad(feed(b, 2, 3), [(1, 0), (0, 2)]),
    "padv2": lambda b, r: b.padv2(feed(b, 2, 3), [(1, 0), (0, 2)], 7),
    "concatenation": lambda b, r: b.concatenation([feed(b, 2, 3), feed(b, 2, 4)], -1),
    "split": lambda b, r: b.split(feed(b, 2, 6), 3, 1),
    "pack": lambda b, r: b.pack([feed(b, 2, 3), feed(b, 2, 3)], 1),
    "unpack": lambda b, r: b.unpack(feed(b, 2, 3), 0),
    "strided_slice": lambda b, r: b.strided_slice(
        feed(b, 4, 6, 3), (3, 1, 0), (0, 6, 1), (-1, 2, 1), begin_mask=4, end_mask=1, shrink_axis_mask=4
    ),
    "resize_nearest_neighbor": lambda b, r: b.resize_nearest_neighbor(
        feed(b, 1, 3, 4, 2), (6, 5), half_pixel_centers=True
    ),
    "resize_bilinear": lambda b, r: b.resize_bilinear(feed(b, 1, 3, 4, 2), (6, 5), align_corners=True),
    "mean": lambda b, r: b.mean(feed(b, 1, 3, 4, 2), (1, 2), keep_dims=True, **OUT),
    "sum": lambda b, r: b.sum(feed(b, 1, 3, 4, 2), -1, **OUT),
    "reduce_max": lambda b, r: b.reduce_max(feed(b, 1, 3, 4, 2), (1, 2)),
    "arg_max": lambda b, r: b.arg_max(feed(b, 2, 5)),
    "batch_matmul": lambda b, r: b.batch_matmul(feed(b, 2, 3, 4), feed(b, 2, 5, 4), adj_y=True, **OUT),
    "svdf": lambda b, r: svdf(b, r, "int16"),
    "svdf, int8 state": lambda b, r: svdf(b, r, "int8"),
    "unidirectional_sequence_lstm": lambda b, r: lstm(b, r, False),
    "unidirectional_sequence_lstm time major": lambda b, r: lstm(b, r, True),
}

LITERT_REFUSES = {"conv_2d per tensor, no bias"}


def compose(case: str) -> tuple[bytes, list[NDArray[Any]], tuple[Handle, ...]]:
    """The model of a case, inputs for it, and handles of its outputs."""
    rng = np.random.default_rng(7)
    b = ModelBuilder(case.split()[0])
    made = CASES[case](b, rng)
    outputs = made if isinstance(made, tuple) else (made,)
    b.output(*outputs)
    inputs: list[NDArray[Any]] = []
    for index in b._inputs:
        tensor = b._tensors[index]
        if tensor.dtype == "float32":
            inputs.append(rng.normal(size=tensor.shape).astype(np.float32))
        else:
            limits = np.iinfo(tensor.dtype)
            inputs.append(rng.integers(limits.min, limits.max + 1, tensor.shape).astype(tensor.dtype))
    return b.build(), inputs, outputs


@pytest.mark.parametrize("case", CASES)
def test_tflm_runs_what_is_written_and_agrees_on_shapes(case: str) -> None:
    pytest.importorskip("tflite_micro", reason="tflite-micro has wheels for Linux on x86-64 only")
    from support.oracle import tflm

    model, inputs, handles = compose(case)
    results = tflm(model, inputs, outputs=len(handles))
    assert [(r.shape, str(r.dtype)) for r in results] == [(h.shape, h.dtype) for h in handles]


@pytest.mark.parametrize("case", sorted(set(CASES) - LITERT_REFUSES))
def test_litert_accepts_what_is_written(case: str) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="ai-edge-litert is not installed")
    model, _, handles = compose(case)
    interpreter = litert.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    found = [tuple(detail["shape"]) for detail in interpreter.get_output_details()]
    assert found == [handle.shape for handle in handles]


@pytest.mark.parametrize("case", CASES)
def test_the_loader_reads_what_is_written_without_remark(case: str) -> None:
    model, _, handles = compose(case)
    loaded = load(model)
    assert loaded.warnings == ()
    tensors = [loaded.subgraphs[0].tensors[index] for index in loaded.subgraphs[0].outputs]
    assert [(t.shape, t.dtype) for t in tensors] == [(h.shape, h.dtype) for h in handles]


REFUSED: dict[str, tuple[Callable[[ModelBuilder], object], str]] = {
    "operator": (lambda b: b.operator("CONV2D", [], []), "did you mean 'CONV_2D'"),
    "option": (
        lambda b: b.operator("CONV_2D", [], [], {"strides_w": 1}),
        "CONV_2D has no option 'strides_w'; did you mean 'stride_w'",
    ),
    "value": (lambda b: b.operator("CONV_2D", [], [], {"padding": "same"}), "did you mean 'SAME'"),
    "number": (lambda b: b.operator("CONV_2D", [], [], {"stride_w": 1 << 40}), "integer of int32"),
    "options of none": (lambda b: b.operator("FLOOR", [], [], {"a": 1}), "there is none"),
    "custom": (lambda b: b.operator("CUSTOM", [], []), "custom_code"),
    "type": (lambda b: b.tensor((1,), "int9"), "int8"),
    "scale": (lambda b: b.tensor((1,), scale=-0.5), "0 or above"),
    "channels": (lambda b: b.tensor((2, 3), scale=[1.0, 2.0], quantized_dimension=1), "expected 1 or 3"),
    "zero point": (lambda b: b.tensor((2,), zero_point=4), "no scale"),
    "output's scale": (lambda b: b.add(feed(b, 2), feed(b, 2)), "give the output's scale"),
    "broadcast": (lambda b: b.add(feed(b, 2), feed(b, 3), **OUT), "do not broadcast"),
    "rank": (lambda b: b.max_pool_2d(feed(b, 2, 2), 2), "expected 4 dimensions"),
    "window": (lambda b: b.max_pool_2d(feed(b, 1, 2, 2, 1), 3), "does not fit"),
    "padding": (lambda b: b.max_pool_2d(feed(b, 1, 2, 2, 1), 2, padding="FULL"), "'SAME' or 'VALID'"),
    "weights": (lambda b: b.fully_connected(feed(b, 1, 3), np.ones((2, 4)), **OUT), r"weights \(2, 4\)"),
    "weight scale": (lambda b: b.fully_connected(feed(b, 1, 3), whole_ones(2, 3), **OUT), "weight_scale"),
    "bias": (lambda b: b.fully_connected(feed(b, 1, 3), np.ones((2, 3)), np.ones(3), **OUT), r"\(2,\)"),
    "reshape": (lambda b: b.reshape(feed(b, 2, 3), (4, -1)), "RESHAPE"),
    "axis": (lambda b: b.mean(feed(b, 2, 3), 2), "axis 2 of a tensor of 2 dimensions"),
    "another builder": (lambda b: b.output(feed(ModelBuilder(), 1)), "another builder"),
    "no output": (lambda b: b.build(), "no output"),
}


def whole_ones(*shape: int) -> NDArray[np.int8]:
    return np.ones(shape, np.int8)


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_named(mistake: str) -> None:
    make, words = REFUSED[mistake]
    with pytest.raises(InputError, match=words):
        make(ModelBuilder())
