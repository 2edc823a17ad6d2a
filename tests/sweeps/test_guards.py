"""What goes wrong in one row stays in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from microinfer import zoo
from microinfer.sweeps import Campaign, SweepRow

from support.sweeping import Swept

BUILD = """
import ctypes, os, time
from microinfer import zoo

def build(config):
    how = config["how"]
    if how == "raises":
        raise KeyError("no such layer")
    if how == "hangs":
        time.sleep(1000)
    if how == "crashes":
        ctypes.string_at(0)
    if how == "exits":
        os._exit(7)
    if how == "quits":
        raise SystemExit(3)
    if how == "eats":
        return bytes(8 << 30)
    if how == "text":
        return "a model"
    if how == "garbage":
        return b"TFL3" * 100
    print("what a function prints goes nowhere")
    return zoo.load("sine")
"""
SAID = {
    "raises": "raised KeyError: 'no such layer' (line 8)",
    "hangs": "building the model took longer than its limit of 3.00 s and was stopped; raise the time limit",
    "crashes": "building the model ended its process by signal 11",
    "exits": "building the model ended its process with code 7",
    "quits": "raised SystemExit: 3",
    "eats": "building the model needs more memory than its limit of 512 MB and was stopped; raise the memory "
    "limit",
    "text": "returned str, expected the bytes of a .tflite file",
    "garbage": "",
}


@pytest.fixture
def swept(tmp_path: Path) -> Iterator[Swept]:
    made = Swept(tmp_path)
    yield made
    made.close()


def rows_of(campaign: Campaign) -> dict[str, SweepRow]:
    return dict(campaign.rows())


@pytest.mark.skipif(sys.platform != "linux", reason="memory is held where the system says what is taken")
def test_a_bad_model_is_a_row_with_its_error(swept: Swept, tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text(BUILD)
    table = {
        "models": [{"build": "b.py:build", "grid": {"how": [*SAID, "works"]}}],
        "parts": ["cortex-m4", "arduino-uno"],
    }
    campaign = swept(table, seconds=3.0, memory_bytes=512 << 20)
    found = rows_of(campaign)
    assert len(list(campaign.rows())) == 2 * (len(SAID) + 1)
    assert found["build(how=works)"].verdict == "yes"
    for how, said in SAID.items():
        row = found[f"build(how={how})"]
        assert row.verdict == "error"
        assert said in row.reasons, row.reasons
    assert campaign.progress.failed == 2 * len(SAID)
    again = swept(table)
    assert again.progress.done == 0
    (tmp_path / "b.py").write_text(BUILD.replace('if how == "exits"', 'if how == "never"'))
    changed = swept(table, seconds=3.0, memory_bytes=512 << 20)
    assert rows_of(changed)["build(how=exits)"].verdict == "yes"


def test_errors_are_done_again_where_asked(swept: Swept, tmp_path: Path) -> None:
    place = tmp_path / "late.txt"
    (tmp_path / "b.py").write_text(
        f"from microinfer import zoo\ndef build(c): open({str(place)!r}); return zoo.load('sine')\n"
    )
    table = {"models": [{"build": "b.py:build"}, {"zoo": "digits"}], "parts": "cortex-m4"}
    assert swept(table).progress.failed == 1
    place.touch()
    assert swept(table).progress.done == 0
    campaign = swept(table, redo="errors")
    assert (campaign.progress.done, campaign.progress.failed, campaign.progress.reused) == (1, 0, 1)
    assert swept(table, redo="all").progress.done == 2


def test_files_that_cannot_be_read(swept: Swept, tmp_path: Path) -> None:
    (tmp_path / "short.tflite").write_bytes(zoo.load("digits")[:200])
    (tmp_path / "empty.tflite").touch()
    table = {"models": [{"files": ["short.tflite", "empty.tflite", "none.tflite"]}, {"zoo": "digits"}]}
    found = rows_of(swept(table))
    assert found["digits"].verdict == "yes"
    assert "No such file" in found["none.tflite"].reasons
    assert found["short.tflite"].verdict == found["empty.tflite"].verdict == "error"
    (tmp_path / "none.tflite").write_bytes(zoo.load("sine"))
    assert rows_of(swept(table))["none.tflite"].verdict == "yes"
