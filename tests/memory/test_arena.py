"""The arena as a whole: plans of random graphs, the smallest arena, prescribed plans, bare-c."""

from __future__ import annotations

import re
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microinfer.builder import ModelBuilder
from microinfer.errors import ArenaError, FormatError, InputError
from microinfer.libraries.target import DEFAULT_TARGET, HOST_TARGET
from microinfer.memory.greedy import Buffer
from microinfer.memory.planning import plan_memory
from microinfer.model.align import align_up
from microinfer.model.offline import write_offline_plan
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.tflm_operators import CUSTOM_OPERATORS
from microinfer.view.arena import draw_terminal
from microinfer.view.arena_picture import draw_svg

from support.arena_trials import works
from support.graphs import random_graph, wide_graph
from support.kernel_rows import demand
from support.oracle import Interpreter, tflm
from support.single_operators import DRAWN, OPERATORS, drawn_model, model_of
from support.slow_planner import slow_place
from support.small_arenas import graphs, inputs_of, outputs, plan_of, small_model


@given(graphs, st.sampled_from(["tflm-reference", "tflm-cmsis-nn", "bare-c"]))
@settings(max_examples=60)
def test_no_two_live_buffers_overlap_in_random_graphs(data: bytes, library: str) -> None:
    plan = plan_of(data, library)
    for a in plan.buffers:
        for b in plan.buffers:
            if a is not b and a.first <= b.last and b.first <= a.last:
                assert a.offset + a.size <= b.offset or b.offset + b.size <= a.offset
    listed = [Buffer(b.size, b.first, b.last) for b in plan.buffers]
    if library != "bare-c":
        assert [b.offset for b in plan.buffers] == slow_place(listed, plan.alignment)
    assert plan.lower_bound_bytes <= plan.head_bytes
    assert plan.recommended_arena_bytes >= plan.arena_used_bytes


