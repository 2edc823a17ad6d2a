"""What is computed before the program is written gives TFLM's bits: in C, on an ATmega328P, in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from microinfer.builder import Handle, ModelBuilder
from microinfer.builder.folded_file import write_folded
from microinfer.checks import check
from microinfer.cli import main
from microinfer.libraries.library import as_run
from microinfer.model.read import load
from microinfer.operators.folding import fold
from microinfer.operators.spec import resolve
from microinfer.parts.profile import load_profile
from microinfer.run.batched_model import widen

from conftest import EXAMPLES
from support.firmware import KERNELS, emulate, exported, host, random_inputs, run, simavr, stream
from support.open_network import network
from support.oracle import Interpreter, tflm

CHAIN = ["SHAPE", "STRIDED_SLICE", "PACK"]


def names(model: Any) -> list[str]:
    return [operator.name for operator in model.subgraphs[0].operators]


def by_tflm(data: bytes, inputs: list[list[NDArray[Any]]]) -> bytes:
    return b"".join(array.tobytes() for values in inputs for array in tflm(data, values))


def test_an_open_batch_runs_on_bare_c(tmp_path: Path) -> None:
    """The commonest network of Keras: C on this computer, and on an ATmega328P, with TFLM's bits."""
    data = network()
    model = load(data)
    assert [name for name in names(model) if name not in names(fold(model))] == CHAIN
    inputs = random_inputs(data, np.random.default_rng(0), count=5)
    wanted = by_tflm(data, inputs)
    assert emulate(data, inputs) == wanted
    program = host(tmp_path / "host").build(exported(data, tmp_path / "project"))
    assert run([str(program), "-"], input=stream(inputs)) == wanted
    assert check(data, "atmega328p").verdict == "yes"


def test_simavr(tmp_path: Path) -> None:
    data = network()
    inputs = random_inputs(data, np.random.default_rng(1), count=2)
    firmware = simavr().Toolchain(tmp_path / "avr", KERNELS).build(exported(data, tmp_path / "project"))
    assert firmware.run(stream(inputs)).outputs == by_tflm(data, inputs)


def test_the_file_without_them_has_the_same_bits() -> None:
    data = network()
    written = write_folded(load(data))
    model = load(written)
    assert names(model) == names(fold(load(data)))
    assert [code for code, _ in model.operator_codes] == list(dict.fromkeys(names(model)))
    inputs = random_inputs(data, np.random.default_rng(2), count=5)
    assert by_tflm(written, inputs) == by_tflm(data, inputs)
    assert write_folded(model) == written
    before, after = Interpreter(data).plan, Interpreter(written).plan
    assert after.arena_used_bytes < before.arena_used_bytes
    batch = np.concatenate([values[0] for values in inputs])
    np.testing.assert_array_equal(
        Interpreter(data).run_batch(batch), Interpreter(data, "atmega328p").run_batch(batch)
    )


def test_operators_keep_their_places_and_tflm_its_graph() -> None:
    model = load(network())
    folded = fold(model)
    assert [operator.index for operator in folded.subgraphs[0].operators] == [0, 4, 5, 6]
    assert [operator.place for operator in folded.subgraphs[0].operators][1] == "subgraphs[0].operators[4]"
    assert fold(folded) is folded
    assert as_run(folded, "tflm-cmsis-nn") is model
    assert as_run(model, "tflm-reference") is model
    assert names(as_run(model, "bare-c")) == names(folded)
    uno = Interpreter(model, "atmega328p")
    assert [step.index for step in uno.steps] == [0, 4, 5, 6]
    assert Interpreter(uno.model, "cortex-m4").operators == Interpreter(model, "cortex-m4").operators
    assert widen(uno.model, uno.steps, 3) is not None


