"""What a campaign has done, in one SQLite file: who starts it anew goes on where it ended."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import microinfer

from .tally import Finding, Tally

__all__ = ["Store", "state_of_code"]


@cache
def state_of_code() -> str:
    """Of the package and of what damages: mutants of one state say nothing of another."""
    digest = hashlib.sha256()
    for folder in (Path(microinfer.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Store:
    """Tallies by blocks of mutants. A block is there as a whole or not at all."""

    def __init__(self, path: str | Path) -> None:
        self._base = sqlite3.connect(path, timeout=60)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.executescript(
            "CREATE TABLE IF NOT EXISTS blocks (campaign INTEGER, start INTEGER, stop INTEGER, code TEXT,"
            " tally TEXT, PRIMARY KEY (campaign, start, code));"
            "CREATE TABLE IF NOT EXISTS findings (campaign INTEGER, number INTEGER, code TEXT, seed TEXT,"
            " way TEXT, what TEXT, data BLOB, PRIMARY KEY (campaign, number, code, what))"
        )

    def keep(self, campaign: int, start: int, stop: int, tally: Tally) -> None:
        """A block that is done."""
        code = state_of_code()
        with self._base:
            self._base.executemany(
                "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(campaign, f.number, code, f.seed, f.way, f.what, f.data) for f in tally.findings],
            )
            self._base.execute(
                "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?)",
                (campaign, start, stop, code, json.dumps(tally.to_dict())),
            )

    def done(self, campaign: int, any_code: bool = False) -> set[tuple[int, int]]:
        """(start, stop) of the blocks that were done with the present code, or with any."""
        rows = self._base.execute("SELECT start, stop, code FROM blocks WHERE campaign = ?", (campaign,))
        return {(start, stop) for start, stop, code in rows if any_code or code == state_of_code()}

    def tally(self, campaign: int, any_code: bool = False) -> Tally:
        """Of all of them."""
        made = Tally()
        rows = self._base.execute("SELECT tally, code FROM blocks WHERE campaign = ?", (campaign,))
        for kept, code in rows.fetchall():
            if any_code or code == state_of_code():
                made += Tally.of(json.loads(kept))
        made.findings = list(self._findings(campaign, any_code))
        return made

    def _findings(self, campaign: int, any_code: bool) -> Iterator[Finding]:
        rows = self._base.execute(
            "SELECT number, seed, way, what, data, code FROM findings WHERE campaign = ? ORDER BY number",
            (campaign,),
        )
        for *found, code in rows:
            if any_code or code == state_of_code():
                yield Finding(*found)
