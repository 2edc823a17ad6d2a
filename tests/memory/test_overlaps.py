"""A plan in the file that lays buffers over one another: told with names, bytes and operator, and no yes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microinfer
from microinfer.builder import ModelBuilder
from microinfer.checks import check
from microinfer.memory.optimise import optimise
from microinfer.memory.overlaps import find_overlaps
from microinfer.memory.planning import plan_memory
from microinfer.model.offline import write_offline_plan
from microinfer.model.read import load
from microinfer.operators.prepare import prepare

from support.check_models import convolution, finish, image, sound
from support.oracle import tflm

SAFE = {"add_0", "logistic_0", "relu_0", "softmax_0", "softmax_16"}
"""Those in place, and those where a RESHAPE lies between: input and output are never alive at once."""
IN_PLACE = ("relu", "logistic", "tanh")


def planned(data: bytes, **offsets: int) -> bytes:
    """The model with offsets for the tensors named; the planner chooses the others'."""
    tensors = load(data).subgraphs[0].tensors
    return write_offline_plan(data, [offsets.get(tensor.name, -1) for tensor in tensors])


def unary(operator: str) -> bytes:
    b = ModelBuilder()
    x = image(b)
    return finish(b, getattr(b, operator)(x))


def names(data: bytes) -> tuple[str, str]:
    graph = load(data).subgraphs[0]
    return graph.tensors[graph.inputs[0]].name, graph.tensors[graph.outputs[0]].name


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_shared_cases(shared: Path, library: str) -> None:
    files = sorted((shared / "cases" / "41-offline-overlap").glob("*.tflite"))
    assert len(files) == 24
    for path in files:
        report = check(path, "cortex-m4", library)
        found = [finding for finding in report.findings if finding.rule == "offline-plan"]
        if path.stem in SAFE:
            assert (report.verdict, found) == ("yes", []), path.stem
            continue
        (finding,) = found
        model = load(path)
        graph = model.subgraphs[0]
        assert report.verdict == "no", path.stem
        assert finding.place.startswith("subgraphs[0].operators[")
        operator = graph.operators[int(finding.place.partition("operators[")[2][:-1])]
        for name in (graph.tensors[operator.inputs[0]].name, graph.tensors[operator.outputs[0]].name):
            assert repr(name) in finding.cause
        assert operator.name in finding.cause
        assert "bytes of" in finding.cause


@pytest.mark.parametrize("operator", IN_PLACE)
def test_in_place_is_silent_and_has_the_bits_of_tflm(operator: str) -> None:
    data = unary(operator)
    x, y = names(data)
    over = planned(data, **{x: 0, y: 0})
    assert check(over).verdict == "yes"
    values = np.random.default_rng(1).integers(-128, 128, (1, 8, 8, 4)).astype(np.int8)
    interpreter = microinfer.Interpreter(over, release="2026-10")
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    (wanted,) = tflm(over, [values])
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("operator", IN_PLACE)
@pytest.mark.parametrize("shift", [16, 64, 255])
def test_shifted_is_told_with_the_bytes(operator: str, shift: int) -> None:
    data = unary(operator)
    x, y = names(data)
    (finding,) = (f for f in check(planned(data, **{x: 0, y: shift})).findings if f.rule == "offline-plan")
    assert f"over {256 - shift:,} bytes of {x!r}" in finding.cause
    assert not [f for f in check(planned(data, **{x: 0, y: 256})).findings if f.rule == "offline-plan"]


def test_names_that_are_cut_show_it() -> None:
    b = ModelBuilder()
    x = b.input((1, 64), scale=0.1, zero_point=0, name="in;of;layers")
    b.output(b.relu(x, name="out;of;layers"))
    data = b.build()
    over = planned(data, **{"in;of;layers": 0, "out;of;layers": 16})
    (finding,) = (f for f in check(over).findings if f.rule == "offline-plan")
    assert "'in…'" in finding.cause
    assert "'out…'" in finding.cause


def test_an_input_that_is_needed_later_is_not_in_place() -> None:
    b = ModelBuilder()
    x = image(b)
    y = b.relu(x)
    data = finish(b, b.add(x, y, scale=0.1, zero_point=0))
    one, _ = names(data)
    over = planned(data, **{one: 0, "relu_0": 0})
    assert [f.rule for f in check(over).findings if f.severity == "error"] == ["offline-plan"]


def test_run_says_that_the_bits_cannot_be_told() -> None:
    b = ModelBuilder()
    data = finish(b, convolution(b, image(b)))
    x, y = names(data)
    interpreter = microinfer.Interpreter(planned(data, **{x: 0, y: 0}))
    with pytest.warns(UserWarning, match="the bits of the device cannot be told"):
        interpreter.invoke()
    report = interpreter.report()
    assert any("cannot be told" in said for said in report.warnings)
    assert report.memory.verdict == "no"
    assert any("CONV_2D" in said for said in report.memory.shortfalls)


@given(st.integers(2, 5), st.booleans())
def test_our_own_plans_never_overlap(layers: int, cmsis: bool) -> None:
    library = "tflm-cmsis-nn" if cmsis else "tflm-reference"
    model = load(sound(hidden=layers))
    steps = prepare(model)
    assert not find_overlaps(model, plan_memory(model, steps, library))
    better = optimise(model, steps, library)
    assert not find_overlaps(load(better.data), better.plan)
