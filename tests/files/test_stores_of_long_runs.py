"""What happens to the stores of sweeps, searches and campaigns of flips: no space, no right to write, forks
and spawned processes."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from microinfer.errors import InputError
from microinfer.files.database import Database
from microinfer.injection import FlipStore
from microinfer.sweeps import Store

from support.clients import rows_of_table
from support.long_runs import LONG_RUNS, as_anybody, in_a_child

LONG = pytest.mark.parametrize("what", LONG_RUNS)


@LONG
@pytest.mark.skipif(sys.platform != "linux", reason="holds the size of files by a limit")
def test_a_full_disk_keeps_what_is_there(what: str, tmp_path: Path) -> None:
    """A file that may not grow is to SQLite what a full disk is."""
    import resource

    write, run = LONG_RUNS[what]
    write(tmp_path)
    store = tmp_path / "store.sqlite"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (run.disk, run.disk))

    out, err = (process := run.begin(store, more=True, preexec_fn=limit)).communicate(timeout=400)
    assert process.returncode == 2, out
    assert len(err.splitlines()) == 1, err
    assert "store.sqlite: " in err
    assert "kept" in err
    before = rows_of_table(store, run.table)
    assert before > 0
    out, err = (process := run.begin(store, more=True)).communicate(timeout=400)
    assert process.returncode == 0, err
    told = json.loads(out)
    assert told["reused"] == before
    assert rows_of_table(store, run.table) > before


@LONG
@pytest.mark.skipif(sys.platform != "linux", reason="the superuser is held by his rights here")
def test_a_store_that_cannot_be_written(what: str, tmp_path: Path) -> None:
    """What is in it is told; what is not in it cannot be done."""
    write, run = LONG_RUNS[what]
    write(tmp_path)
    store = tmp_path / "store.sqlite"
    _, err = (process := run.begin(store)).communicate(timeout=400)
    assert process.returncode == 0, err
    before = rows_of_table(store, run.table)
    store.chmod(0o444)
    tmp_path.chmod(0o555)
    out, err = (process := run.begin(store, preexec_fn=as_anybody)).communicate(timeout=400)
    assert process.returncode == 0, err
    assert json.loads(out)["reused"] == before
    _, err = (process := run.begin(store, more=True, preexec_fn=as_anybody)).communicate(timeout=400)
    assert process.returncode == 2
    assert err == f"microinfer: {store}: cannot be written, and rows are still to be done\n"
    tmp_path.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.parametrize(
    ("kind", "look"),
    [
        (Store, lambda store: store.count()),
        (Store, lambda store: store.scores(["k"])),
        (FlipStore, lambda store: store.trials("c", "flash", 0, 9)),
        (FlipStore, lambda store: store.add("c", [])),
    ],
)
def test_a_fork_does_not_use_its_parents_store(
    kind: type[Database], look: Callable[[Database], object], tmp_path: Path
) -> None:
    with kind(tmp_path / "s.sqlite") as store:
        pid = os.fork()
        if pid == 0:
            try:
                look(store)
            except InputError as error:
                os._exit(7 if "was opened by another process" in str(error) else 8)
            os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
        look(store)


@LONG
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_one_in_a_child(method: str, what: str, tmp_path: Path) -> None:
    """After one in its parent, whose connection is still open."""
    path = tmp_path / "s.sqlite"
    run = LONG_RUNS[what][1]
    in_a_child(what, str(path), much=False)
    before = rows_of_table(path, run.table)
    with (FlipStore if what == "faults" else Store)(path):
        child = multiprocessing.get_context(method).Process(target=in_a_child, args=(what, str(path), True))
        child.start()
        child.join(300)
        assert child.exitcode == 0
    assert rows_of_table(path, run.table) > before