@pytest.mark.parametrize(
    "command",
    [
        ["run"],
        ["check"],
        ["plan"],
        ["compare"],
        ["report"],
        ["battery", "--rate", "1/min"],
        ["trace"],
        ["export"],
    ],
)
def test_every_command_takes_it_to_an_uno(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "open.tflite"
    path.write_bytes(network())
    arguments = [command[0], str(path), "-p", "arduino-uno", *command[1:]]
    if command[0] in ("report", "trace", "export"):
        arguments += ["-o", str(tmp_path / "made")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output + str(done.exception)


def test_boards_side_by_side_see_their_own_graph(tmp_path: Path) -> None:
    path = tmp_path / "open.tflite"
    path.write_bytes(network())
    done = CliRunner().invoke(
        main, ["compare", str(path), "-p", "cortex-m4", "-p", "atmega328p", "--library", "all", "--json"]
    )
    rows = json.loads(done.stdout)["rows"]
    alone = check(network(), load_profile("cortex-m4"), "tflm-reference")
    cycles = {(row["profile"], row["library"]): row["arena_bytes"] for row in rows}
    assert cycles["cortex-m4", "tflm-reference"] == next(
        found.value for found in alone.measures if found.name == "arena"
    )
    assert cycles["atmega328p", "bare-c"] == Interpreter(network(), "atmega328p").plan.min_arena_bytes


def test_an_output_of_the_model_stays() -> None:
    b = ModelBuilder()
    x = b.input((2, 3), scale=0.1)
    b.output(b.shape(x))
    b.output(b.relu(x))
    model = load(b.build())
    assert fold(model) is model
    assert write_folded(model) == bytes(model.data)


KINDS = ("slice", "part", "pack", "join", "add", "mul", "sub", "grow", "shape")


def _chain(data: st.DataObject) -> ModelBuilder:
    """Random integer arithmetic on a shape, added to an input."""
    b = ModelBuilder()
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    x = b.input(tuple(sizes), scale=0.5)
    values: list[Handle] = [b.shape(x)]
    for _ in range(data.draw(st.integers(1, 7))):
        value = data.draw(st.sampled_from(values))
        kind = data.draw(
            st.sampled_from(("slice", "part", "pack", "join", "add", "mul", "sub", "grow", "shape"))
        )
        length = value.shape[0] if value.shape else 0
        if kind == "slice" and len(value.shape) == 1:
            at = data.draw(st.integers(0, length - 1))
            values.append(b.strided_slice(value, [at], [at + 1], shrink_axis_mask=1))
        elif kind == "part" and length > 1 and len(value.shape) == 1:
            step = data.draw(st.sampled_from((1, 2, -1)))
            ends = ([0], [length]) if step > 0 else ([length - 1], [0])
            values.append(b.strided_slice(value, *ends, [step]))
        elif kind == "pack":
            alike = [other for other in values if other.shape == value.shape and len(other.shape) < 2]
            values.append(b.pack([value, data.draw(st.sampled_from(alike or [value]))], 0))
        elif kind == "join" and len(value.shape) == 1:
            values.append(b.concatenation([value, b.constant(np.array([3, -7], np.int32))], 0))
        elif kind in ("add", "mul", "sub"):
            other = data.draw(st.sampled_from([other for other in values if other.shape == value.shape]))
            y = b.tensor(value.shape, "int32")
            b.operator(kind.upper(), [value, other], [y])
            values.append(y)
        elif kind == "grow" and len(value.shape) < 3:
            values.append(b.reshape(value, (1, *value.shape)))
        elif kind == "shape" and value.shape:
            values.append(b.shape(value))
    last = data.draw(st.sampled_from(values))
    z = b.input(last.shape or (1,), "int32")
    y = b.tensor(last.shape or (1,), "int32")
    b.operator("ADD", [z, last], [y])
    b.output(y)
    b.output(b.relu(x))
    return b


@given(data=st.data())
def test_arithmetic_on_shapes_is_tflms(data: st.DataObject) -> None:
    model = _chain(data).build()
    written = write_folded(load(model))
    assert names(load(written)) == ["ADD", "RELU"]
    shapes = [load(model).subgraphs[0].tensors[index].shape for index in load(model).subgraphs[0].inputs]
    x, z = np.zeros(shapes[0], np.int8), np.arange(np.prod(shapes[1]), dtype=np.int32).reshape(shapes[1])
    np.testing.assert_array_equal(tflm(model, [x, z], outputs=2)[0], tflm(written, [x, z], outputs=2)[0])


def test_a_file_that_was_converted_is_folded(shared: Path) -> None:
    """Converted models: TFLM computes the same from the file as it is and as it is written."""
    paths = sorted((shared / "models/converted").glob("k3_*.int16x8.tflite"))[: max(2, EXAMPLES // 20)]
    assert paths
    for path in paths:
        model = load(path)
        if not any(name == "SHAPE" for name in names(model)):
            continue
        written = write_folded(model)
        assert "SHAPE" not in names(load(written)), path.name
        inputs = random_inputs_of(model)
        for left, right in zip(tflm(bytes(model.data), inputs), tflm(written, inputs), strict=True):
            np.testing.assert_array_equal(left, right, path.name)


def random_inputs_of(model: Any) -> list[NDArray[Any]]:
    generator = np.random.default_rng(3)
    graph = model.subgraphs[0]
    assert all(resolve(graph, operator) for operator in graph.operators)
    made = []
    for index in graph.inputs:
        tensor = graph.tensors[index]
        if tensor.dtype == "float32":
            made.append(generator.random(tensor.shape, np.float32))
        else:
            limits = np.iinfo(tensor.dtype)
            made.append(generator.integers(limits.min, limits.max, tensor.shape, tensor.dtype))
    return made
