"""Figures for Model Explorer and metadata for Netron: the report's, and a file that computes the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import microinfer
from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.cli import main
from microinfer.model.metadata import with_metadata
from microinfer.model.read import load
from microinfer.parts.profile import load_profile
from microinfer.reports.run_figures import make_report
from microinfer.run.inputs import set_inputs
from microinfer.run.patterns import pattern
from microinfer.view.annotated_file import LONGEST, metadata_texts
from microinfer.view.graph_viewers import Annotated, annotated
from microinfer.view.node_data import FLATBUFFER


def made_of(model: bytes, profile: str = "nucleo-l4r5zi", library: str | None = None) -> Annotated:
    give = lambda interpreter: set_inputs(interpreter, None)  # noqa: E731
    return annotated(load(model), load_profile(profile), library, None, give)


def ran(model: bytes, profile: str = "nucleo-l4r5zi") -> microinfer.Interpreter:
    interpreter = microinfer.Interpreter(model, profile)
    set_inputs(interpreter, None)
    interpreter.invoke(record=True)
    return interpreter


@pytest.mark.parametrize("name", ["digits", "ds_cnn", "resnet_8"])
def test_nodes_have_the_report_s_figures(name: str) -> None:
    model = zoo.load(name)
    interpreter = ran(model)
    report = make_report(interpreter)
    files = {file: json.loads(text) for file, text in made_of(model).files.items()}
    assert files.keys() == {"cycles.json", "arena_bytes.json", "weight_bytes.json", "sqnr_db.json"}
    subgraph = load(model).subgraphs[0]
    nodes = {operator.index: subgraph.tensors[operator.outputs[0]].name for operator in subgraph.operators}
    for content in files.values():
        assert content.keys() == {"name", "results", "gradient"}
        assert [stop["stop"] for stop in content["gradient"]] == [0, 0.5, 1]
        assert content["results"].keys() <= set(nodes.values())
    values = {
        file: {key: one["value"] for key, one in said["results"].items()} for file, said in files.items()
    }
    assert values["cycles.json"] == {nodes[one.index]: one.cycles for one in report.operators}
    plan = interpreter.plan
    assert max(values["arena_bytes.json"].values()) == max(said.live_bytes for said in plan.occupancy)
    for operator in subgraph.operators:
        constants = {i for i in operator.inputs if i >= 0 and subgraph.tensors[i].is_constant}
        size = sum(subgraph.tensors[index].size_bytes for index in constants)
        assert values["weight_bytes.json"][nodes[operator.index]] == size


def test_tensors_of_one_name_leave_numbers() -> None:
    """Which one of Model Explorer's readers has as ids, unless a tensor is called by one, too."""
    for names, nodes in (
        (("a", "a", "b"), ["0", "1", "2"]),
        (("a", "0", "2"), ["1"]),
        (("a", "c", "b"), ["a", "c", "b"]),
    ):
        builder = ModelBuilder("names")
        x = builder.input((1, 4), scale=0.1, zero_point=0, name="x")
        for name in names:
            x = builder.relu(x, name=name)
        builder.output(x)
        content = json.loads(made_of(builder.build()).files["cycles.json"])
        assert list(content["results"]) == nodes
        assert content["name"].endswith(FLATBUFFER) == nodes[0].isdecimal()


def test_what_is_not_known_is_left_out() -> None:
    """No price, no run, no numbers that could not be written."""
    builder = ModelBuilder("alone")
    builder.output(builder.relu(builder.input((1, 4), "float32")))
    files = made_of(builder.build()).files
    assert "sqnr_db.json" not in files
    unknown = made_of(zoo.load("streaming_keyword"), "cortex-m7")
    for text in unknown.files.values():
        assert json.loads(text)["results"]


def test_folded_graphs_keep_the_file_s_numbers(shared: Path) -> None:
    """Node numbers are those of the file, whatever is computed before: a program that has no shapes at run
    time leaves operators out."""
    found = sorted((shared / "models" / "converted").rglob("*.tflite"))[:40]
    for path in found:
        model = load(path)
        subgraph = model.subgraphs[0]
        nodes = {subgraph.tensors[operator.outputs[0]].name for operator in subgraph.operators}
        nodes |= {str(operator.index) for operator in subgraph.operators}
        for library, profile in (("bare-c", "cortex-m4"), (None, "cortex-m4")):
            for text in made_of(bytes(model.data), profile, library).files.values():
                assert json.loads(text)["results"].keys() <= nodes, path


