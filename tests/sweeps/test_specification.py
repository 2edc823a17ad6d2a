"""What a spec may say, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from microinfer.errors import InputError, MicroinferError
from microinfer.sweeps import read_specification, specification_of

DIGITS = [{"zoo": "digits"}]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "key 'models': found None, expected names of models, files, or tables"),
        (
            {"models": ["digit"]},
            "models[0]: no model 'digit': no such file, and not in the zoo; did you mean",
        ),
        ({"models": ["sine", 3]}, "models[1]: found 3, expected the name of a model or file as text"),
        ({"models": ["*.none"]}, "models[0]: key 'files': '*.none' finds no file"),
        ({"models": []}, "key 'models'"),
        ({"models": DIGITS, "part": "x"}, "key 'part': unknown (did you mean 'parts'"),
        ({"models": DIGITS, "parts": [3]}, "key 'parts': found [3], expected text"),
        ({"models": DIGITS, "parts": "arduino-unno"}, "arduino-uno"),
        ({"models": DIGITS, "libraries": "cmsis"}, "cmsis"),
        ({"models": DIGITS, "parts": "arduino-uno", "libraries": "esp-nn"}, "none of tflm-esp-nn runs on"),
        ({"models": DIGITS, "builds": "O9"}, "O9"),
        ({"models": DIGITS, "releases": "1999"}, "1999"),
        ({"models": [{"zoo": "digit"}]}, "did you mean 'digits'"),
        ({"models": [{"zoo": "digits", "width": 2}]}, "models[0]: key 'width': does not go with 'zoo'"),
        ({"models": [{"architecture": "ds_cn"}]}, "did you mean 'ds_cnn'?"),
        ({"models": [{"architecture": "ds_cnn", "with": 2}]}, "did you mean 'width'"),
        ({"models": [{"zoo": "digits", "files": "x"}]}, "found files and zoo, expected one of"),
        ({"models": [{"files": "*.none"}]}, "'*.none' finds no file"),
        ({"models": [{"build": "none.py:build"}]}, "none.py: cannot be read: No such file"),
        ({"models": [{"build": "none_such_module:build"}]}, "no module 'none_such_module'"),
        ({"models": [{"build": "build"}]}, "expected file.py:function or module:function"),
        ({"models": DIGITS, "budgets": {"latency": "50"}}, "budgets.latency: '50' is no time"),
        ({"models": DIGITS, "budgets": {"latncy": "50ms"}}, "did you mean 'latency'"),
        ({"models": DIGITS, "budgets": {"accuracy": 90}}, "expected a share from 0 to 1"),
        ({"models": DIGITS, "data": "none.npz"}, "none.npz: cannot be read"),
        ({"models": DIGITS, "data": {"file": "zoo", "limits": 3}}, "did you mean 'limit'"),
        ({"models": DIGITS, "store": 3}, "key 'store'"),
    ],
)
def test_mistakes_are_named(table: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(MicroinferError) as caught:
        specification_of(table, folder=tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "function", "said"),
    [
        ("def build(n):\n    return b''\n", "biuld", "no function 'biuld' (did you mean 'build'?)"),
        ("def build(:\n", "build", "invalid syntax"),
        ("from os import *\n", "build", ""),
        ("from os import remove as build\n", "build", ""),
        ("build = make = len\n", "make", ""),
    ],
)
def test_a_function_that_is_not_there_is_told_before_anything_runs(
    text: str, function: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(text)
    told = ""
    try:
        specification_of({"models": [{"build": f"own.py:{function}"}]}, folder=tmp_path)
    except InputError as error:
        told = str(error)
    assert said in told
    assert bool(said) == bool(told)


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("models = [")
    with pytest.raises(InputError, match=r"s\.toml: cannot be read as TOML"):
        read_specification(tmp_path / "s.toml")
    with pytest.raises(InputError, match="no such file"):
        read_specification(tmp_path / "none.toml")


def test_a_model_is_named_by_text_alone(tmp_path: Path) -> None:
    """As every verb takes it: of the zoo, a file, a pattern; and one table needs no list around it."""
    for name in ("own.tflite", "digits"):
        (tmp_path / name).touch()

    def named(models: Any) -> list[tuple[str, str]]:
        found = specification_of({"models": models}, folder=tmp_path).candidates
        return [(one.kind, one.name) for one in found]

    several = ["digits", "./digits", "own.tflite", "*.tflite", "none/such.tflite"]
    files = [("file", name) for name in ("./digits", "own.tflite", "own.tflite", "none/such.tflite")]
    assert named(several) == [("zoo", "digits"), *files]
    assert named("sine") == named({"zoo": "sine"}) == [("zoo", "sine")]


def test_grids_are_every_combination(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("def build(config): return b''")
    models = [
        {"architecture": ["ds_cnn", "resnet_8"], "width": [0.5, 1], "depth": [1, 2, 3], "seed": 4},
        {"build": "b.py:build", "grid": {"a": [1, 2]}, "configs": [{"b": 1}, {"b": 2, "c": "x"}]},
    ]
    found = specification_of({"models": models, "parts": "cortex-m4"}, folder=tmp_path)
    names = [one.name for one in found.candidates]
    assert len(names) == len(set(names)) == 12 + 4
    assert names[0] == "ds_cnn(width=0.5, depth=1, seed=4)"
    assert names[-1] == "build(b=2, c=x, a=2)"
    assert len({one.recipe for one in found.candidates}) == 16


def test_one_setting_is_not_held_twice() -> None:
    """Of one part by two names, or of a build that is the part's own."""
    table = {
        "models": DIGITS,
        "parts": ["cortex-m4", "cortex-m4"],
        "libraries": ["cmsis-nn", "tflm-cmsis-nn"],
    }
    assert len(specification_of(table).settings) == 1
