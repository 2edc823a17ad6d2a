"""The public names and signatures, which nobody changes by the way; all verbs speak with one voice."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microinfer
from microinfer import zoo
from microinfer.words.result import Result

from support.public_api import public_api

VERBS = ("battery", "check", "compare", "diff", "export", "plan", "report", "sweep", "validate")
FROZEN = Path(__file__).with_name("public_api.txt")


def test_names_and_signatures_are_frozen() -> None:
    """Changed on purpose? `python tests/support/public_api.py > tests/house/public_api.txt`."""
    program = [sys.executable, public_api.__code__.co_filename]  # running a model makes methods built-in ones
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    assert done.stdout == FROZEN.read_text(encoding="utf-8")


def test_tab_shows_the_public_names_and_nothing_else() -> None:
    program = "import microinfer; print(*dir(microinfer)); microinfer.check; print(*dir(microinfer))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, after = (line.split() for line in done.stdout.splitlines())
    assert before == after == sorted(microinfer.__all__)
    for name in microinfer.__all__:
        value = getattr(microinfer, name)
        assert value.__doc__, f"{name} has no docstring"


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_begin_alike(verb: str) -> None:
    parameters = inspect.signature(getattr(microinfer, verb)).parameters
    assert list(parameters)[:4] == ["model", "part", "library", "release"]
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in list(parameters.values())[4:])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("files")
    board = "nucleo-l4r5zi"
    interpreter = microinfer.Interpreter(zoo.load("sine"))
    return {
        "battery": microinfer.battery("sine", board, rate="10/min", cell=["cr2032", "2xAA"], min_life="30d"),
        "check": microinfer.check("sine", board, max_arena="16k", max_latency="50ms"),
        "compare": microinfer.compare("sine", ["cortex-m4", "arduino-uno"], "all"),
        "diff": microinfer.diff("sine", board, runtime="single-rounding", samples=3),
        "export": microinfer.export("sine", output=folder / "sketch"),
        "plan": microinfer.plan("sine", board, arena_size="16k", fold=True, optimise=True),
        "report": microinfer.report("sine", board, output=folder / "page.html"),
        "run": interpreter.report(),
        "sweep": microinfer.sweep("sine", board, store=folder / "rows.sqlite"),
        "validate": microinfer.validate("sine", board, limit=20, layers=2),
    }


def test_every_result_speaks_alike(results: dict[str, Result]) -> None:
    for name, result in results.items():
        assert type(result).schema == f"microinfer.{name}/1", name
        content = result.to_dict()
        assert content["schema"] == type(result).schema
        assert json.loads(result.to_json()) == content, name
        for key in content.keys() & {*dir(result)}:
            assert isinstance(content[key], bool) == isinstance(getattr(result, key), bool), (name, key)
        text = repr(result)
        assert text.startswith(f"<{type(result).__name__} "), name
        assert len(text.splitlines()) <= 20, f"{name}: {text}"
        assert len(text) < 2000
        shown = result._repr_html_()
        assert shown.startswith("<table>"), name
        assert "<td>" in shown, name


def test_a_model_is_a_path_bytes_a_model_or_a_name(tmp_path: Path) -> None:
    path = tmp_path / "sine.tflite"
    data = zoo.load("sine")
    path.write_bytes(data)
    sources: list[Any] = ["sine", path, str(path), data, bytearray(data), microinfer.load(data)]
    for source in sources:
        for part in ("cortex-m4", microinfer.load_profile("cortex-m4")):
            assert microinfer.check(source, part, "tflm-reference").verdict == "yes"
            assert microinfer.plan(source, part, "tflm-reference").memory.fits
    assert {microinfer.Interpreter(source).model.sha256 for source in sources} == {
        microinfer.load(data).sha256
    }
    with pytest.raises(microinfer.InputError, match="did you mean 'sine'"):
        microinfer.plan("sone")
    with pytest.raises(microinfer.InputError, match="did you mean 'sine'"):
        microinfer.Interpreter("sone")


def test_amounts_are_numbers_or_text() -> None:
    for size in ("2k", 2048):
        assert microinfer.check("sine", max_arena=size).verdict == microinfer.check("sine").verdict
        assert microinfer.plan("sine", arena_size=size).memory.arena_bytes == 2048
        assert microinfer.Interpreter("sine", arena_size=size).arena_size == 2048
    for time in ("1us", 1e-6):
        assert microinfer.check("sine", max_latency=time).verdict == "no"
    with pytest.raises(microinfer.InputError, match="max_arena: 'much' is no size"):
        microinfer.check("sine", max_arena="much")
    lasts = [microinfer.battery("sine", "nucleo-l4r5zi", sleep=sleep).to_dict() for sleep in ("5uA", 5e-6)]
    assert lasts[0]["cells"][0]["hours"] == pytest.approx(lasts[1]["cells"][0]["hours"])


def test_a_damaged_file_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "broken.tflite"
    path.write_bytes(b"no model")
    for source in (path, str(path), b"no model"):
        assert microinfer.check(source).verdict == "unreadable"


def test_golden_inputs_are_arrays_or_a_file(tmp_path: Path) -> None:
    x = np.array([[1.5]], np.float32)
    np.save(tmp_path / "x.npy", x)
    files = []
    for number, inputs in enumerate((x, [x], {0: x}, tmp_path / "x.npy", os.fspath(tmp_path / "x.npy"))):
        made = microinfer.export("sine", format="npz", output=tmp_path / str(number), inputs=inputs)
        content = json.loads((made.directory / "tensors.json").read_text())
        files.append([tensor["crc32"] for tensor in content["tensors"]])
    assert all(file == files[0] for file in files)


def test_importing_the_package_loads_next_to_nothing() -> None:
    """Under 30 ms on any computer: the errors, the version, and of the standard library what they ask."""
    program = (
        "import sys; before = set(sys.modules); import microinfer; new = set(sys.modules) - before\n"
        "print(*sorted(new))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    new = set(done.stdout.split())
    own = {name for name in new if name.split(".")[0] == "microinfer"}
    assert own == {"microinfer", "microinfer.errors", "microinfer.words", "microinfer.words.version"}
    assert not {"numpy", "dataclasses", "inspect", "click", "json"} & new
