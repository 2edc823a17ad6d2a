"""The page in real headless Chromium: dropped files, tabs, keyboard, phones, the dark, the console."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from microinfer import zoo
from microinfer.builder import ModelBuilder

from support.browser import Browser, chromium, open_browser
from support.page_server import PageServer, serving

pytest.importorskip("uvicorn", reason="starlette and uvicorn, the extra 'serve', are not installed")
SECONDS = 60
BEYOND = """
const room = (e) => parseFloat(getComputedStyle(e).paddingRight);
const right = (e) => e.getBoundingClientRect().right - room(e);
const inside = [...document.querySelectorAll('#report section > table, #report section > svg')];
const main = document.querySelector('#report main');
const cards = [...document.querySelectorAll('#report .card')].map((e) => [e, main]);
return [...inside.map((e) => [e, e.parentNode]), ...cards]
  .filter(([e, around]) => e.getBoundingClientRect().right > right(around) + 1)
  .map(([e]) => e.id || e.className || e.tagName);
"""
"""What is wider than the frame it stands in."""


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("no chromium with chromedriver on this machine")
    with open_browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models and what is none; "large" has 10 MB of weights."""
    folder = tmp_path_factory.mktemp("files")
    builder = ModelBuilder("large")
    x = builder.input((1, 3200), scale=0.05, zero_point=0)
    weights = np.random.default_rng(1).integers(-127, 128, (3200, 3200), dtype=np.int8)
    y = builder.fully_connected(
        x, weights, np.zeros(3200, np.int32), weight_scale=0.01, scale=0.5, zero_point=0
    )
    builder.output(y)
    content = {
        "digits": zoo.load("digits"),
        "resnet": zoo.load("resnet_8"),
        "large": builder.build(),
        "hostile": zoo.load("digits")[:3000] + b"<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>": b"no model",
    }
    for name, data in content.items():
        (folder / f"{name}.tflite").write_bytes(data)
    return {name: folder / f"{name}.tflite" for name in content}


@pytest.fixture
def page(browser: Browser, server: PageServer) -> Iterator[Browser]:
    """The empty page in a tab of its own, which says nothing in its console."""
    first = browser.tabs()[0]
    browser.new_tab()
    browser.log()
    browser.emulate(1280, 900)
    browser.go(server.address)
    wait(browser, "return document.getElementById('part').options.length > 10")
    yield browser
    assert [said for said in browser.log() if "status of 400" not in said["message"]] == []
    browser.close_tab()
    browser.turn_to(first)


def wait(browser: Browser, script: str) -> None:
    end = time.monotonic() + SECONDS
    while not browser.execute(script):
        assert time.monotonic() < end, browser.execute("return document.body.innerText.slice(0, 800)")
        time.sleep(0.05)


def settled(browser: Browser) -> None:
    wait(
        browser,
        "const busy = document.getElementById('report').getAttribute('aria-busy');"
        "return busy === null && document.getElementById('status').textContent !== 'working …'",
    )


def shown(browser: Browser, said: str) -> str:
    """Wait until the status says this; the report's text."""
    wait(browser, f"return document.getElementById('status').textContent.includes({said!r})")
    settled(browser)
    return str(browser.execute("return document.getElementById('report').innerText"))


def complaint(browser: Browser) -> str:
    wait(browser, "return !document.getElementById('trouble').hidden")
    return str(browser.execute("return document.getElementById('trouble').textContent"))


def choose(browser: Browser, name: str, value: str) -> None:
    browser.execute(
        "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
        "for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind, {bubbles: true}))",
        name,
        value,
    )


def test_what_is_dropped_is_shown_and_what_is_changed_seen(page: Browser, files: dict[str, Path]) -> None:
    page.drop("#drop", files["digits"])
    text = shown(page, "Fits on cortex-m4.")
    for heading in ("Tensor arena", "Cycles by operator", "Elsewhere"):
        assert heading in text
    choose(page, "part", "arduino-uno")
    assert "bare-c" in shown(page, "on arduino-uno.")
    choose(page, "part", "nucleo-l4r5zi")
    assert "with tflm-cmsis-nn kernels" in shown(page, "on nucleo-l4r5zi.")
    choose(page, "library", "tflm-reference")
    wait(page, "return document.getElementById('report').innerText.includes('with tflm-reference kernels')")
    cycles = "return document.querySelector('#cycles tbody').innerText"
    before = page.execute(cycles)
    choose(page, "build", "Os")
    wait(page, f"return document.querySelector('#cycles tbody')?.innerText !== {before!r}")
    choose(page, "arena", "100")
    assert "too small" in shown(page, "Does not fit")
    choose(page, "arena", "what")
    assert "what" in complaint(page)
    choose(page, "arena", "")
    shown(page, "Fits on nucleo-l4r5zi.")
    page.execute("document.getElementById('run').click()")
    wait(page, "return document.getElementById('report').innerText.includes('range against use')")
    page.execute("document.getElementById('none').click()")
    wait(page, "return document.querySelectorAll('#report section:last-of-type tbody tr').length < 6")


def test_the_report_s_own_script_serves_each_new_report(page: Browser, files: dict[str, Path]) -> None:
    for part in ("cortex-m4", "cortex-m7"):
        choose(page, "part", part)
        page.drop("#drop", files["digits"])
        shown(page, f"on {part}.")
        assert page.execute("return document.querySelectorAll('#report svg title').length") == 0
        page.hover(".map .box")
        assert "on" in page.execute("return document.getElementById('tip').className")
        first = "return document.querySelector('#cycles tbody tr').dataset.index"
        assert page.execute(first) == "0"
        page.click("#sort")
        rows = page.execute(
            "return [...document.querySelectorAll('#cycles tbody tr')].map((r) => Number(r.dataset.cycles))"
        )
        assert rows == sorted(rows, reverse=True)


