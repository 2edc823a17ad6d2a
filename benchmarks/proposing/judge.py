"""By how much a configuration breaks the budgets: what Optuna is told of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from microinfer.searches import SearchSpec
from microinfer.searches.proposals import mark_of
from microinfer.sweeps.measuring import measure_rows
from microinfer.sweeps.sweep_row import SweepRow

Judged = tuple[bytes, float]
"""A model, and by how much it is over the budgets: 0 and below where it keeps to them."""


class Judge:
    """Builds and measures; each configuration once, whoever asks."""

    def __init__(self, spec: SearchSpec, build: Callable[[dict[str, Any]], bytes]) -> None:
        self.spec, self.build = spec, build
        self._known: dict[str, Judged] = {}

    def __call__(self, config: Mapping[str, Any]) -> Judged:
        mark = mark_of(config)
        if mark not in self._known:
            made = self.build(dict(config))
            (row,) = measure_rows(made, "model", self.spec.settings)
            self._known[mark] = made, self._over(row)
        return self._known[mark]

    def _over(self, row: SweepRow) -> float:
        """A sum of shares; of what the part does not hold, 10."""
        most = self.spec.budgets
        pairs = (
            (row.latency_high_s, most.latency_s),
            (row.arena_bytes, most.arena_bytes),
            (row.flash_high_bytes or row.flash_bytes, most.flash_bytes),
        )
        over = sum(max(0.0, found / wanted - 1) for found, wanted in pairs if found and wanted)
        kept = most.judge(row) == "yes"
        assert not (kept and over)
        return 0.0 if kept else over or 10.0
