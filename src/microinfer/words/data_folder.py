"""Where the package keeps what it knows of parts, cores and prices: the TOML files of `profiles`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["data_file"]


def data_file(*names: str) -> Path:
    """The path of a file or folder in `profiles`, `data_file("cores", "cortex-m4.toml")` say."""
    return Path(str(files("microinfer.profiles"))).joinpath(*names)
