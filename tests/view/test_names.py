"""Names out of a file are made printable wherever they are shown, and shortened so that one sees it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.dom import minidom

import pytest

from microinfer import ModelBuilder
from microinfer.libraries.bare_c.c_source import comment
from microinfer.words.printing import brief, printable, shortened

from support.commands import call

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
HOSTILE = "a\x00\x07\x1b[31m\x9b2J\u202e\uffff*/ ??/ \\ </title><script>&'\"\r\n%s`|"
LONG = "layer_" + "x" * 300 + "_end"


def model(folder: Path, name: str) -> Path:
    b = ModelBuilder(name)
    x = b.input((1, 8), scale=0.05, zero_point=0, name=f"{name}in")
    t = b.tensor((1, 8), "int8", 0.05, 0, name=f"{name}out")
    b.operator("RELU", [x], [t])
    b.output(t)
    path = folder / "model.tflite"
    path.write_bytes(b.build())
    return path


@pytest.mark.parametrize("name", [HOSTILE, LONG, "a;b;c", ""], ids=["hostile", "long", "joined", "none"])
class TestShown:
    def test_drawings_are_well_formed(self, tmp_path: Path, name: str) -> None:
        path = model(tmp_path, name)
        for command in (
            ("plan", path, "--svg", "-"),
            ("compare", path, "-p", "cortex-m4", "--svg", "-"),
            ("battery", path, "-p", "nucleo-l4r5zi", "--svg", "-"),
            ("check", path, "--format", "junit"),
        ):
            text = call(*command).stdout
            assert not CONTROL.search(text), command
            minidom.parseString(text.encode())

    def test_a_trace_has_names_to_read_and_whole_ones(self, tmp_path: Path, name: str) -> None:
        events = json.loads(call("trace", model(tmp_path, name), "-o", "-").stdout)["traceEvents"]
        lives = [event for event in events if event.get("cat") == "buffer" and event["args"]]
        assert {event["args"]["label"] for event in lives} == {f"{name}in", f"{name}out"}
        for event in lives:
            assert event["name"] == brief(event["args"]["label"])

    def test_nothing_plays_with_a_terminal_or_a_page(self, tmp_path: Path, name: str) -> None:
        path = model(tmp_path, name)
        for command in (
            ("plan", path),
            ("plan", path, "--json"),
            ("run", path),
            ("check", path),
            ("check", path, "--format", "markdown"),
            ("check", path, "--format", "sarif"),
            ("compare", path),
            ("report", path, "-o", "-"),
            ("trace", path, "-o", "-"),
            ("validate", path, "--data", "none.npz"),
            ("run", path, "--arena-size", "100"),
            ("plan", path, "--arena-size", "100"),
        ):
            assert not CONTROL.search(call(*command).output), command

    def test_comments_of_c_neither_end_nor_go_on(self, tmp_path: Path, name: str) -> None:
        path = model(tmp_path, name)
        for form in ("tflm", "bare-c"):
            assert call("export", path, "--format", form, "-o", tmp_path / form).exit_code == 0
            for file in (tmp_path / form).rglob("*.*"):
                if file.suffix in {".h", ".c", ".cc", ".ino"}:
                    text = file.read_text("ascii")
                    assert not CONTROL.search(text)
                    assert "script" not in re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


class Titles(HTMLParser):
    """Tooltips of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for key, value in attrs if key == "title" and value]


class TestLong:
    def test_whole_in_tooltips_and_json_and_short_elsewhere(self, tmp_path: Path) -> None:
        path = model(tmp_path, LONG)
        page = call("report", path, "-o", "-").stdout
        titles = Titles()
        titles.feed(page)
        assert any(f"{LONG}in" in title for title in titles.found)
        assert shortened(f"{LONG}in") in page
        drawn = call("plan", path, "--svg", "-").stdout
        assert f"<title>{LONG}in: 8 bytes" in drawn
        assert f"{LONG}in" in call("plan", path, "--json").stdout

    def test_what_is_left_out_shows(self) -> None:
        assert shortened("abc", 3) == "abc"
        assert shortened("abcdefgh", 5) == "ab…gh"
        assert len(shortened(LONG)) == 80
        assert brief("a/b;c/d") == "a/b…"
        assert brief("a/b") == "a/b"
        assert brief("") == "unnamed"
        assert "..." in comment("x" * 1000)
        assert comment("a*/b/*c\\") == "a* /b/ *c/"
        assert printable("\ud800\x1b") == "\\ud800\\x1b"