@given(graphs)
@settings(max_examples=25)
def test_the_arena_gives_the_bits_that_separate_arrays_give(data: bytes) -> None:
    inputs = inputs_of(data)
    packed = outputs(Interpreter(data), inputs)
    apart = outputs(Interpreter(data, preserve_all_tensors=True), inputs)
    for found, expected in zip(packed, apart, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn", "bare-c"])
def test_the_smallest_arena_works_and_a_byte_less_is_refused(library: str) -> None:
    data = small_model()
    plan = plan_of(data, library)
    needed = plan.min_arena_bytes
    Interpreter(data, library=library, arena_size=needed)
    with pytest.raises(ArenaError, match=r"missing: 1\. ") as caught:
        Interpreter(data, library=library, arena_size=needed - 1)
    assert caught.value.missing == 1
    largest = plan.tenants(plan.peak_scope)[0]
    assert f"{largest.label} ({largest.size})" in str(caught.value)


MORE = sorted(
    {
        *("ABS", "ARG_MIN", "BATCH_TO_SPACE_ND", "BROADCAST_TO", "CAST", "DEPTH_TO_SPACE", "ELU", "EQUAL"),
        *("FILL", "GATHER", "GREATER", "LESS_EQUAL", "SELECT_V2", "SHAPE", "SLICE", "SPACE_TO_BATCH_ND"),
        *("SPACE_TO_DEPTH", "SPLIT_V", "ZEROS_LIKE"),
    }
    | DRAWN
)
"""Operators that no truth file has."""

LINES = {
    "TfLiteEvalTensor data": "eval_tensor_data",
    "Persistent TfLiteTensor data": "persistent_tensor_data",
    "Persistent TfLiteTensor quantization data": "persistent_tensor_quant_data",
    "Persistent buffer data": "persistent_buffer_data",
    "TfLiteTensor variable buffer data": "tensor_variable_buffer_data",
    "NodeAndRegistration struct": "node_and_registration_array",
}


def one_operator(name: str) -> bytes:
    """Operators of which the truth files have no row, or whose Prepare is a case of its own."""
    builder = ModelBuilder(name)
    x = builder.input((1, 4, 1, 8), scale=0.1, zero_point=0)
    if name == "SQUEEZE":
        x = builder.squeeze(x, [0, 2])
    elif name == "EXPAND_DIMS":
        x = builder.expand_dims(x, 1)
    elif name == "PADV2":
        x = builder.padv2(x, [(0, 0), (1, 1), (0, 2), (0, 0)], -3)
    elif name == "BATCH_MATMUL":
        x = builder.batch_matmul(x, builder.input((1, 4, 8, 3), scale=0.1, zero_point=0), scale=0.1)
    elif name == "SOFTMAX":
        x = builder.softmax(builder.input((2, 5), "int16", scale=0.1))
    elif name == "QUANTIZE":
        x = builder.quantize(builder.dequantize(x), scale=0.2, zero_point=3)
    else:
        x = builder.maximum(builder.minimum(x, builder.hard_swish(builder.logistic(x), scale=0.1)), x)
    builder.output(x)
    return builder.build()


def weights_of_four_bits(operator: str) -> bytes:
    builder = ModelBuilder("int4")
    x = builder.input((1, 4, 4, 3), scale=0.05, zero_point=5)
    if operator == "FULLY_CONNECTED":
        x = builder.reshape(x, (1, 48))
    shape, made = {
        "CONV_2D": ((5, 3, 3, 3), (1, 4, 4, 5)),
        "DEPTHWISE_CONV_2D": ((1, 3, 3, 6), (1, 4, 4, 6)),
        "FULLY_CONNECTED": ((7, 48), (1, 7)),
    }[operator]
    weights = builder.constant(np.ones(shape, np.int8), 0.1, 0, dtype="int4")
    output = builder.tensor(made, "int8", 0.5, 0)
    window = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
    options = {"CONV_2D": window, "DEPTHWISE_CONV_2D": {**window, "depth_multiplier": 2}}.get(operator, {})
    builder.operator(operator, [x, weights], [output], options)
    builder.output(output)
    return builder.build()


@pytest.mark.parametrize(
    "data",
    [
        *(
            pytest.param(weights_of_four_bits(name), id=f"{name} by weights of 4 bits")
            for name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
        ),
        *(pytest.param(random_graph(seed, 4 + 6 * seed), id=f"graph {seed}") for seed in range(12)),
        *(
            pytest.param(one_operator(name), id=name)
            for name in ("SQUEEZE", "EXPAND_DIMS", "PADV2", "BATCH_MATMUL", "QUANTIZE", "SOFTMAX", "several")
        ),
        *(pytest.param(model_of(OPERATORS[name]), id=f"{name} alone") for name in MORE),
        *(
            pytest.param(drawn_model(name, seed), id=f"{name}, drawn from {seed}")
            for name in sorted(DRAWN - CUSTOM_OPERATORS.keys())
            for seed in range(3)
        ),
    ],
)
def test_a_64_bit_host_prints_the_same(data: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
    recording = plan_of(data, pointer_bytes=8).recording
    assert recording is not None
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
    capfd.readouterr()
    interpreter.print_allocations()
    printed = capfd.readouterr().err
    totals = [int(figure) for figure in re.findall(r"Arena allocation \w+ (\d+) bytes", printed)]
    assert totals == [recording.arena_used_bytes, recording.head, recording.tail]
    categories = dict.fromkeys(recording.categories, (0, 0, 0))
    pattern = r"'(.*?)' used (\d+) bytes .*?requested (\d+) bytes for (\d+)"
    for name, used, requested, count in re.findall(pattern, printed):
        categories[LINES[name]] = int(requested), int(used), int(count)
    assert categories == {n: (c.requested, c.used, c.count) for n, c in recording.categories.items()}


def test_a_prescribed_plan_is_honoured_as_tflite_micro_does() -> None:
    data = small_model()
    tensors = len(load(data).subgraphs[0].tensors)
    offsets = [-1] * tensors
    first = load(data).subgraphs[0].inputs[0]
    offsets[first] = 160
    written = write_offline_plan(data, offsets)
    plan = plan_of(written)
    assert plan.tensor_offsets[first] == 160
    assert [buffer.prescribed for buffer in plan.buffers].count(True) == 1
    assert plan.head_bytes > plan_of(data).head_bytes
    inputs = inputs_of(data)
    np.testing.assert_array_equal(outputs(Interpreter(written), inputs)[0], tflm(data, inputs)[0])
    recording = plan_of(written, pointer_bytes=8).recording
    assert recording is not None
    size = recording.min_arena_bytes
    assert works([(written, size), (written, size - 1)]) == [True, False]


def test_a_plan_is_written_over_an_older_one_and_keeps_other_metadata() -> None:
    data = small_model(mine=b"kept")
    tensors = len(load(data).subgraphs[0].tensors)
    once = write_offline_plan(data, [-1] * tensors)
    twice = write_offline_plan(once, [-1, *[32] * (tensors - 1)])
    metadata = load(twice).metadata
    assert metadata is not None
    assert bytes(metadata["mine"]) == b"kept"
    words = struct.unpack(f"<{3 + tensors}i", metadata["OfflineMemoryAllocation"])
    assert words == (1, 0, tensors, -1, *[32] * (tensors - 1))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\1\0\0\0", "has 4 bytes"),
        (
            struct.pack("<3i", 1, 0, 2),
            r"Nbr of offline buffer offsets \(2\) in metadata not equal nbr tensors",
        ),
        (struct.pack("<3i", 1, 0, 7), "holds 0 offsets, expected 7"),
        (struct.pack("<10i", 1, 0, 7, *[-7] * 7), "offset of tensor 0 is -7"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(content: bytes, message: str) -> None:
    data = small_model(OfflineMemoryAllocation=content)
    assert len(load(data).subgraphs[0].tensors) == 7
    with pytest.raises(FormatError, match=message):
        plan_of(data)


def test_bare_c_has_no_interpreter_and_aligns_as_the_part_does() -> None:
    data = small_model()
    arm, avr = plan_of(data, "bare-c", 4), plan_of(data, "bare-c", 2)
    assert (arm.alignment, avr.alignment) == (4, 1)
    assert arm.allocations == avr.allocations == ()
    assert arm.tail_bytes == avr.tail_bytes == 0
    assert avr.min_arena_bytes == avr.head_bytes == 64 + 48
    assert arm.min_arena_bytes == align_up(avr.min_arena_bytes, 4)


def test_unknown_operators_are_said_to_be_unknown() -> None:
    data = small_model()
    model = load(data)
    steps = prepare(model)
    assert demand("tflm-reference", "NO_SUCH_OPERATOR", steps[0].geometry, DEFAULT_TARGET) is None
    with pytest.raises(InputError, match="no kernel library 'tflm'"):
        plan_memory(model, steps, "tflm")
    with pytest.raises(InputError, match="pointer_bytes is 3"):
        plan_memory(model, steps, "tflm-reference", replace(DEFAULT_TARGET, pointer_bytes=3))
    with pytest.raises(InputError, match="no build for x86-64"):
        plan_memory(model, steps, "tflm-cmsis-nn", HOST_TARGET)


def test_the_smallest_arena_is_explained() -> None:
    small = plan_of(small_model())
    assert small.min_arena_bytes > small.arena_used_bytes + 16
    assert small.explain_smallest().startswith("while TFLM plans")
    large = plan_of(wide_graph(branches=2, size=512))
    assert "what is in use" in large.explain_smallest()
    assert "what is in use" in plan_of(small_model(), "bare-c").explain_smallest()


def test_every_plan_names_its_tflm_version() -> None:
    assert "90b983c2" in plan_of(small_model()).layout
    assert "32-bit Arm" in plan_of(small_model()).layout
    assert "x86-64" in plan_of(small_model(), pointer_bytes=8).layout


@given(graphs)
@settings(max_examples=15)
def test_drawings_show_every_operator_and_the_peak(data: bytes) -> None:
    plan = plan_of(data, "tflm-cmsis-nn")
    names = [step.name for step in prepare(load(data))]
    drawn = draw_terminal(plan, names, width=90)
    assert max(len(line) for line in drawn.splitlines()[: len(names) + 1]) <= 100
    assert drawn.count("<- peak") == 1
    for index, name in enumerate(names):
        assert re.search(rf"^ *{index} {name} ", drawn, re.MULTILINE)
    svg = draw_svg(plan, names, "a <model> & more")
    assert svg.startswith("<svg")
    assert "a &lt;model&gt; &amp; more" in svg
    assert svg.count("<title>") == 1 + len(plan.buffers)
