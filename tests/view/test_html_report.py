"""The page: nothing fetched, nothing injected, the report's figures; and what a real browser makes of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import microinfer
from microinfer import zoo
from microinfer.builder import ModelBuilder
from microinfer.cli import main
from microinfer.deploy.flash_table import flash_table
from microinfer.errors import InputError
from microinfer.parts.profile import load_profile
from microinfer.reports.run_figures import make_report
from microinfer.view.html import render

from support.browser import Browser, chromium, open_browser
from support.html_outline import outline, run


@pytest.fixture(scope="module")
def digits() -> microinfer.Interpreter:
    return run(zoo.load("digits"))


@pytest.fixture(scope="module")
def page(digits: microinfer.Interpreter) -> str:
    return render(digits, input_source="a test")


def test_the_page_is_whole_and_fetches_nothing(page: str) -> None:
    found = outline(page)
    for tag, name, value in found.attributes:
        if name in {"href", "src", "srcset", "action", "data", "poster", "xlink:href"}:
            assert (tag, value) == ("link", "data:,")
    assert not re.search(r"https?://|@import|url\((?!#)", page.partition("<body>")[0])
    described = {value for _, name, value in found.attributes if name == "aria-labelledby"}
    assert described <= set(found.ids)


def test_no_script_runs_but_its_own(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_figures_are_the_report_s(page: str, digits: microinfer.Interpreter) -> None:
    report = make_report(digits, input_source="a test")
    text = outline(page).text
    for figure in (
        f"{report.memory.min_arena_bytes:,}",
        f"{report.time.cycles:,} cycles",
        report.outputs[0].crc32,
        report.model.sha256,
        report.profile.title,
        "a test",
    ):
        assert figure in text
    for operator in report.operators:
        assert f"{operator.cycles:,}" in text
        assert operator.variant in text
    assert "Fits" in text
    for name in microinfer.profile_names():
        assert name in text


def test_the_same_run_gives_the_same_page(page: str, digits: microinfer.Interpreter) -> None:
    assert render(digits, input_source="a test") == page


def test_flash_by_operator_and_findings() -> None:
    page = render(run(zoo.load("resnet_8"), "arduino-uno"))
    for said in ("What a check finds", "arena-exceeds-ram", "What would fit", "input 8x8 and 0.5 times"):
        assert said in page
    deployed = run(zoo.load("digits"), "nucleo-l4r5zi").deployment
    shown = render(run(zoo.load("digits"), "nucleo-l4r5zi"))
    table = flash_table(deployed, deployed.stored_bytes)
    assert table is not None
    assert "Where flash goes" in shown
    for row in table.rows:
        if len(row.operators) == 1:
            assert f">{row.code_bytes:,}<" in shown
    assert "What a check finds" not in shown


def test_what_does_not_fit_says_so() -> None:
    page = render(run(zoo.load("ds_cnn"), "arduino-uno"), untrained=True, others=[load_profile("cortex-m4")])
    text = outline(page).text
    assert "Does not fit" in text
    assert "untrained" in text
    assert "exceed" in text


def test_what_nobody_measured_says_provisional_elsewhere_too() -> None:
    digits = run(zoo.load("digits"), "cortex-m7")
    assert "* is provisional" in render(digits, others=[load_profile("nucleo-g0b1re")])
    emulated = run(zoo.load("digits"), "atmega328p")
    assert "* is provisional" not in render(emulated, others=[load_profile("cortex-m4")])


def test_ram_is_that_of_the_memory_that_holds_it() -> None:
    """Not the sum of all of a chip's: tightly coupled memory takes nothing of it here."""
    nicla = run(zoo.load("digits"), "nicla-vision")
    memory = nicla.report().memory
    sram = next(one for one in nicla.profile.memories if one.name == "sram").usable_bytes
    assert (memory.ram_room_bytes, memory.part_ram_bytes > sram) == (sram, True)
    framework = nicla.profile.framework
    assert memory.ram_high_bytes == (memory.ram_bytes or 0) + framework.ram_most - framework.ram_least
    text = outline(render(nicla)).text
    assert f"of {sram:,}" in text
    assert f"up to {memory.ram_high_bytes:,} with what programs take of ArduinoCore-mbed" in text


def test_an_interpreter_that_has_not_run_is_refused() -> None:
    with pytest.raises(InputError, match="record=True"):
        render(microinfer.Interpreter(zoo.load("digits")))


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    done = CliRunner().invoke(main, ["report", "digits", "-p", "atmega328p", "-o", str(path)])
    assert done.exit_code == 0, done.stderr
    assert outline(path.read_text("utf-8")).text.count("digits") >= 1
    small = CliRunner().invoke(
        main, ["report", "ds_cnn", "-p", "arduino-uno", "-o", str(path), "--json", "--force"]
    )
    assert small.exit_code == 1
    assert json.loads(small.stdout)["fits"] is False
    wrong = CliRunner().invoke(main, ["report", "digits", "-o", str(tmp_path / "no/where.html")])
    assert wrong.exit_code == 2


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("no chromium with chromedriver on this machine")
    with open_browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(page: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "small": page,
        "large": render(run(zoo.load("resnet_8"), "arduino-uno"), untrained=True),
        "no energy": render(run(zoo.load("streaming_keyword"), "cortex-m7")),
    }
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in made}


