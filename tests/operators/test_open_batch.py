"""Dilated convolutions of a model whose batch was left open, as the converter writes them: TFLM leaves images
out, and what a device then finds in its arena is computed here, too."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microinfer import ModelBuilder
from microinfer.checks import check
from microinfer.errors import Reason
from microinfer.memory.leftovers import untold_leftovers
from microinfer.operators.space_to_batch_nd import BatchSpaceGeometry, image_pairs

from support.data_movement import values
from support.oracle import Interpreter, tflm

SEEDS = st.integers(0, 2**32 - 1)


def quantized(dtype: str) -> dict[str, Any]:
    return {"scale": 0.1, "zero_point": -3} if dtype == "int8" else {}


def left_out(shape: tuple[int, ...], block: tuple[int, ...], dtype: str) -> bytes:
    """Images of a block, of which the file names the first alone, between two elementwise operators.

    The relu's output dies before the images are woven again, so that its bytes may show through.
    """
    b = ModelBuilder()
    x = b.input(shape, dtype, **quantized(dtype))
    before = b.relu(x, **quantized(dtype))
    many = b.tensor((shape[0], *(n // f for n, f in zip(shape[1:], block, strict=False)), shape[-1]), dtype,
                    **quantized(dtype))  # fmt: skip
    sizes = b.constant(np.array(block, np.int32))
    nothing = b.constant(np.zeros((len(block), 2), np.int32))
    b.operator("SPACE_TO_BATCH_ND", [before, sizes, nothing], [many])
    between = b.relu(many, **quantized(dtype))
    whole = b.tensor(shape, dtype, **quantized(dtype))
    b.operator("BATCH_TO_SPACE_ND", [between, sizes, nothing], [whole])
    b.output(b.relu(whole, **quantized(dtype)))
    return b.build()


@given(
    batch=st.integers(1, 2),
    sizes=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=2),
    channels=st.integers(1, 4),
    dtype=st.sampled_from(("int8", "float32")),
    preserve=st.booleans(),
    seed=SEEDS,
)
def test_bits_are_those_of_the_arena(
    batch: int, sizes: list[tuple[int, int]], channels: int, dtype: str, preserve: bool, seed: int
) -> None:
    block = tuple(factor for _, factor in sizes)
    shape = (batch, *(n * f for n, f in sizes), channels)
    model = left_out(shape, block, dtype)
    interpreter = Interpreter(model, library="tflm-reference", preserve_all_tensors=preserve)
    x = values(seed, shape, dtype)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    untold = untold_leftovers(interpreter.steps, interpreter.subgraph.inputs, interpreter.plan)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        interpreter.invoke()
    assert [str(one.message) for one in told] == list(untold)
    if not untold:
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert found.tobytes() == tflm(model, [x])[0].tobytes()


@given(
    large=st.tuples(st.integers(1, 7), st.integers(1, 6), st.integers(1, 6), st.integers(1, 3)),
    small=st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(1, 4)),
    block=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    before=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    dtype=st.sampled_from(("int8", "float32")),
)
def test_bytes_are_left_where_no_pixel_goes(
    large: tuple[int, int, int, int],
    small: tuple[int, int, int],
    block: tuple[int, int],
    before: tuple[int, int],
    dtype: str,
) -> None:
    """Whether there are more large images or small ones: byte by byte."""
    g = BatchSpaceGeometry(large, (*small, large[3]), block, before, dtype, gather=True)
    kept = np.ones((*large, g.item_bytes), bool)
    for there, _ in image_pairs(g, kept, np.empty((*small, large[3], g.item_bytes), bool)):
        there[...] = False
    found = np.zeros(kept.size, bool)
    for first, behind in g.unwritten:
        assert not found[max(0, first - 1) : behind].any()
        found[first:behind] = True
    if small[0] < g.images:
        assert (found == kept.ravel()).all()


def test_the_plan_decides_what_shows_through() -> None:
    model = left_out((1, 4, 4, 1), (2, 2), "int8")
    x = np.arange(16, dtype=np.int8).reshape(1, 4, 4, 1)
    interpreter = Interpreter(model, library="tflm-reference")
    assert not interpreter.overlaps
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert found.tobytes() == tflm(model, [x])[0].tobytes()
    assert interpreter.run_batch(np.stack([x[0]] * 3)).tobytes() == found.tobytes() * 3


def test_check_says_what_is_left_out_and_what_mends_it() -> None:
    report = check(left_out((1, 4, 4, 1), (2, 2), "int8"))
    assert report.verdict == "no"
    errors = [one for one in report.findings if one.severity == "error"]
    assert [one.rule for one in errors] == ["tflm-fault"] * 2
    assert "room for 1 of 4 images" in errors[0].cause
    assert "the input holds 1 of 4 images, and 12 of the output's 16 bytes keep what" in errors[1].cause
    for one in errors:
        assert one.remedy == "convert with a fixed batch of 1"
        assert "batch_shape=(1," in one.lines[0]


@pytest.mark.parametrize("kind", ["int8", "int8_floatio", "float32"])
def test_a_temporal_convolution(shared: Path, kind: str) -> None:
    """Made by Keras 3 with an open batch; with CMSIS-NN scratch shows through, so the reference's bits are
    given, and said to be no more."""
    model = (shared / f"models/converted/k3_conv1d_causal_dilated_tcn.{kind}.tflite").read_bytes()
    g = np.random.default_rng(1)
    for library in ("tflm-reference", "tflm-cmsis-nn"):
        interpreter = Interpreter(model, library=library)
        (detail,) = interpreter.get_input_details()
        x = g.integers(-128, 128, detail["shape"]).astype(np.int8)
        x = x if kind == "int8" else (x / np.float32(32))
        interpreter.set_tensor(detail["index"], x)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert found.tobytes() == tflm(model, [x])[0].tobytes()
        assert bool(interpreter.overlaps) == (library == "tflm-cmsis-nn" and kind != "float32")


def test_the_reason_is_a_fixed_word() -> None:
    assert Reason.OPEN_BATCH.value == "open-batch"
