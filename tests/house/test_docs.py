"""Every command, every piece of Python and every link in the README and in docs/ works, and prints what is
shown."""

from __future__ import annotations

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from microinfer.cli import COMMANDS

from support.documents import Command, furnish, refreshed, run, stale

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=IDS)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`(microinfer [^`]+)`")
PLACE = re.compile(r"`((?:benchmarks|docs|kernels|profiles|src|tests|training)/[\w./-]+)`")


def code_removed(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@EVERY_PAGE
@pytest.mark.skipif(shutil.which("bash") is None, reason="some commands are for a shell")
def test_commands_and_code(page: Path, tmp_path: Path) -> None:
    """They run, and print what the page says; the oracles that some of them ask exist for Linux only."""
    text = page.read_text(encoding="utf-8")
    found = stale(text, refreshed(text, tmp_path))
    if find_spec("tflite_micro") is not None and find_spec("ai_edge_litert") is not None:
        assert not found, "\n".join([*found, "run python benchmarks/refresh_docs.py"])


def test_a_stale_page_is_found() -> None:
    timed = "Samples   360, 31.6 µs each on this computer\n4 passed in 1.81s\n"
    assert stale(timed, timed.replace("31.6 µs", "1.2 ms").replace("1.81s", "12.00s")) == []
    assert stale(timed, timed.replace("360", "361"))


@EVERY_PAGE
def test_links_and_places(page: Path) -> None:
    text = code_removed(page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}, link
    for place in PLACE.findall(text):
        assert (ROOT / place).exists() or "<" in place, place


@pytest.mark.parametrize("page", ["README.md", "docs/fifteen-pains.md"])
def test_commands_in_sentences(page: str, tmp_path: Path) -> None:
    """Those in tables and prose, with a model and an input at hand."""
    furnish(tmp_path)
    (tmp_path / "path" / "to").mkdir(parents=True)
    shutil.copy(tmp_path / "model.tflite", tmp_path / "path" / "to")
    for line in INLINE.findall((ROOT / page).read_text(encoding="utf-8")):
        code, output = run(Command(line, line, 0, ""), tmp_path)
        assert code == 0, f"{line}\n{output}"


def test_every_command_is_shown() -> None:
    written = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    missing = [name for name in COMMANDS if f"microinfer {name}" not in written]
    assert not missing


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    missing = [page.name for page in PAGES[1:] if page.name != "README.md" and f"({page.name})" not in index]
    assert not missing
