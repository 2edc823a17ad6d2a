"""Runs the commands of the README, of docs/ and of the gallery, and writes below each what it prints now.

    python benchmarks/refresh_docs.py [PAGE ...]
    python benchmarks/refresh_docs.py --check [PAGE ...]    write nothing; exit 1 where a page is stale

An example of the gallery prints its results and draws its picture first. Output that ends in a line "..."
stays cut to as many lines. A block without output stays without. Times on the computer that runs them make
no page stale, and are written only with what else has changed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.documents import refreshed, stale  # noqa: E402
from support.gallery import FOLDER, anew, example_of, write_results  # noqa: E402

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(FOLDER.glob("*/README.md"))]


def main(names: list[str]) -> int:
    check = "--check" in names
    named = [Path(name) for name in names if name != "--check"]
    behind = 0
    for page in named or PAGES:
        example = example_of(page)
        if example is not None and not check:
            write_results(example)
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            new = refreshed(text, Path(folder)) if example is None else anew(example, Path(folder))
        changes = stale(text, new)
        behind += bool(changes)
        if changes and not check:
            page.write_text(new, encoding="utf-8")
        print("\n".join([f"{example or page.name}: {'stale' if changes else 'as printed'}", *changes]))
    return 1 if check and behind else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
