"""One configuration that was scored, or is to be: its figures on the parts, and its score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..sweeps.row_budgets import ORDER, Answer, Budgets, power_of
from ..sweeps.sweep_row import SweepRow
from ..words.dataclass import dataclass

__all__ = ["Trial", "judge_rows", "trial_of"]


@dataclass(frozen=True, slots=True)
class Trial:
    """`number` is that of its proposal. Figures are those of `sha256`, the model that the score gave back
    (`trained`), else the one that was built; of several parts or libraries the greatest, None where one is
    not known. `power_w` is typical, at the rate of the budgets. `budget` is what a score of halving was
    given. `reasons` say why there is no score, or no "yes"."""

    number: int
    config: dict[str, Any]
    answer: Answer
    score: float | None
    budget: float | None
    sha256: str
    trained: bool
    latency_s: float | None
    latency_low_s: float | None
    latency_high_s: float | None
    energy_j: float | None
    power_w: float | None
    arena_bytes: int | None
    ram_bytes: int | None
    flash_bytes: int | None
    reasons: str
    took_s: float

    @property
    def title(self) -> str:
        """Its configuration in a line."""
        return ", ".join(
            f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}"
            for key, value in self.config.items()
        )


def judge_rows(budgets: Budgets, rows: Sequence[SweepRow]) -> Answer:
    """The least sure answer of them all."""
    return max((budgets.judge(row) for row in rows), key=ORDER.index)


def trial_of(
    number: int, config: dict[str, Any], budgets: Budgets, rows: Sequence[SweepRow], **extra: Any
) -> Trial:
    """A trial with the figures of its rows."""

    def most(name: str) -> Any:
        found = [getattr(row, name) for row in rows]
        return None if None in found else max(found)

    powers = [None if budgets.rate_per_s is None else power_of(row, budgets.rate_per_s) for row in rows]
    typical = [power.typical for power in powers if power is not None]
    names = ("latency_s", "latency_low_s", "latency_high_s", "energy_j")
    sizes = ("arena_bytes", "ram_bytes", "flash_bytes")
    figures = {name: most(name) for name in (*names, *sizes)}
    told = dict.fromkeys(row.reasons for row in rows if row.reasons)
    return Trial(
        number=number,
        config=config,
        answer=judge_rows(budgets, rows),
        power_w=max(typical) if len(typical) == len(rows) else None,
        reasons=extra.pop("reasons", "") or "; ".join(told),
        **figures,
        **extra,
    )
