"""Where rows are kept: one SQLite file, written by the sweeps themselves and by none of their workers.

A row lies under a digest of all that it hangs on, so that it is the same for every sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any, TypeVar

from ..files.database import Database
from .score_row import ScoreRow
from .sweep_row import COLUMNS, SweepRow

__all__ = ["Store"]

AT_ONCE = 500
"""Keys in a question; SQLite takes 999 at the least."""
T = TypeVar("T")


class Store(Database):
    """Rows by key, and what recipes gave."""

    application = 0x6D69_7377
    """ "misw"."""
    version = 2
    _seen = -1
    """The state of the file when it was last looked at."""

    def _make(self) -> None:
        """The tables of this version, where there are none, or those of version 1, which had less."""
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self._file.execute(f"CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, {columns})")
        there = {str(each[1]) for each in self._file.execute("PRAGMA table_info(rows)").fetchall()}
        for name, kind in COLUMNS.items():
            if name not in there:
                self._file.execute(f"ALTER TABLE rows ADD COLUMN {name} {kind}")
        for table, rest in (
            ("made", "recipe TEXT PRIMARY KEY, content TEXT NOT NULL"),
            ("scores", "key TEXT PRIMARY KEY, score REAL, content TEXT, reasons TEXT, took_s REAL"),
            ("models", "content TEXT PRIMARY KEY, file BLOB NOT NULL"),
        ):
            self._file.execute(f"CREATE TABLE IF NOT EXISTS {table} ({rest})")

    def add(
        self, rows: Iterable[tuple[str, SweepRow]], made: Mapping[str, str] = {}, *, anew: bool = False
    ) -> None:
        """Keep rows by their keys, and the content that recipes gave: all of them, or none.

        Args:
            anew: replace rows that are there.

        Raises:
            InputError: the file cannot be written, or the disk is full.
        """
        self._expect_writable()
        verb = "REPLACE" if anew else "IGNORE"
        names = [one.name for one in fields(SweepRow)]
        marks = ", ".join("?" * (1 + len(names)))
        with self._said(), self._transaction():
            self._file.executemany(
                f"INSERT OR {verb} INTO rows (key, {', '.join(names)}) VALUES ({marks})",
                ((key, *(getattr(row, name) for name in names)) for key, row in rows),
            )
            self._file.executemany("INSERT OR REPLACE INTO made VALUES (?, ?)", made.items())

    def add_scores(
        self,
        scores: Iterable[tuple[str, ScoreRow]],
        models: Mapping[str, bytes] = {},
        *,
        anew: bool = False,
    ) -> None:
        """Keep scores by their keys, and the models that they gave back by their content, as `add` does.

        Raises:
            InputError: as for `add`.
        """
        self._expect_writable()
        verb = "REPLACE" if anew else "IGNORE"
        with self._said(), self._transaction():
            self._file.executemany("INSERT OR IGNORE INTO models VALUES (?, ?)", models.items())
            self._file.executemany(
                f"INSERT OR {verb} INTO scores VALUES (?, ?, ?, ?, ?)",
                ((key, one.score, one.content, one.reasons, one.took_s) for key, one in scores),
            )

    def scores(self, keys: Iterable[str]) -> dict[str, ScoreRow]:
        """Key to score, of those that are there."""
        question = "SELECT key, score, content, reasons, took_s FROM scores WHERE key"
        return dict(self._asked(question, keys, lambda found: (str(found[0]), ScoreRow(*found[1:]))))

    def model(self, content: str) -> bytes | None:
        """The file of a model that a score gave back, by its content."""
        self._own()
        with self._said():
            found = self._file.execute("SELECT file FROM models WHERE content = ?", (content,)).fetchone()
        return None if found is None else bytes(found[0])

    def made(self, recipes: Iterable[str]) -> dict[str, str]:
        """Recipe to content, of those that are known."""
        return dict(self._asked("SELECT recipe, content FROM made WHERE recipe", recipes, tuple))

    def has(self, keys: Iterable[str], *, errors: bool = True) -> set[str]:
        """Which of the keys have rows; without `errors`, rows that tell something."""
        told = "" if errors else "verdict != 'error' AND "
        return set(self._asked(f"SELECT key FROM rows WHERE {told}key", keys, lambda found: str(found[0])))

    def rows(self, keys: Iterable[str]) -> dict[str, SweepRow]:
        """Key to row, of those that are there."""
        names = ", ".join(COLUMNS)
        return dict(self._asked(f"SELECT key, {names} FROM rows WHERE key", keys, _row))

    def changed(self) -> bool:
        """Whether somebody else has written to it since this was last asked."""
        self._own()
        with self._said():
            version = int(self._file.execute("PRAGMA data_version").fetchone()[0])
        changed, self._seen = version != self._seen, version
        return changed

    def count(self) -> int:
        """All rows of all sweeps."""
        self._own()
        with self._said():
            return int(self._file.execute("SELECT count(*) FROM rows").fetchone()[0])

    def _asked(self, question: str, keys: Iterable[str], read: Callable[[Sequence[Any]], T]) -> Iterator[T]:
        self._own()
        waiting = iter(keys)
        while some := list(islice(waiting, AT_ONCE)):
            with self._said():
                marks = ", ".join("?" * len(some))
                yield from map(read, self._file.execute(f"{question} IN ({marks})", some).fetchall())


def _row(found: Sequence[Any]) -> tuple[str, SweepRow]:
    values = dict(zip(COLUMNS, found[1:], strict=True))
    values["provisional"] = bool(values["provisional"])
    return str(found[0]), SweepRow(**values)