@pytest.mark.parametrize("name", ["digits", "ds_cnn", "streaming_keyword", "wake_word"])
def test_the_copy_for_netron_is_the_model(name: str) -> None:
    model = zoo.load(name)
    made = made_of(model)
    copy = load(made.copy)
    texts = {key: bytes(value).decode("ascii") for key, value in (copy.metadata or {}).items()}
    ours = {key: text for key, text in texts.items() if key.startswith("microinfer ")}
    assert ours == metadata_texts(make_report(ran(model)))
    assert all(0 < len(text) <= LONGEST and text.isprintable() for text in ours.values())
    old = load(model).metadata or {}
    assert {key: bytes(value) for key, value in old.items()} == {
        key: bytes(value) for key, value in (copy.metadata or {}).items() if key not in ours
    }
    both = [microinfer.Interpreter(data, "cortex-m4") for data in (model, made.copy)]
    for interpreter in both:
        for detail in interpreter.get_input_details():
            shape = tuple(int(size) for size in detail["shape"])
            interpreter.set_tensor(detail["index"], pattern(1, shape, np.dtype(detail["dtype"]).name))
        interpreter.invoke(record=True)
    assert both[0].recorded_crc32 == both[1].recorded_crc32
    assert ran(made.copy).plan.min_arena_bytes == ran(model).plan.min_arena_bytes
    assert made_of(made.copy, "cortex-m7").copy.count(b"microinfer verdict") == 2, "the old bytes and the new"
    assert len(load(made_of(made.copy, "cortex-m7").copy).metadata or {}) == len(texts)


def test_tflm_runs_the_copy(digits_answer: np.ndarray) -> None:
    tflm = pytest.importorskip("tflite_micro", reason="tflite-micro is not installed")
    oracle = tflm.runtime.Interpreter.from_bytes(made_of(zoo.load("digits")).copy)
    oracle.set_input(zoo.sample("digits"), 0)
    oracle.invoke()
    assert np.array_equal(oracle.get_output(0), digits_answer)


@pytest.fixture
def digits_answer() -> np.ndarray:
    interpreter = ran(zoo.load("digits"))
    return np.asarray(interpreter.get_tensor(interpreter.subgraph.outputs[0]))


def test_texts_are_short_and_plain() -> None:
    builder = ModelBuilder("deep")
    x = builder.input((1, 64, 64, 8), scale=0.1, zero_point=0)
    for _ in range(6):
        x = builder.relu(x)
    builder.output(x)
    for profile in ("arduino-uno", "esp32", "cortex-m4"):
        for text in metadata_texts(make_report(ran(builder.build(), profile))).values():
            assert text.isascii()
            assert 0 < len(text) <= LONGEST


def test_metadata_of_the_same_name_are_replaced() -> None:
    once = with_metadata(zoo.load("digits"), {"a": b"1", "b": b"2"})
    twice = load(with_metadata(once, {"b": b"3", "c": b""})).metadata or {}
    assert [bytes(twice[name]) for name in "abc"] == [b"1", b"3", b""]


def test_the_command(tmp_path: Path) -> None:
    def call(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, ["report", "digits", "-p", "nucleo-l4r5zi", *words])
        return done.exit_code, done.stdout, done.stderr

    folder, copy = tmp_path / "nodes", tmp_path / "copy.tflite"
    code, said, _ = call("--format", "model-explorer", "-o", str(folder))
    assert (code, len(list(folder.iterdir()))) == (0, 4)
    assert "4 files" in said
    assert call("--format", "model-explorer", "-o", str(folder))[0] == 2, "nothing is replaced"
    assert call("--format", "model-explorer", "-o", str(folder), "--force")[0] == 0
    assert call("--format", "model-explorer", "-o", "-")[0] == 2
    code, said, _ = call("--format", "netron", "-o", str(copy), "--json")
    assert code == 0
    assert json.loads(said)["bytes"] == copy.stat().st_size
    small = CliRunner().invoke(
        main, ["report", "ds_cnn", "-p", "arduino-uno", "--format", "netron", "-o", str(copy), "--force"]
    )
    assert small.exit_code == 1
    assert "Does not fit" in small.stderr
    assert call("--format", "netron", "-o", str(tmp_path / "no" / "where"))[0] == 2
