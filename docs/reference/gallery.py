"""The gallery's pages and pictures, which lie beside its examples."""

from __future__ import annotations

from pathlib import Path

__all__ = ["GALLERY", "gallery_files"]

ROOT = Path(__file__).resolve().parents[2]
GALLERY = "examples/gallery"


def gallery_files() -> dict[str, Path]:
    """Where each is, below the pages' folder and below the tree's root: the index, then the examples."""
    folder = ROOT / GALLERY
    found = [folder / "README.md", *sorted(folder.glob("*/README.md")), *sorted(folder.glob("*/*.svg"))]
    return {path.relative_to(ROOT).as_posix(): path for path in found}
