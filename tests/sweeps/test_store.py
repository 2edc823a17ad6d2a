"""The file in which rows are kept: several at once, forks, no space, no right to write, and other files."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest

from microinfer import zoo
from microinfer.sweeps import Store, SweepRow, specification_of
from microinfer.sweeps.score_row import ScoreRow
from microinfer.sweeps.sweep_row import COLUMNS

from support.commands import error_of

TABLE = {"models": [{"zoo": ["digits", "sine"]}], "parts": "all", "libraries": "all"}
SPEC = "parts = 'all'\n"
SPEC += "libraries = 'all'\nbuilds = ['O3', 'Os']\n[[models]]\nzoo = ['digits', 'sine', 'ds_cnn']\n"


def row(name: str) -> SweepRow:
    return SweepRow(name, "part", "library", "release", "O2", "", "yes", latency_s=0.25, provisional=True)


def begin(spec: Path, *options: str, **how: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "microinfer", "sweep", str(spec), "--jobs", "1", *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,  # type: ignore[call-overload]
    )


def counted(path: Path) -> int:
    with Store(path) as store:
        return store.count()


def test_rows_come_back_as_they_went(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        store.add([(f"k{n}", row(f"m{n}")) for n in range(1200)], {"recipe": "content"})
        store.add([("k0", row("other"))])
        found = store.rows(f"k{n}" for n in range(2000))
        assert found == {f"k{n}": row(f"m{n}") for n in range(1200)}
        store.add([("k0", row("other"))], anew=True)
        assert store.rows(["k0"]) == {"k0": row("other")}
        assert store.made(["recipe", "none"]) == {"recipe": "content"}
        assert store.has(["k5", "none"]) == {"k5"}
    assert [path.name for path in tmp_path.iterdir()] == ["s.sqlite"]


def test_two_sweeps_on_one_store(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(SPEC)
    both = [begin(tmp_path / "spec.toml", "--json") for _ in range(2)]
    said = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    what = specification_of({**TABLE, "builds": ["O3", "Os"]})
    assert counted(tmp_path / "spec.sqlite") == 3 * len(what.settings)


def test_two_sweeps_share_the_work(tmp_path: Path) -> None:
    """Each leaves what the other has done meanwhile: together they do hardly more than one alone."""
    (tmp_path / "slow.py").write_text(
        "import time\nfrom microinfer import zoo\n"
        "def build(c): time.sleep(0.25); return zoo.load('ds_cnn', width=0.1, seed=c['n'])\n"
    )
    numbers = ", ".join(map(str, range(32)))
    (tmp_path / "spec.toml").write_text(
        "parts = 'all'\nlibraries = 'all'\n[[models]]\nbuild = 'slow.py:build'\n"
        f"grid = {{ n = [{numbers}] }}\n"
    )
    both = [begin(tmp_path / "spec.toml", "--json") for _ in range(2)]
    told = [json.loads(process.communicate(timeout=240)[0]) for process in both]
    wanted = told[0]["wanted"]
    assert all(one["complete"] and one["done"] + one["reused"] == wanted for one in told)
    assert all(one["done"] < wanted for one in told)
    assert sum(one["done"] for one in told) < 1.5 * wanted


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with Store(path) as store:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")

        def let_go() -> None:
            sleep(1.0)
            other.execute("COMMIT")
            other.close()

        thread = threading.Thread(target=let_go)
        thread.start()
        store.add([("k", row("m"))])
        thread.join()
        assert store.count() == 1


def test_a_store_of_version_1_goes_on(tmp_path: Path) -> None:
    """It had no watts and no scores."""
    path = tmp_path / "s.sqlite"
    Store(path).close()
    file = sqlite3.connect(path)
    for name in COLUMNS:
        if name.endswith("_w"):
            file.execute(f"ALTER TABLE rows DROP COLUMN {name}")
    names = [name for name in COLUMNS if not name.endswith("_w")]
    told = ", ".join("?" for _ in ("key", *names))
    before = row("m")
    file.execute(f"INSERT INTO rows VALUES ({told})", ("k", *(getattr(before, name) for name in names)))
    file.execute("DROP TABLE scores")
    file.execute("DROP TABLE models")
    file.execute("PRAGMA user_version = 1")
    file.commit()
    file.close()
    with Store(path) as store:
        assert store.rows(["k"]) == {"k": before}
        after = replace(before, active_w=0.04, active_low_w=0.03, active_high_w=0.05)
        store.add([("l", after)])
        store.add_scores([("s", ScoreRow(0.5, "c"))], {"c": b"model"})
        assert store.rows(["l"]) == {"l": after}
        assert store.scores(["s", "none"]) == {"s": ScoreRow(0.5, "c")}
        assert store.model("c") == b"model"
        assert store.model("none") is None


def no_store(path: Path) -> None:
    path.write_bytes(zoo.load("digits"))


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE rows (key TEXT)")
    file.close()


def later_version(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 99")
    file.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (no_store, "is no store, and stays as it is"),
        (other_database, "is a database of something else, and stays as it is"),
        (later_version, "a store of version 99, expected 2; name another file"),
        (Path.mkdir, "is a folder, expected a file for the rows"),
    ],
)
def test_what_is_no_store_stays_as_it_is(make: Callable[[Path], None], said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.sqlite"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    (tmp_path / "spec.toml").write_text("models = [{ zoo = 'digits' }]\n")
    assert said in error_of("sweep", tmp_path / "spec.toml", "--store", path)
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert "no such folder" in error_of("sweep", tmp_path / "spec.toml", "--store", tmp_path / "no/s.sqlite")
