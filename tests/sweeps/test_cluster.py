"""Real schedulers and workers of Dask's, some of which are killed."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest

import microinfer
from microinfer.errors import InputError, MicroinferError
from microinfer.sweeps import Alone, Campaign, Store, specification_of
from microinfer.sweeps.cluster import Cluster

from support.clients import begin_microinfer, lose_the_last_worker, rows_of_table, wait_for_rows
from support.dask_processes import DaskProcesses, path_of_another
from support.sweeping import SMALL

pytest.importorskip("distributed")

SLOW = """
import time
from microinfer import zoo

def build(config):
    time.sleep(0.3)
    return zoo.load("sine")
"""
SLOW_SPEC = """
parts = "boards"

[[models]]
build = "slow.py:build"
grid = {{ n = [{}] }}
"""
MODELS = 24


def slow_spec(folder: Path) -> Path:
    (folder / "slow.py").write_text(SLOW)
    path = folder / "slow.toml"
    path.write_text(SLOW_SPEC.format(", ".join(map(str, range(MODELS)))))
    return path


def begin(spec: Path, *options: str) -> subprocess.Popen[str]:
    return begin_microinfer("sweep", str(spec), *options)


def rows_of(folder: Path, name: str, crew: object) -> list[object]:
    with Store(folder / name) as store:
        campaign = Campaign(specification_of(SMALL), store)
        campaign.run(crew)  # type: ignore[arg-type]
        assert campaign.progress.done == campaign.what.rows
        return [(model, replace(row, took_s=0.0)) for model, row in campaign.rows()]


def test_every_crew_finds_the_same(dask: DaskProcesses, tmp_path: Path) -> None:
    """One process, threads of this one with a process each, and two workers elsewhere."""
    dask.add_worker("first")
    dask.add_worker("second")
    told: list[str] = []
    alone = rows_of(tmp_path, "alone.sqlite", Alone)
    assert rows_of(tmp_path, "local.sqlite", lambda: Cluster(None, 2, told.append)) == alone
    assert rows_of(tmp_path, "far.sqlite", lambda: Cluster(dask.address, 0, told.append)) == alone
    assert told == []


def test_a_worker_that_is_killed_costs_nothing(dask: DaskProcesses, tmp_path: Path) -> None:
    spec = slow_spec(tmp_path)
    dask.add_worker("first")
    dask.add_worker("second")
    client = begin(spec, "--scheduler", dask.address)
    wait_for_rows(tmp_path / "slow.sqlite", "made", 4, client)
    dask.workers[0].kill()
    out, err = client.communicate(timeout=240)
    assert client.returncode == 0, err
    assert f"{MODELS} models" in out
    assert "failed" not in out
    assert rows_of_table(tmp_path / "slow.sqlite", "made") == MODELS


def test_the_last_worker_that_is_killed_is_told(dask: DaskProcesses, tmp_path: Path) -> None:
    """And the sweep goes on with the next one."""
    spec = slow_spec(tmp_path)
    dask.add_worker("only")
    client = begin(spec, "--scheduler", dask.address)
    wait_for_rows(tmp_path / "slow.sqlite", "made", 3, client)
    lose_the_last_worker(dask, client)
    _, err = client.communicate(timeout=240)
    assert client.returncode == 0, err
    assert rows_of_table(tmp_path / "slow.sqlite", "made") == MODELS


def test_a_scheduler_that_is_killed_leaves_what_came_back(dask: DaskProcesses, tmp_path: Path) -> None:
    spec = slow_spec(tmp_path)
    dask.add_worker("only")
    client = begin(spec, "--scheduler", dask.address)
    wait_for_rows(tmp_path / "slow.sqlite", "made", 3, client)
    dask.scheduler.kill()
    _, err = client.communicate(timeout=240)
    assert client.returncode == 2, err
    assert "is gone; what came back is kept, and the same command goes on" in err
    assert "Traceback" not in err
    report = microinfer.sweep(spec)
    assert report.complete
    assert report.reused >= 3 * report.settings


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in path.read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_client_that_is_killed_leaves_rows_and_no_process(tmp_path: Path) -> None:
    spec = slow_spec(tmp_path)
    client = begin(spec, "--jobs", "1")
    wait_for_rows(tmp_path / "slow.sqlite", "made", 3, client)
    cells = children(client.pid)
    assert cells
    client.kill()
    client.communicate()
    end = monotonic() + 20
    while any(Path(f"/proc/{cell}").exists() and "Z" not in state(cell) for cell in cells):
        assert monotonic() < end
        sleep(0.1)
    report = microinfer.sweep(spec)
    assert report.complete
    assert report.reused >= 3 * report.settings


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_an_interrupt_leaves_rows(tmp_path: Path) -> None:
    spec = slow_spec(tmp_path)
    client = begin(spec, "--jobs", "2")
    wait_for_rows(tmp_path / "slow.sqlite", "made", 3, client)
    client.send_signal(signal.SIGINT)
    _, err = client.communicate(timeout=120)
    assert client.returncode == 130, err
    assert re.search(r"interrupted; [\d,]+ of [\d,]+ rows are in .*; the same command goes on", err)


def test_a_worker_of_another_version_is_refused_by_name(dask: DaskProcesses, tmp_path: Path) -> None:
    dask.add_worker("stranger", PYTHONPATH=path_of_another(tmp_path / "other"))
    with pytest.raises(InputError, match=r"no worker can be used; tcp://\S+ runs microinfer 9\.9\.9\+"):
        Cluster(dask.address, 0, print)
    told: list[str] = []
    dask.add_worker("friend")
    end = monotonic() + 60
    while True:
        try:
            crew = Cluster(dask.address, 0, told.append)
            break
        except MicroinferError:
            assert monotonic() < end
            sleep(0.5)
    crew.close()
    told.clear()
    with Store(tmp_path / "rows.sqlite") as store:
        campaign = Campaign(specification_of(SMALL), store)
        campaign.run(lambda: Cluster(dask.address, 0, told.append))
        assert campaign.progress.done == campaign.what.rows
        assert campaign.progress.failed == 0
    assert len(told) == 1
    assert re.fullmatch(r"worker tcp://\S+ is refused: runs microinfer 9\.9\.9\+\w+, expected \S+", told[0])


def test_a_scheduler_without_microinfer_is_told(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['microinfer'] = None\n")
    bare = DaskProcesses(tmp_path, PYTHONPATH=str(tmp_path))
    try:
        bare.add_worker("only")
        with pytest.raises(MicroinferError, match=r"scheduler tcp://\S+: has no microinfer, or another; "):
            microinfer.sweep(SMALL, store=tmp_path / "r.sqlite", scheduler=bare.address)
    finally:
        bare.close()


def test_who_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scheduler of Dask answers there"):
        Cluster("tcp://127.0.0.1:9", 0, print)
    with pytest.raises(InputError, match="give one of them"):
        microinfer.sweep(SMALL, store=tmp_path / "r.sqlite", jobs=2, scheduler="tcp://127.0.0.1:9")
