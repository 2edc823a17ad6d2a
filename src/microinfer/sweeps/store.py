"""Where rows are kept: one SQLite file, written by the sweeps themselves and by none of their workers.

A row lies under a digest of all that it hangs on, so that it is the same for every sweep. Write-ahead
logging lets several sweeps use one store at once; such a file belongs on a disk of the machine itself.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ..errors import InputError
from .score_row import ScoreRow
from .sweep_row import COLUMNS, SweepRow

__all__ = ["Store"]

APPLICATION, VERSION = 0x6D69_7377, 2
"""What SQLite's header says of the file ("misw"), and the form of its tables."""
PATIENCE_SECONDS = 60.0
AT_ONCE = 500
"""Keys in a question; SQLite takes 999 at the least."""
T = TypeVar("T")


class Store:
    """Rows by key, and what recipes gave. Of one process: another opens it for itself.

    Args:
        path: the file, made where there is none.

    Raises:
        InputError: it is something else than a store, of another version, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = os.getpid()
        self.writable = self._may_write()
        with self._said():
            self._file = self._open()
            self._prepare()

    def _may_write(self) -> bool:
        """A file in write-ahead mode asks for a folder that can be written, too."""
        if not self.path.exists():
            return True
        return os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)

    def _open(self) -> sqlite3.Connection:
        if self.path.is_dir():
            raise InputError(f"{self.path}: is a folder, expected a file for the rows")
        if not self.path.parent.is_dir():
            raise InputError(f"{self.path}: no such folder: {self.path.parent}")
        if self.writable:
            return sqlite3.connect(self.path, timeout=PATIENCE_SECONDS, isolation_level=None)
        where = f"file:{quote(str(self.path.resolve()))}?mode=ro&immutable=1"
        return sqlite3.connect(where, uri=True, isolation_level=None)

    def _prepare(self) -> None:
        found = self._file.execute("PRAGMA application_id").fetchone()[0]
        tables = self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found != APPLICATION and tables:
            raise InputError(f"{self.path}: is a database of something else, and stays as it is")
        if found != APPLICATION and not self.writable:
            raise InputError(f"{self.path}: is empty and cannot be written")
        if self.writable:
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
        version = self._file.execute("PRAGMA user_version").fetchone()[0]
        if self.writable and (found != APPLICATION or version == 1):
            with self._transaction():
                self._make()
            version = VERSION
        if version != VERSION:
            raise InputError(
                f"{self.path}: a store of version {version}, expected {VERSION}; name another file"
            )

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
        self._file.execute(f"PRAGMA application_id = {APPLICATION}")
        self._file.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _said(self) -> Iterator[None]:
        """What SQLite complains of, in one line with the file's name."""
        try:
            yield
        except sqlite3.Error as error:
            raise InputError(f"{self.path}: {_words(error)}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._file.execute("COMMIT")
        except BaseException:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            raise

    def _own(self) -> None:
        if os.getpid() != self._process:
            raise InputError(f"{self.path}: was opened by another process; open it again in this one")

    def close(self) -> None:
        """Let it go; the last one that does leaves one file."""
        if os.getpid() == self._process:
            self._file.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(
        self, rows: Iterable[tuple[str, SweepRow]], made: Mapping[str, str] = {}, *, anew: bool = False
    ) -> None:
        """Keep rows by their keys, and the content that recipes gave: all of them, or none.

        Args:
            anew: replace rows that are there.

        Raises:
            InputError: the file cannot be written, or the disk is full.
        """
        self._own()
        if not self.writable:
            raise InputError(f"{self.path}: cannot be written, and rows are still to be done")
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
        self._own()
        if not self.writable:
            raise InputError(f"{self.path}: cannot be written, and scores are still to be done")
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


def _words(error: sqlite3.Error) -> str:
    said = str(error)
    if isinstance(error, sqlite3.OperationalError) and "full" in said:
        return "no space left for more rows; those before are kept, and the same command goes on"
    if "locked" in said:
        return f"is locked by another program for more than {PATIENCE_SECONDS:g} s"
    if "not a database" in said:
        return "is no store, and stays as it is"
    if "readonly" in said:
        return "cannot be written"
    if "disk I/O" in said:
        return "cannot be read or written: disk I/O error; rows that were kept are kept"
    return said
