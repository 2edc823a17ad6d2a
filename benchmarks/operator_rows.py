"""Holds published logs of single operators against what microinfer says of them, operator by operator.

    python benchmarks/operator_rows.py

The logs are benchmarks/data/published_operators.toml.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from boards import table
from microinfer import load_profile
from microinfer.deploy.deployment import Deployment, deploy
from microinfer.parts.memories import MemoryTiming
from microinfer.timing.operator_cost import OperatorCost
from published_rows import network

DATA = Path(__file__).parent / "data" / "published_operators.toml"


@dataclass(frozen=True, slots=True)
class Logged:
    """One operator: what the log says and what we say, in cycles."""

    name: str
    took: float
    cost: OperatorCost

    @property
    def error(self) -> float:
        return (self.cost.cycles or 0) / self.took - 1

    @property
    def inside(self) -> bool:
        return (self.cost.cycles_low or 0) <= self.took <= (self.cost.cycles_high or 0)


@cache
def logs() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(DATA.read_text(encoding="utf-8"))["log"])


def taken(log: dict[str, Any]) -> list[float]:
    """Cycles by operator."""
    if "cycles" in log:
        return [float(value) for value in log["cycles"]]
    return [value * log["clock_hz"] / 1e6 for value in log["us"]]


def deployed(log: dict[str, Any], timing: MemoryTiming | None = None) -> Deployment | None:
    """The log's network on its board, with its own memories or others; None without the network."""
    model = network(log["network"])
    if model is None:
        return None
    board = load_profile(log["board"]).built(log["build"])
    return deploy(model, board if timing is None else replace(board, timing=timing), log["library"])


def held(log: dict[str, Any]) -> tuple[Deployment, list[Logged]] | None:
    """The deployment and its operators beside the log's; None without the network."""
    at = deployed(log)
    if at is None:
        return None
    pairs = zip(at.steps, taken(log), at.costs, strict=True)
    return at, [Logged(step.name, took, cost) for step, took, cost in pairs]


def lines() -> Iterator[str]:
    for log in logs():
        found = held(log)
        if found is None:
            yield f"{log['board']}: {log['network']} is not here\n"
            continue
        at, rows = found
        said, took = at.seconds, log["total_us"] / 1e6
        assert said is not None
        good = sum(row.inside for row in rows)
        yield f"{log['board']}, {log['library']} at -{log['build']}, {log['network']}: {log['source']}"
        yield (
            f"{good} of {len(rows)} operators inside, median error {median(abs(r.error) for r in rows):.1%}; "
            f"in all {took * 1e3:.4g} ms measured, {said.typical * 1e3:.4g} ms said "
            f"({said.low * 1e3:.4g} to {said.high * 1e3:.4g}), {said.typical / took - 1:+.1%}\n"
        )
        shown = [
            [
                row.name,
                row.cost.variant,
                f"{row.took:,.0f}",
                f"{row.cost.cycles:,}",
                f"{row.error:+.1%}",
                "inside" if row.inside else "outside",
            ]
            for row in rows
        ]
        yield from table(["operator", "kernel", "cycles measured", "predicted", "error", ""], shown)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.parse_args(arguments)
    print("\n".join(lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
