"""Commands that run beside a test, and what they have kept in their store so far."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dask_processes import DaskProcesses

__all__ = ["begin", "begin_microinfer", "lose_the_last_worker", "rows_of_table", "wait_for_rows"]


def begin(*arguments: str, **how: Any) -> subprocess.Popen[str]:
    """This interpreter with these arguments; `how` are those of Popen."""
    return subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how
    )


def begin_microinfer(*arguments: str, **how: Any) -> subprocess.Popen[str]:
    return begin("-m", "microinfer", *arguments, **how)


def rows_of_table(store: Path, table: str) -> int:
    """How many rows are in a store that others write; 0 where it, or its table, is not there yet."""
    if not store.exists():
        return 0
    file = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return int(file.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        file.close()


def wait_for_rows(
    store: Path, table: str, least: int, client: subprocess.Popen[str], seconds: float = 180
) -> None:
    """Until so many rows are there; whoever writes them must not have ended before."""
    end = monotonic() + seconds
    while rows_of_table(store, table) < least:
        assert monotonic() < end
        assert client.poll() is None, client.communicate()
        sleep(0.05)


def lose_the_last_worker(dask: DaskProcesses, client: subprocess.Popen[str]) -> None:
    """Killed, told of, and followed by another."""
    dask.workers[0].kill()
    assert client.stderr is not None
    assert "has no worker any more; what came back is kept, and one is waited for" in client.stderr.readline()
    dask.add_worker("next")
