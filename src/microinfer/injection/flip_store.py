"""Where trials are kept: one SQLite file, in which a campaign lies under a digest of all that it hangs on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from ..files.database import Database
from .flip import COLUMNS, Flip

__all__ = ["FlipStore"]

_NAMES = tuple(one.name for one in fields(Flip))


class FlipStore(Database):
    """Trials by campaign, memory and number."""

    application = 0x6D69_666C
    """ "mifl"."""
    version = 1

    def _make(self) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self._file.execute(
            f"CREATE TABLE IF NOT EXISTS trials (campaign TEXT NOT NULL, {columns}, "
            "PRIMARY KEY (campaign, memory, number)) WITHOUT ROWID"
        )

    def add(self, campaign: str, trials: Iterable[Flip]) -> None:
        """Keep trials: all of them, or none.

        Raises:
            InputError: the file cannot be written, or the disk is full.
        """
        self._expect_writable()
        marks = ", ".join("?" * (1 + len(_NAMES)))
        with self._said(), self._transaction():
            self._file.executemany(
                f"INSERT OR REPLACE INTO trials VALUES ({marks})",
                ((campaign, *(getattr(one, name) for name in _NAMES)) for one in trials),
            )

    def trials(self, campaign: str, memory: str, first: int, most: int) -> list[Flip]:
        """Those with numbers from `first` on and below `most`, in order."""
        self._own()
        which = "campaign = ? AND memory = ? AND number >= ? AND number < ?"
        asked = f"SELECT {', '.join(_NAMES)} FROM trials WHERE {which} ORDER BY number"
        with self._said():
            found = self._file.execute(asked, (campaign, memory, first, most)).fetchall()
        return [Flip(*row) for row in found]