@pytest.mark.parametrize("name", ["hostile", "<img src=x onerror=alert(1)>"])
def test_a_hostile_file_is_one_sentence(page: Browser, files: dict[str, Path], name: str) -> None:
    page.drop("#drop", files["digits"])
    shown(page, "Fits")
    page.drop("#drop", files[name])
    assert complaint(page).startswith(f"{name}.tflite: ")
    assert page.execute("return document.querySelectorAll('#report *, img, #trouble *').length") == 0
    assert page.execute("return document.getElementById('export').disabled")
    page.drop("#drop", files["digits"])
    shown(page, "Fits")
    assert page.execute("return document.getElementById('trouble').hidden")


def test_ten_megabytes(page: Browser, files: dict[str, Path]) -> None:
    assert files["large"].stat().st_size > 10_000_000
    page.drop("#drop", files["large"])
    assert "large" in shown(page, "Does not fit on cortex-m4.")


def test_a_file_too_large_is_not_even_sent(page: Browser, tmp_path: Path) -> None:
    path = tmp_path / "huge.tflite"
    with path.open("wb") as file:
        file.truncate(65 << 20)
    page.drop("#drop", path)
    assert complaint(page) == "huge.tflite: 68,157,440 bytes, expected at most 67,108,864."


def test_two_tabs_know_nothing_of_each_other(
    page: Browser, server: PageServer, files: dict[str, Path]
) -> None:
    page.drop("#drop", files["digits"])
    shown(page, "Fits on cortex-m4.")
    first = page.execute("return document.title")
    tabs = page.tabs()
    other = page.new_tab()
    page.go(server.address)
    wait(page, "return document.getElementById('part').options.length > 10")
    assert page.execute("return document.getElementById('report').childElementCount") == 0
    page.drop("#drop", files["resnet"])
    shown(page, "Fits on cortex-m4.")
    choose(page, "part", "arduino-uno")
    shown(page, "Does not fit on arduino-uno.")
    assert page.execute("return document.cookie + Object.keys({...localStorage, ...sessionStorage})") == ""
    page.close_tab()
    page.turn_to(tabs[-1])
    assert other not in page.tabs()
    assert page.execute("return document.title") == first
    choose(page, "part", "cortex-m7")
    assert shown(page, "Fits on cortex-m7.").startswith("digits")


def test_the_export_is_saved(page: Browser, files: dict[str, Path], tmp_path: Path) -> None:
    page.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    choose(page, "part", "arduino-uno")
    page.drop("#drop", files["digits"])
    shown(page, "Fits")
    page.click("#export")
    shown(page, "digits-bare-c.zip is saved.")
    page.click("#save")
    shown(page, "digits.html is saved.")
    end = time.monotonic() + SECONDS
    while {path.name for path in tmp_path.iterdir()} != {"digits-bare-c.zip", "digits.html"}:
        assert time.monotonic() < end
        time.sleep(0.05)
    with zipfile.ZipFile(tmp_path / "digits-bare-c.zip") as archive:
        assert archive.testzip() is None
    assert (tmp_path / "digits.html").read_text("utf-8").startswith("<!doctype html>")


def test_by_keyboard_alone(page: Browser) -> None:
    """Every control is reached in order, shows that it is, and a model is chosen without a mouse."""
    focused = "return document.activeElement.id || document.activeElement.tagName"
    seen = []
    for _ in range(8):
        page.press("Tab", 9)
        seen.append(page.execute(focused))
    assert seen == ["file", "zoo", "part", "library", "build", "arena", "run", "SUMMARY"]
    while page.execute(focused) != "file":
        page.press("Tab", 9)
    ring = page.execute("return getComputedStyle(document.querySelector('#file + label')).outlineStyle")
    assert ring == "solid"
    page.press("Tab", 9)
    for letter in "ds":
        page.press(letter, ord(letter.upper()), letter)
    shown(page, "Fits on cortex-m4.")
    assert page.execute("return document.querySelector('#report h1').textContent") == "ds_cnn"
    unnamed = page.execute(
        "return [...document.querySelectorAll('#ask input, #ask select')].filter((e) => !e.labels.length)"
        ".map((e) => e.id)"
    )
    assert unnamed == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(
    page: Browser, files: dict[str, Path], width: int, dark: bool
) -> None:
    page.emulate(width, 800, dark=dark)
    choose(page, "part", "arduino-uno")
    page.drop("#drop", files["resnet"])
    shown(page, "Does not fit")
    page.click("#beside summary")
    assert page.execute("return [document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert page.execute(BEYOND) == []
    page.drop("#drop", files["hostile"])
    complaint(page)
    assert page.execute("return document.documentElement.scrollWidth") == width
    paper = page.execute("return getComputedStyle(document.body).backgroundColor")
    assert (int(paper[4:].split(",")[0]) < 60) == dark


def test_an_address_without_its_key_says_so(browser: Browser, server: PageServer) -> None:
    browser.go("about:blank")
    browser.go(server.address.partition("#")[0])
    assert "key" in complaint(browser)
    assert browser.log() == []


def test_when_the_server_has_ended_the_page_says_so(browser: Browser, files: dict[str, Path]) -> None:
    with serving() as running:
        browser.go(running.address)
        wait(browser, "return document.getElementById('part').options.length > 10")
        browser.drop("#drop", files["digits"])
        shown(browser, "Fits")
        code, seconds = running.end()
        assert (code, seconds < 1) == (130, True)
        choose(browser, "part", "cortex-m7")
        assert "server has ended" in complaint(browser)
    browser.go("about:blank")
    browser.log()
