"""The pages are built without a warning and fetch nothing; their links lead somewhere, the reference is
whole, and a real browser opens them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

import microinfer
from microinfer.checks.rule import rules
from microinfer.cli import COMMANDS
from microinfer.operators.registry import row_names

from support.browser import Browser, chromium, open_browser

pytest.importorskip("material", reason="the pages are built with mkdocs-material, of the extra docs")
pytestmark = pytest.mark.xdist_group("pages")

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30
"""That a build may take at most."""


class Html(HTMLParser):
    """The ids of a page, where it leads to, what it loads, and its text outside code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.ids |= {found[key] for key in ("id", "name") if key in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and found.get("rel") in {"stylesheet", "icon", "preconnect", "preload"}:
            self.loads.append(found["href"])
        self.loads += [found["src"]] if "src" in found else []
        if tag in {"code", "pre", "script", "style"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not self._open:
            self.text.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a strict build writes, with no network to ask."""
    folder = tmp_path_factory.mktemp("pages") / "site"
    nowhere = "http://127.0.0.1:9"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Html]:
    return {page: Html(page.read_text(encoding="utf-8")) for page in sorted(site.rglob("*.html"))}


def test_links_lead_somewhere(site: Path, pages: dict[Path, Html]) -> None:
    lost = []
    for page, html in pages.items():
        if page.name == "404.html":  # is shown for any address, so its own lead from the root
            continue
        for link in [*html.links, *html.loads]:
            place, anchor = urldefrag(link)
            if "://" in place or place.startswith(("mailto:", "data:")):
                continue
            target = (page.parent / unquote(place)).resolve() if place else page
            target = target / "index.html" if target.is_dir() else target
            known = pages[target].ids if target in pages else {anchor}
            if not target.exists() or (anchor and unquote(anchor) not in known):
                lost.append(f"{page.relative_to(site)}: {link}")
    assert not lost


def test_nothing_is_fetched_from_elsewhere(pages: dict[Path, Html]) -> None:
    assert not {load for html in pages.values() for load in html.loads if "//" in load}


def test_no_markdown_is_left(site: Path, pages: dict[Path, Html]) -> None:
    """Lists, tables, fences and links that a forge shows and mkdocs does not."""
    mark = re.compile(r"```|\]\(|^\s*[-*] |^\s*1\. |\|\s*---|\*\*\w|^\s*\| ", re.MULTILINE)
    left = [
        f"{page.relative_to(site)}: {text.strip()[:60]}"
        for page, html in pages.items()
        for text in html.text
        if mark.search(text)
    ]
    assert not left


def test_every_page_of_the_tree_is_in_the_navigation(site: Path, pages: dict[Path, Html]) -> None:
    home = set(pages[site / "index.html"].links)
    missing = [page.name for page in (ROOT / "docs").glob("*.md") if page.name != "README.md"]
    assert not [name for name in missing if name.replace(".md", ".html") not in home]


def test_the_gallery_is_there_with_its_pictures(site: Path, pages: dict[Path, Html]) -> None:
    home = set(pages[site / "index.html"].links)
    for folder in (ROOT / "examples" / "gallery").glob("*/"):
        if (folder / "README.md").is_file():
            place = f"examples/gallery/{folder.name}"
            assert f"{place}/index.html" in home
            assert "picture.svg" in pages[site / place / "index.html"].loads
            assert (site / place / "picture.svg").is_file()


def test_the_reference_is_whole(site: Path, pages: dict[Path, Html]) -> None:
    """Commands, public names, rules, operators, parts and forms."""
    folder = site / "reference"
    wanted = [f"commands/{name}" for name in COMMANDS]
    wanted += [f"parts/{name}" for name in microinfer.profile_names()]
    wanted += [f"json/{path.stem}" for path in (ROOT / "docs" / "schemas").glob("*.json")]
    assert not [name for name in wanted if folder / f"{name}.html" not in pages]
    errors = pages[folder / "python/errors.html"].ids
    names = [name for name in microinfer.__all__ if name.lower() not in errors and name != "__version__"]
    assert not [name for name in names if folder / f"python/{name}.html" not in pages]
    assert set(rules()) <= pages[folder / "rules.html"].ids
    assert {name.lower() for name in row_names()} <= pages[folder / "operators.html"].ids


def test_options_and_docstrings_are_told(site: Path) -> None:
    check = (site / "reference/commands/check.html").read_text(encoding="utf-8")
    assert "--max-latency TIME" in check
    assert "Budget of one inference, such as 50ms." in check
    assert 'href="../../check-in-ci.html"' in check
    builder = (site / "reference/python/ModelBuilder.html").read_text(encoding="utf-8")
    assert 'id="conv_2d"' in builder
    plan = (site / "reference/python/PlanReport.html").read_text(encoding="utf-8")
    assert 'id="to_json"' in plan


def test_pictures_show_what_is_so() -> None:
    pytest.importorskip("PIL")
    program = ROOT / "docs" / "reference" / "pictures.py"
    done = subprocess.run(
        [sys.executable, str(program), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nrun python docs/reference/pictures.py"
    assert sum(path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()) < 100_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("no chromium with its driver")
    with open_browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


SHOWN = (
    "index.html",
    "accuracy.html",
    "tutorial-from-keras.html",
    "fifteen-pains.html",
    "why-trust-it.html",
    "compare.html",
    "examples/gallery/uno/index.html",
    "reference/operators.html",
    "reference/commands/check.html",
    "reference/python/check.html",
    "reference/json/plan.html",
)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_them(address: str, browser: Browser, width: int) -> None:
    """Nothing is wider than the window, everything loads, and nobody complains."""
    browser.log()
    for page in SHOWN:
        browser.emulate(width, 800, dark=width == 360)
        browser.open(f"{address}/{page}")
        assert browser.execute("return document.documentElement.scrollWidth") <= width, page
        images = "return [...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
        assert browser.execute(images) == [], page
    assert [entry["message"] for entry in browser.log() if entry["level"] == "SEVERE"] == []


def test_what_is_sought_is_found(address: str, browser: Browser) -> None:
    browser.emulate(1280, 800)
    browser.open(f"{address}/index.html")
    browser.execute(
        "const q = document.querySelector('.md-search__input'); q.focus(); q.value = 'hybrid-operator';"
        "for (const name of ['input', 'keyup']) q.dispatchEvent(new Event(name, {bubbles: true}));"
    )
    found = browser.execute(
        "const at = Date.now(); return new Promise(done => { const look = () => {"
        "  const hits = [...document.querySelectorAll('.md-search-result__link')].map(a => a.href);"
        "  if (hits.length || Date.now() - at > 20000) done(hits); else setTimeout(look, 100); }; look(); })"
    )
    assert any("rules.html" in link and "#hybrid-operator" in link for link in found), found
