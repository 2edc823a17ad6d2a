"""The search that ships, on a space of the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import microinfer

from .spaces import BUDGETS, PROXY, SPACES

HERE = Path(__file__).parent


def table_of(space: str) -> dict[str, Any]:
    """What a search is to do there."""
    return {
        "build": f"{HERE / 'spaces.py'}:{space}",
        "score": PROXY,
        "parts": "arduino-uno",
        "space": SPACES[space],
        "budgets": BUDGETS[space],
    }


def best_by(space: str, method: str, seed: int, scores: int, store: Path) -> tuple[list[float], int]:
    """The best score after each score, and how many configurations were measured for them."""
    table = {**table_of(space), "method": method, "seed": seed, "trials": scores}
    found = microinfer.search(table, store=store, jobs=1)
    bests: list[float] = []
    for trial in sorted(found.trials, key=lambda one: one.number):
        if trial.score is not None:
            bests.append(max([*bests[-1:], trial.score]))
    return bests, found.proposed


def halve(space: str, seed: int, trials: int, rungs: dict[str, int], store: Path) -> dict[str, Any]:
    """The configuration that halving ends with."""
    score = f"{HERE / 'spaces.py'}:noisy"
    table = {**table_of(space), "method": "halving", "score": score, "halving": rungs}
    found = microinfer.search({**table, "seed": seed, "trials": trials}, store=store, jobs=1)
    assert found.best is not None
    return found.best.config
