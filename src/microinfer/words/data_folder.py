"""Where the package keeps what it knows of parts, cores and prices: the TOML files of `profiles`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

__all__ = ["data_file", "modules_in"]

_PROFILES = Path(__file__).parent.parent / "profiles"


def data_file(*names: str) -> Path:
    """The path of a file or folder in `profiles`, `data_file("cores", "cortex-m4.toml")` say."""
    return _PROFILES.joinpath(*names)


def modules_in(folders: Iterable[str]) -> list[str]:
    """The names of the modules in folders, as their files are called; packages are not among them."""
    files = sorted(file.name for folder in folders for file in os.scandir(folder))
    return [file.removesuffix(".py") for file in files if file.endswith(".py") and file != "__init__.py"]
