"""Small sweeps, run to their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from microinfer.sweeps import Alone, Campaign, Guards, Store, specification_of

__all__ = ["SMALL", "Swept"]

SMALL: dict[str, Any] = {
    "models": [{"zoo": ["digits", "sine"]}, {"architecture": "ds_cnn", "width": [0.1, 0.2], "depth": 1}],
    "parts": ["cortex-m4", "arduino-uno"],
    "libraries": "all",
    "builds": ["O3", "Os"],
}


class Swept:
    """Sweeps in a folder, with one store; `close` closes it for all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stores: list[Store] = []

    def __call__(self, table: dict[str, Any], **extra: Any) -> Campaign:
        guards = Guards(extra.pop("seconds", 60.0), extra.pop("memory_bytes", 2 << 30))
        self._stores.append(Store(self.folder / "rows.sqlite"))
        what = specification_of(table, folder=self.folder)
        campaign = Campaign(what, self._stores[-1], guards, **extra)
        campaign.run(Alone)
        return campaign

    def close(self) -> None:
        for store in self._stores:
            store.close()
