"""One page about several models: side by side, and each as its own page has it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

import microinfer
from microinfer import InputError, zoo
from microinfer.cli import main
from microinfer.cli.schemas import schemas

from support.browser import chromium, open_browser

NAMES = ("digits", "ds_cnn", "sine")
PHONE = 360


def test_each_stands_on_the_page_as_on_its_own() -> None:
    found = microinfer.report(list(NAMES), "arduino-uno")
    assert [model.verdict for model in found.models] == ["yes", "no", "yes"]
    assert found.verdict == "no"
    identities = re.findall(r' id="([^"]+)"', found.html)
    assert len(identities) == len(set(identities))
    for place, name in enumerate(NAMES, 1):
        alone = microinfer.report(name, "arduino-uno").html
        cards = re.search(r'<dl class="cards">.*?</dl>', alone, re.DOTALL)
        assert cards is not None
        assert cards[0] in found.html
        assert f'href="#model-{place}"' in found.html
    with pytest.raises(InputError, match="one or several"):
        microinfer.report([])
    with pytest.raises(InputError, match="leave them out"):
        microinfer.report(["digits", "sine"], inputs={"x": 1})


def test_the_command_takes_several(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.tflite").write_bytes(zoo.load(name))
    page = tmp_path / "page.html"
    line = ["report", str(tmp_path / "*.tflite"), "-p", "arduino-uno", "-o", str(page), "--json"]
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 1
    content = json.loads(done.stdout)
    jsonschema.validate(content, schemas()["report-models"])
    assert [model["name"] for model in content["models"]] == sorted(NAMES)
    assert content["bytes"] == page.stat().st_size
    said = CliRunner().invoke(main, [*line[:-1], "--force"])
    assert "ds_cnn does not fit" in said.stderr
    for more in (["--format", "netron"], ["--input", str(page)]):
        refused = CliRunner().invoke(main, ["report", "digits", "sine", "-o", str(page), "--force", *more])
        assert refused.exit_code == 2
        assert "is of one model, 2 are named" in refused.stderr


def test_in_a_browser_no_wider_than_a_phone_and_every_switch_its_own(tmp_path: Path) -> None:
    if chromium() is None:
        pytest.skip("no chromium with chromedriver on this machine")
    long = tmp_path / f"{'a_name_of_a_model_that_does_not_end_' * 3}.tflite"
    long.write_bytes(zoo.load("sine"))
    path = tmp_path / "several.html"
    path.write_text(microinfer.report(["digits", long], "arduino-uno").html, "utf-8")
    with open_browser(tmp_path / "profile") as browser:
        for width in (PHONE, 1200):
            browser.emulate(width, 800)
            browser.open(path)
            assert browser.execute("return document.documentElement.scrollWidth") <= width
        order = (
            "return [...document.querySelectorAll('#cycles-' + arguments[0] + ' tbody tr')]"
            ".map((row) => Number(row.dataset.index))"
        )
        first, second = browser.execute(order, 1), browser.execute(order, 2)
        browser.click("#sort-1")
        assert browser.execute(order, 1) != first
        assert browser.execute(order, 2) == second
        browser.click("#widths-2")
        assert browser.execute("return document.getElementById('widths-2').textContent") == "by operator"
        assert browser.execute("return document.getElementById('widths-1').textContent") == "by time"
        browser.hover("#cycles-2 .bar", 0)
        assert browser.execute("return document.getElementById('tip').classList.contains('on')")
        assert browser.log() == []
