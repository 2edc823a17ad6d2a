"""The package is whole: what is on disk is what is declared, shipped and exported."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest

import microinfer

from support.import_graph import ROOMS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def test_packages_are_the_folders(project: dict[str, dict[str, dict[str, list[str]]]]) -> None:
    declared = set(project["tool"]["setuptools"]["packages"])
    roots = [(ROOT / "src/microinfer", "microinfer"), (ROOT / "kernels", "microinfer.kernels")]
    roots.append((ROOT / "profiles", "microinfer.profiles"))
    found = {
        ".".join((name, *init.parent.relative_to(root).parts))
        for root, name in roots
        for init in root.rglob("__init__.py")
    }
    assert declared == found


BESIDE_ROOMS = {"gallery", "golden", "house", "kernels", "schemas", "support", "truth"}
"""Folders of tests that are no room's: whole networks, recorded data, the house, the kernels, helpers."""


def test_tests_mirror_the_rooms() -> None:
    """Each room has a folder of tests; helpers are in one package."""
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name[0].isalpha()}
    assert folders - BESIDE_ROOMS == {*ROOMS}
    for room in ROOMS:
        assert list((ROOT / "tests" / room).glob("test_*.py")), room
    helpers = {
        path.parent.relative_to(ROOT / "tests").as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if not path.name.startswith("test_") and path.name != "conftest.py"
    }
    assert helpers == {"support"}


def test_runtime_dependencies_are_few(project: dict[str, dict[str, list[str]]]) -> None:
    names = {requirement.split(">")[0] for requirement in project["project"]["dependencies"]}
    assert names == {"numpy", "numba", "flatbuffers", "click", "rich", "jinja2"}


def test_addresses_lead_to_what_is_in_the_tree(project: dict[str, dict[str, dict[str, str]]]) -> None:
    """And to no account on a host that might be somebody else's."""
    urls = project["project"]["urls"]
    assert {"Repository", "Documentation", "Changelog", "Issues", "Security"} == set(urls)
    assert all((ROOT / place).exists() for place in urls.values())
    written = [ROOT / "pyproject.toml", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    assert not [path for path in written if "OWNER" in path.read_text(encoding="utf-8")]


def test_every_exported_name_exists() -> None:
    for name in microinfer.__all__:
        assert getattr(microinfer, name) is not None
    assert set(microinfer.__all__) <= set(dir(microinfer))
    with pytest.raises(AttributeError, match="Interpreterr"):
        microinfer.Interpreterr  # noqa: B018


def test_data_files_are_installed() -> None:
    profiles = Path(next(iter(importlib.import_module("microinfer.profiles").__path__)))
    assert (profiles / "atmega328p.toml").is_file()
    assert list((profiles / "costs").glob("*.toml"))
    assert (Path(microinfer.__file__).parent / "py.typed").is_file()
    installed = {path.name for path in (Path(microinfer.__file__).parent / "zoo/data").iterdir()}
    assert {path.name for path in (ROOT / "src/microinfer/zoo/data").iterdir()} <= installed
