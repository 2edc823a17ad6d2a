"""How good are the methods of `microinfer search`, and would Optuna's find more with as many scores?

    pip install 'optuna>=5'
    python benchmarks/search_methods.py [--seeds N] [--scores N]

Two spaces for an Arduino Uno (`proposing/spaces.py`), under budgets that many configurations break. Methods
are given as many scores of the proxy `regions`; what breaks a budget costs none, and Optuna's TPE is told by
how much it does, as a constraint. In the second table a score is the proxy with noise, the less the more it
is given, as a training of few epochs tells less: halving here, and Optuna's TPE with its own successive
halving, spend as much in all; what counts in the end is the proxy without noise. All is seeded. Where Optuna
is not installed, its rows are left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

from microinfer.searches import search_of
from microinfer.searches.proxies import PROXIES
from proposing import ours, spaces
from proposing.judge import Judge

try:
    from proposing import optunas
except ImportError:
    optunas = None  # type: ignore[assignment]

LEAST, MOST, FACTOR = 1, 9, 3


def by_scores(space: str, seeds: int, scores: int, store: Path) -> list[tuple[str, ...]]:
    """A row a method: the best after a quarter, a half and all of the scores, and proposals a score."""
    score = PROXIES[spaces.PROXY]
    judge = Judge(search_of(ours.table_of(space)), getattr(spaces, space))
    runs: dict[str, Callable[[int], tuple[list[float], int]]] = {
        "random": lambda seed: ours.best_by(space, "random", seed, scores, store),
        "evolution": lambda seed: ours.best_by(space, "evolution", seed, scores, store),
    }
    if optunas is not None:
        runs["Optuna's TPE"] = lambda seed: optunas.best_by(judge.spec, judge, score, seed, scores)
    rows = []
    for name, run in runs.items():
        found = [run(seed) for seed in range(seeds)]
        at = [mean(bests[min(part, len(bests)) - 1] for bests, _ in found) for part in quarters(scores)]
        proposed = mean(count / len(bests) for bests, count in found)
        each = ", ".join(f"{bests[-1]:.1f}" for bests, _ in found)
        rows.append((space, name, *(f"{one:.1f}" for one in at), each, f"{proposed:.1f}"))
    return rows


def quarters(scores: int) -> tuple[int, int, int]:
    return scores // 4, scores // 2, scores


def by_halving(space: str, seeds: int, trials: int, store: Path) -> list[tuple[str, ...]]:
    """A row a method: what the one that was chosen is without noise."""
    rungs = {"least": LEAST, "most": MOST, "factor": FACTOR}
    spec = search_of({**ours.table_of(space), "method": "halving", "halving": rungs, "trials": trials})
    judge = Judge(spec, getattr(spaces, space))
    spent, count = 0.0, trials
    for rung in spec.rungs:
        spent += count * (rung or 0.0)
        count = -(-count // spec.factor)
    runs: dict[str, Callable[[int], dict[str, Any]]] = {
        "halving": lambda seed: ours.halve(space, seed, trials, rungs, store)
    }
    if optunas is not None:
        runs["Optuna's TPE and halving"] = lambda seed: optunas.halve(spec, judge, spaces.noisy, seed, spent)
    rows = []
    for name, run in runs.items():
        found = [PROXIES[spaces.PROXY](judge(run(seed))[0]) for seed in range(seeds)]
        each = ", ".join(f"{one:.1f}" for one in found)
        rows.append((space, name, f"{spent:.0f}", f"{mean(found):.1f}", each))
    return rows


def show(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" for _ in head) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--scores", type=int, default=48)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "all.sqlite")
        rows = [
            row for space in spaces.SPACES for row in by_scores(space, options.seeds, options.scores, store)
        ]
        after = tuple(f"after {part}" for part in quarters(options.scores))
        show(("space", "method", *after, "each seed", "measured a score"), rows)
        rows = [
            row for space in spaces.SPACES for row in by_halving(space, options.seeds, options.scores, store)
        ]
        print()
        show(("space", "method", "spent", "the best, without noise", "each seed"), rows)


if __name__ == "__main__":
    main()
