"""Which microinfer computed a figure: its version, and a digest of its code and data."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from ..words.version import __version__

__all__ = ["identity"]

KINDS = (".py", ".toml", ".tflite")
"""What figures hang on: code, prices and parts, and trained models."""


@cache
def identity() -> str:
    """Such as "0.1.0+3f9a61c204d7": equal where every file of the package is, wherever it is installed."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    folders = [root, *(root / name for name in ("kernels", "profiles"))]
    files = {
        path.relative_to(root).as_posix(): path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in KINDS and path.is_file()
    }
    for name in sorted(files):
        digest.update(f"{name}\0".encode())
        digest.update(hashlib.sha256(files[name].read_bytes()).digest())
    return f"{__version__}+{digest.hexdigest()[:12]}"
