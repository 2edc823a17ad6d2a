"""Searches of small networks, as several tests begin them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import microinfer
from microinfer.searches import SearchReport, Trial

__all__ = ["NETWORKS", "SPACE", "search", "spec", "timeless", "write"]

NETWORKS = Path(__file__).parent / "searched_networks.py"
SPACE: dict[str, Any] = {"units": {"ints": [2, 100]}, "rate": {"log": [1e-4, 1.0]}}


def spec(function: str = "score", **more: Any) -> dict[str, Any]:
    return {
        "build": f"{NETWORKS}:build",
        "score": f"{NETWORKS}:{function}",
        "parts": "arduino-uno",
        "space": SPACE,
        "trials": 24,
        **more,
    }


def search(folder: Path, table: dict[str, Any], name: str = "s.sqlite", **more: Any) -> SearchReport:
    return microinfer.search(table, store=folder / name, **{"jobs": 1, **more})


def timeless(trials: tuple[Trial, ...]) -> list[Trial]:
    return [replace(one, took_s=0.0) for one in trials]


def write(folder: Path, function: str = "slow", trials: int = 40) -> Path:
    path = folder / "s.toml"
    path.write_text(
        f"build = '{NETWORKS}:build'\nscore = '{NETWORKS}:{function}'\nparts = 'arduino-uno'\n"
        f"trials = {trials}\n[space]\nunits = {{ ints = [2, 100] }}\n"
    )
    return path
