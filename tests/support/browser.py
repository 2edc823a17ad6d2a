"""A headless Chromium, driven through chromedriver with nothing but HTTP and JSON."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

__all__ = ["Browser", "chromium", "open_browser"]

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
_OPENER = build_opener(ProxyHandler({}))


def chromium() -> tuple[str, str] | None:
    """The browser and its driver, if both are on this machine."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Browser:
    """One session. `execute` runs JavaScript, `cdp` a command of the DevTools protocol."""

    def __init__(self, address: str, session: str) -> None:
        self._at = f"{address}/session/{session}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return call(method, f"{self._at}/{path}", body)

    def open(self, place: Path | str) -> None:
        """A file, or an address."""
        url = place if isinstance(place, str) else place.resolve().as_uri()
        self._call("POST", "url", {"url": url})

    def go(self, address: str) -> None:
        self._call("POST", "url", {"url": address})

    def tabs(self) -> list[str]:
        found: list[str] = self._call("GET", "window/handles")
        return found

    def new_tab(self) -> str:
        """Open one and turn to it."""
        handle: str = self._call("POST", "window/new", {"type": "tab"})["handle"]
        self.turn_to(handle)
        return handle

    def turn_to(self, tab: str) -> None:
        self._call("POST", "window", {"handle": tab})

    def close_tab(self) -> None:
        """The one that is turned to; another has to be turned to then."""
        self._call("DELETE", "window")

    def drop(self, selector: str, *paths: Path) -> None:
        """Let files fall on an element, as a user does who drags them in from outside."""
        self.hover(selector)
        x, y = self.execute(
            "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [b.x + b.width / 2, b.y + b.height / 2];",
            selector,
        )
        data = {"items": [], "files": [str(path.resolve()) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.cdp("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)

    def press(self, key: str, code: int, text: str = "") -> None:
        """A key of the keyboard by its name and its number in Windows."""
        more = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.cdp("Input.dispatchKeyEvent", type="keyDown", text=text, **more)
        self.cdp("Input.dispatchKeyEvent", type="keyUp", **more)

    def execute(self, script: str, *arguments: Any) -> Any:
        return self._call("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def cdp(self, command: str, **parameters: Any) -> Any:
        return self._call("POST", "goog/cdp/execute", {"cmd": command, "params": parameters})

    def emulate(self, width: int, height: int, *, dark: bool = False, media: str = "") -> None:
        """A window of this size in CSS pixels, a colour scheme, and "print" or "" for the screen."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def hover(self, selector: str, position: int = 0) -> None:
        """Move the mouse to the middle of an element, as a user does."""
        x, y = self.execute(
            "const e = document.querySelectorAll(arguments[0])[arguments[1]];"
            "e.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const frame = () => new Promise(requestAnimationFrame);"
            "return frame().then(frame).then(() => { const b = e.getBoundingClientRect();"
            "  return [b.x + b.width / 2, b.y + b.height / 2]; });",
            selector,
            position,
        )
        self.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, selector: str) -> None:
        self.hover(selector)
        self.execute("document.querySelector(arguments[0]).click()", selector)

    def log(self) -> list[dict[str, Any]]:
        """What the console and the network said since the last call."""
        found: list[dict[str, Any]] = self._call("POST", "se/log", {"type": "browser"})
        return found

    def screenshot(self, path: Path) -> None:
        """The whole page, not only what the window shows."""
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self) -> bytes:
        return base64.b64decode(self.cdp("Page.printToPDF", printBackground=True)["data"])

    def quit(self) -> None:
        call("DELETE", self._at)


def call(method: str, address: str, body: dict[str, Any] | None = None) -> Any:
    data = None if method != "POST" else json.dumps(body or {}).encode()
    request = Request(address, data, {"Content-Type": "application/json"}, method=method)
    try:
        with _OPENER.open(request, timeout=60) as answer:
            return json.load(answer)["value"]
    except HTTPError as error:
        raise AssertionError(error.read().decode()[:600]) from error


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile in this folder; both it and its driver end with the block."""
    found = chromium()
    assert found is not None
    profile.mkdir(parents=True, exist_ok=True)
    log = profile / "driver.log"
    with log.open("wb") as output:
        process = subprocess.Popen([found[1], "--port=0"], stdout=output, stderr=subprocess.STDOUT)
    try:
        address = _address(process, log)
        options = {
            "binary": found[0],
            "args": [*ARGUMENTS, f"--user-data-dir={profile / 'data'}"],
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = call("POST", f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
        browser = Browser(address, session["sessionId"])
        try:
            yield browser
        finally:
            browser.quit()
    finally:
        process.terminate()
        process.wait(timeout=20)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The driver chooses a free port and prints it."""
    patience = float(os.environ.get("MICROINFER_BROWSER_SECONDS", "30"))
    end = time.monotonic() + patience
    while time.monotonic() < end:
        port = re.search(rb"successfully on port (\d+)", log.read_bytes())
        if port is not None:
            address = f"http://127.0.0.1:{int(port[1])}"
            try:
                call("GET", f"{address}/status")
                return address
            except URLError:
                pass
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"chromedriver did not start: {log.read_text('utf-8', 'replace')[:600]}")