TIP = "const t = document.getElementById('tip'); return t.classList.contains('on') ? t.textContent : null"


@pytest.mark.parametrize("name", ["small", "large", "no energy"])
@pytest.mark.parametrize(
    ("width", "dark", "media"), [(1200, False, ""), (1200, True, ""), (360, False, ""), (800, False, "print")]
)
def test_every_view_is_calm(
    browser: Browser, pages: dict[str, Path], tmp_path: Path, name: str, width: int, dark: bool, media: str
) -> None:
    """No word in the console, nothing fetched, nothing wider than the window, readable contrast."""
    browser.emulate(width, 900, dark=dark, media=media)
    browser.open(pages[name])
    assert browser.log() == []
    assert browser.execute("return performance.getEntriesByType('resource').length") == 0
    assert browser.execute("return document.documentElement.scrollWidth") <= width
    assert browser.execute(CONTRAST, dark) >= 4.5
    path = tmp_path / "page.png"
    browser.screenshot(path)
    assert path.stat().st_size > 10_000


CONTRAST = """
const light = (colour) => {
  const parts = colour.match(/[\\d.]+/g).map(Number).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const paper = light(getComputedStyle(document.querySelector('section')).backgroundColor);
const worst = [...document.querySelectorAll('p, td, th, h2, summary, .soft, .badge')].map((element) => {
  const ink = light(getComputedStyle(element).color);
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
});
if ((paper < 0.2) !== arguments[0]) return 0;
return Math.min(...worst);
"""


def test_hovering_tells_who(browser: Browser, pages: dict[str, Path], digits: microinfer.Interpreter) -> None:
    browser.emulate(1200, 900)
    browser.open(pages["small"])
    assert browser.execute(TIP) is None
    buffers = sorted(digits.plan.buffers, key=lambda b: (b.first, b.offset))
    for position, buffer in enumerate(buffers):
        browser.hover(".map .box", position)
        told = browser.execute(TIP)
        assert told is not None
        assert f"{buffer.size:,} bytes at {buffer.offset:,}" in told
    browser.hover(".map .column", 1)
    assert "bytes live" in browser.execute(TIP)
    browser.hover("#cycles .bar", 0)
    assert "cycles" in browser.execute(TIP)
    browser.hover("h1")
    assert browser.execute(TIP) is None
    assert browser.execute("return document.querySelectorAll('svg title').length") == 0
    assert browser.log() == []


def test_the_switches_switch(
    browser: Browser, pages: dict[str, Path], digits: microinfer.Interpreter
) -> None:
    browser.emulate(1200, 900)
    browser.open(pages["small"])
    width = "return document.querySelectorAll('.live > svg')[1].getBoundingClientRect().width"
    even = browser.execute(width)
    browser.click("#widths")
    report = make_report(digits)
    share = report.operators[0].cycles / sum(operator.cycles for operator in report.operators)
    plot = browser.execute("return document.querySelector('.live').getBoundingClientRect().width")
    assert browser.execute(width) == pytest.approx(share * plot, rel=0.05)
    browser.click("#widths")
    assert browser.execute(width) == pytest.approx(even, abs=0.5)
    order = (
        "return [...document.querySelectorAll('#cycles tbody tr')].map((row) => Number(row.dataset.index))"
    )
    in_order = browser.execute(order)
    browser.click("#sort")
    cycles = [operator.cycles for operator in report.operators]
    assert browser.execute(order) == sorted(in_order, key=lambda index: -cycles[index])
    browser.click("#sort")
    assert browser.execute(order) == in_order
    assert browser.log() == []


def test_it_prints(browser: Browser, pages: dict[str, Path]) -> None:
    browser.emulate(1200, 900, dark=True)
    browser.open(pages["large"])
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12


def test_a_long_network_is_summarised() -> None:
    """Of more than some hundreds the largest are drawn; what is left out is counted."""
    b = ModelBuilder()
    x = b.input((1, 8), scale=0.1, zero_point=0)
    for _ in range(1000):
        x = b.relu(x)
    b.output(x)
    interpreter = microinfer.Interpreter(b.build())
    interpreter.invoke(record=True)
    page = render(interpreter)
    assert len(page) < 2_000_000
    assert page.count("… 600 more operators") == 2
    assert f"… {1001 - 400} more buffers" in page
    assert "1001 buffers over 1001 steps" in page
    assert page.count("<tr data-index=") == 400
    assert f"… {1001 - 400} more tensors" in page
