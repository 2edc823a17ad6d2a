"""What is read of a data file's part is what the whole file says of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from microinfer.libraries import code_size
from microinfer.libraries.code_size import CodeSize
from microinfer.words.data_folder import data_file
from microinfer.words.toml_sections import parse_sections

FILES = sorted(data_file("memory").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_all_sections_are_the_file(path: Path) -> None:
    assert parse_sections(path, lambda heading, text: True) == tomllib.loads(path.read_text("utf-8"))


def test_chosen_ones(tmp_path: Path) -> None:
    path = tmp_path / "data.toml"
    path.write_text('top = 1\n[a]\nx = [\n    1,\n]\n[a.b]\ny = 2\n[[c]]\nz = "d"\n[[c]]\nz = "e"\n', "utf-8")
    assert parse_sections(path, lambda heading, _: heading == "[a]") == {"top": 1, "a": {"x": [1]}}
    assert parse_sections(path, lambda _, text: '"e"' in text) == {"top": 1, "c": [{"z": "e"}]}
    assert parse_sections(path, lambda heading, _: heading == "[a.b]" and "[a.b]\ny = 3\n") == {
        "top": 1,
        "a": {"b": {"y": 3}},
    }


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
def test_code_sizes_are_those_of_the_whole_table(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: dict[str, Any] = tomllib.loads(data_file("memory", f"code-size.{library}.toml").read_text("utf-8"))
    names = [*whole["alone"], "NO_SUCH_OPERATOR"]
    sets = [[name] for name in names] + [names[at : at + 7] for at in range(0, len(names), 3)] + [[], names]

    def sizes() -> list[CodeSize | None]:
        return [code_size.code_size(library, "cortex-m4", chosen) for chosen in sets]

    of_parts = sizes()
    monkeypatch.setattr(code_size, "_table", lambda library, operators: whole)
    assert of_parts == sizes()
