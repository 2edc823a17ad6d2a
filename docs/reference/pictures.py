"""The pictures of the README and of the first page, drawn by our own commands.

python docs/reference/pictures.py            writes docs/pictures; the report's needs Chromium and Pillow
python docs/reference/pictures.py --check    exit 1 where one shows what is no longer so
"""

from __future__ import annotations

import base64
import io
import re
import sys
import tempfile
from pathlib import Path

import microinfer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.browser import open_browser  # noqa: E402
from support.documents import Command, run  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
ARENA, REPORT = FOLDER / "arena.svg", FOLDER / "report.png"
PART = "nucleo-l4r5zi"
WIDTH, HEIGHT = 1100, 950
"""Of the report's upper part, in pixels."""
COLOURS = 96
KEY = "shows"
"""The PNG's text that repeats the words of the page's head."""


def arena_now() -> str:
    """What `plan --svg` draws of a keyword spotter."""
    with tempfile.TemporaryDirectory() as folder:
        line = f"microinfer plan ds_cnn -p {PART} --svg arena.svg"
        code, said = run(Command(line, line, 0, ""), Path(folder))
        assert code == 0, said
        return (Path(folder) / "arena.svg").read_text(encoding="utf-8")


def report_now() -> str:
    """The page about the digits."""
    return microinfer.report("digits", PART).html


def shown(page: str) -> str:
    """The words and figures of a report above its drawings."""
    body = re.sub(r"<(script|style).*?</\1>", "", page.partition("<body")[2], flags=re.DOTALL)
    words = re.sub(r"<[^>]*>", " ", body.partition("Tensor arena")[0].partition(">")[2])
    return " ".join(words.split())


def stale() -> list[str]:
    """Pictures that show what is no longer so."""
    from PIL import Image

    found = [] if ARENA.is_file() and ARENA.read_text(encoding="utf-8") == arena_now() else [ARENA.name]
    with Image.open(REPORT) as image:
        return found if image.info.get(KEY) == shown(report_now()) else [*found, REPORT.name]


def photograph(page: str) -> bytes:
    """The upper part of a page as PNG with few colours."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        with open_browser(Path(folder) / "browser") as browser:
            browser.emulate(WIDTH, HEIGHT)
            browser.open(path)
            shot = base64.b64decode(browser.cdp("Page.captureScreenshot")["data"])
    text, made = PngInfo(), io.BytesIO()
    text.add_itxt(KEY, shown(page))
    image = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(made, "PNG", optimize=True, pnginfo=text)
    return made.getvalue()


def main(options: list[str]) -> int:
    if "--check" in options:
        found = stale()
        print(f"stale: {', '.join(found)}" if found else "as drawn now")
        return 1 if found else 0
    FOLDER.mkdir(exist_ok=True)
    ARENA.write_text(arena_now(), encoding="utf-8")
    REPORT.write_bytes(photograph(report_now()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
