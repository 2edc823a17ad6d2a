"""One file of SQLite that long runs write to: opened with care, written whole or not at all, faults in words.

Write-ahead logging lets several processes use one file at once; such a file belongs on a disk of the
machine itself.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import ClassVar, Self
from urllib.parse import quote

from ..errors import InputError

__all__ = ["Database"]

PATIENCE_SECONDS = 60.0


class Database:
    """A file with tables of its own. Of one process: another opens it for itself.

    Args:
        path: the file, made where there is none.

    Raises:
        InputError: it is something else, of another version, or cannot be opened.
    """

    application: ClassVar[int]
    """What SQLite's header says of the file."""
    version: ClassVar[int]
    """The form of its tables, from 1 on."""

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
        if found != self.application and tables:
            raise InputError(f"{self.path}: is a database of something else, and stays as it is")
        if found != self.application and not self.writable:
            raise InputError(f"{self.path}: is empty and cannot be written")
        if self.writable:
            self._write_ahead()
            self._file.execute("PRAGMA synchronous = NORMAL")
        version = self._file.execute("PRAGMA user_version").fetchone()[0]
        if self.writable and (found != self.application or 0 < version < self.version):
            with self._transaction():
                self._make()
                self._file.execute(f"PRAGMA application_id = {self.application}")
                self._file.execute(f"PRAGMA user_version = {self.version}")
            version = self.version
        if version != self.version:
            raise InputError(
                f"{self.path}: a store of version {version}, expected {self.version}; name another file"
            )

    def _write_ahead(self) -> None:
        """SQLite waits for no other program here, which may be opening the same new file."""
        until = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._file.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or monotonic() > until:
                    raise
                sleep(0.02)

    def _make(self) -> None:
        """Make its tables, where there are none, or those of an earlier version."""
        raise NotImplementedError

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

    def _expect_writable(self) -> None:
        self._own()
        if not self.writable:
            raise InputError(f"{self.path}: cannot be written, and rows are still to be done")

    def close(self) -> None:
        """Let it go; the last one that does leaves one file."""
        if os.getpid() == self._process:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
