"""The README and the picture of an example: `run.py` prints the one's figures and draws the other.

Without an option it prints; `--write` puts both where they belong; `--check` writes nothing, and exits with
1 where they are not what is there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DIGESTS",
    "PICTURE",
    "digests",
    "main",
    "make",
    "samples",
    "with_results",
    "write_digests",
    "write_model",
]

BEGIN, END = "<!-- printed by run.py -->", "<!-- as far as here -->"
PICTURE = "picture.svg"
DIGESTS = "digests.txt"


def with_results(page: str, results: Sequence[str]) -> str:
    """A page's text with other lines between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"README.md lacks {BEGIN} or {END} below it")
    return "\n".join([f"{before}{BEGIN}", "", *results, "", f"{END}{after}"])


def main(folder: Path, results: Sequence[str], drawn: str, arguments: Sequence[str]) -> int:
    """What `run.py` does with what it found; the exit code."""
    page = folder / "README.md"
    wanted = {page: with_results(page.read_text(encoding="utf-8"), results), folder / PICTURE: drawn}
    if "--write" in arguments:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    if "--check" in arguments:
        stale = [
            path.name
            for path, text in wanted.items()
            if not path.is_file() or path.read_text(encoding="utf-8") != text
        ]
        if stale:
            print(f"{folder.name}: stale: {', '.join(stale)}; run.py --write", file=sys.stderr)
        return 1 if stale else 0
    print("\n".join(results))
    return 0


def make(
    folder: Path,
    making: Callable[[Path], None],
    arguments: Sequence[str],
    short: Callable[[Path], None] | None = None,
) -> None:
    """What `make.py` does: make all in the folder that is named, or in its own, whose digests it notes.

    Args:
        short: what `--quick` does instead, into a folder that is named: every step, but training is with less
            and not for long, so that a test can try all of it. The network is a worse one.
    """
    named = [one for one in arguments if one != "--quick"]
    if len(named) == len(arguments):
        making(Path(named[0]) if named else folder)
    elif short is None:
        raise SystemExit(f"{folder.name}: takes no --quick: all of it is quick")
    elif not named:
        raise SystemExit(f"{folder.name}: --quick makes a worse network; name a folder for it")
    else:
        short(Path(named[0]))
    if not arguments:
        write_digests(folder.parent)


def digests(gallery: Path) -> str:
    """The digests of all that is made and not in the zoo, as `sha256sum` prints them."""
    made = sorted(path for ending in ("tflite", "npz") for path in gallery.glob(f"*/*.{ending}"))
    lines = [
        f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(gallery)}\n"
        for path in made
        if not path.is_symlink()
    ]
    return "".join(lines)


def write_digests(gallery: Path) -> None:
    (gallery / DIGESTS).write_text(digests(gallery), encoding="utf-8")


def samples(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays of an example's `.npz` file."""
    with np.load(path, allow_pickle=False) as found:
        return dict(found)


def write_model(out: Path, name: str, model: bytes, **arrays: Any) -> None:
    """The model, and held-out samples if there are any, where `make.py` leaves them: through links, if so.

    Where a model's link leads, in the zoo, a README.md has the digests.
    """
    out.mkdir(parents=True, exist_ok=True)
    paths = [
        (out / f"{name}.{ending}").resolve() for ending in (("tflite", "npz") if arrays else ("tflite",))
    ]
    paths[0].write_bytes(model)
    if arrays:
        np.savez_compressed(paths[1], **arrays)
    told = paths[0].with_name("README.md")
    if paths[0].parent != out.resolve():
        text = told.read_text(encoding="utf-8")
        for path in paths:
            digest = sha256(path.read_bytes()).hexdigest()
            text = re.sub(rf"(\| `{re.escape(path.name)}` \|.*\| )`\w*`", rf"\1`{digest}`", text)
        told.write_text(text, encoding="utf-8")
