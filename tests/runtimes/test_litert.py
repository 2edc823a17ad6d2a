"""LiteRT in a process of its own: every tensor of a model as an output, and a crash that is only told of."""

from __future__ import annotations

from pathlib import Path

import pytest

import microinfer
from microinfer import zoo
from microinfer.difference import diff
from microinfer.model.read import load
from microinfer.runtimes.exposure import expose


def test_exposed_models_have_every_tensor_as_an_output() -> None:
    model = load(zoo.load("digits"))
    data, indices = expose(model)
    again = load(data).subgraphs[0]
    assert again.outputs == indices
    assert indices[: len(model.subgraphs[0].outputs)] == model.subgraphs[0].outputs
    assert set(indices) == {i for operator in model.subgraphs[0].operators for i in operator.outputs}
    own = microinfer.Interpreter(data, preserve_all_tensors=True)
    own.set_tensor(own.get_input_details()[0]["index"], zoo.sample("digits"))
    own.invoke()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.abort()", "LiteRT crashes on this model (SIGABRT)"),
        ("import sys; sys.exit(7)", "LiteRT crashes on this model (exit code 7)"),
    ],
)
def test_litert_may_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, said: str) -> None:
    package = tmp_path / "ai_edge_litert"
    package.mkdir()
    (package / "__init__.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert diff(zoo.load("digits"), runtimes=("litert",), samples=2).runtimes[0].refused == said


def test_a_model_that_crashes_litert(shared: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="LiteRT is an extra")
    model = (shared / "models" / "keyword_scrambled_8bit.tflite").read_bytes()
    found = {row.runtime: row for row in diff(model, samples=3).runtimes}
    assert found["single-rounding"].samples == 3
    assert not found["single-rounding"].refused
