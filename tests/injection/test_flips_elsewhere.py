"""Campaigns on real schedulers and workers of Dask's: the same flips end in the same way, wherever."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

import microinfer
from microinfer import InputError, zoo
from microinfer.injection import FaultCampaign, FlipStore, choose_samples, summarise
from microinfer.sweeps import Alone
from microinfer.sweeps.cluster import Cluster
from microinfer.validation import ValidationSettings

from support.clients import begin_microinfer, lose_the_last_worker, rows_of_table, wait_for_rows
from support.commands import error_of
from support.dask_processes import DaskProcesses, path_of_another
from support.flipping import specimen_of, with_state

pytest.importorskip("distributed")

RUNS = 200
HOW = {"reused", "seconds", "store"}
"""What of a report hangs on how it came about."""


def campaign(part: str = "nucleo-l4r5zi", library: str | None = None, **extra: Any) -> FaultCampaign:
    interpreter = microinfer.Interpreter(zoo.load("digits"), part, library=library)
    specimen = choose_samples(interpreter, None, ValidationSettings(), 40)
    return FaultCampaign(specimen, RUNS, **extra)


def told(done: FaultCampaign) -> dict[str, Any]:
    return {name: each for name, each in summarise(done).to_dict().items() if name not in HOW}


def test_every_crew_finds_the_same(dask: DaskProcesses) -> None:
    """This process, one beside it, threads with a process each, and two workers elsewhere."""
    dask.add_worker("first")
    dask.add_worker("second")
    said: list[str] = []
    here = campaign()
    here.run()
    assert here.complete
    for crew in (Alone, lambda: Cluster(None, 2, said.append), lambda: Cluster(dask.address, 0, said.append)):
        other = campaign()
        other.run(crew=crew)
        assert other.trials == here.trials
        assert told(other) == told(here)
    assert said == []


@pytest.mark.parametrize(("part", "library"), [("arduino-uno", "bare-c"), ("cortex-m7", "reference")])
def test_other_parts_and_libraries(part: str, library: str) -> None:
    here, beside = campaign(part, library, seed=3), campaign(part, library, seed=3)
    here.run()
    beside.run(crew=Alone)
    assert beside.trials == here.trials


def test_a_model_with_state_and_its_sequences() -> None:
    specimen = specimen_of(with_state(), 4, steps=6)
    here, beside = (FaultCampaign(specimen, 80) for _ in range(2))
    here.run()
    beside.run(crew=Alone)
    assert beside.trials == here.trials
    assert {one.inference for one in here.trials if one.memory == "arena"} == set(range(6))


def test_a_store_is_gone_on_with_by_whoever(tmp_path: Path) -> None:
    whole = campaign()
    whole.run()
    with FlipStore(tmp_path / "t.sqlite") as store:
        some = campaign(store=store, memories=("arena",))
        some.run(crew=Alone)
        rest = campaign(store=store)
        rest.run()
        assert (some.reused, rest.reused) == (0, RUNS)
        assert told(rest) == told(whole)
        again = campaign(store=store)
        again.run(crew=_nobody)
        assert again.trials == whole.trials


def _nobody() -> Alone:
    raise AssertionError("there is nothing to do")


def begin(store: Path, runs: int, *options: str) -> subprocess.Popen[str]:
    what = ("faults", "digits", "--samples", "40", "--json", "--runs", str(runs), "--store", str(store))
    return begin_microinfer(*what, *options)


def test_a_worker_that_is_killed_costs_nothing(dask: DaskProcesses, tmp_path: Path) -> None:
    """And neither does a client that is: another one goes on."""
    dask.add_worker("first")
    dask.add_worker("second")
    store, runs = tmp_path / "t.sqlite", 6000
    client = begin(store, runs, "--scheduler", dask.address)
    wait_for_rows(store, "trials", 100, client)
    dask.workers[0].kill()
    wait_for_rows(store, "trials", rows_of_table(store, "trials") + 100, client)
    client.kill()
    client.communicate()
    before = rows_of_table(store, "trials")
    assert 200 <= before < 2 * runs
    out, err = begin(store, runs, "--scheduler", dask.address).communicate(timeout=400)
    found = json.loads(out)
    assert (found["complete"], found["trials"], found["reused"]) == (True, 2 * runs, before), err
    here = microinfer.faults("digits", runs=runs, samples=40).to_dict()
    for name in set(here) - HOW:
        assert json.loads(json.dumps(here[name])) == found[name], name


def test_the_last_worker_and_the_scheduler_that_are_killed(dask: DaskProcesses, tmp_path: Path) -> None:
    """A worker is waited for; without a scheduler the command ends, and what came back is kept."""
    dask.add_worker("only")
    store, runs = tmp_path / "t.sqlite", 6000
    client = begin(store, runs, "--scheduler", dask.address)
    wait_for_rows(store, "trials", 100, client)
    lose_the_last_worker(dask, client)
    wait_for_rows(store, "trials", rows_of_table(store, "trials") + 100, client)
    dask.scheduler.kill()
    _, err = client.communicate(timeout=400)
    assert client.returncode == 2, err
    assert "is gone; what came back is kept, and the same command goes on" in err
    assert "Traceback" not in err
    before = rows_of_table(store, "trials")
    assert 200 <= before < 2 * runs
    found = json.loads(begin(store, runs).communicate(timeout=400)[0])
    assert (found["complete"], found["reused"], found["trials"]) == (True, before, 2 * runs)


def test_two_campaigns_share_the_work(tmp_path: Path) -> None:
    """Two that are equal, at the same time on one store: together they do hardly more than one alone, and
    each has all."""
    store, runs = tmp_path / "t.sqlite", 12_000
    both = [begin(store, runs) for _ in range(2)]
    found = [json.loads(one.communicate(timeout=400)[0]) for one in both]
    assert all(one["complete"] and one["trials"] == 2 * runs for one in found)
    assert sum(2 * runs - one["reused"] for one in found) < 1.3 * 2 * runs
    assert rows_of_table(store, "trials") == 2 * runs
    for name in set(found[0]) - HOW:
        assert found[0][name] == found[1][name], name


def test_an_interrupt_shows_and_keeps_what_is_done(tmp_path: Path) -> None:
    store = tmp_path / "t.sqlite"
    client = begin(store, 100_000, "--jobs", "2")
    wait_for_rows(store, "trials", 50, client)
    client.send_signal(signal.SIGINT)
    out, err = client.communicate(timeout=120)
    assert client.returncode == 130, err
    assert json.loads(out)["trials"] == rows_of_table(store, "trials")
    assert "the same command goes on" in err


def test_a_worker_of_another_version_is_refused(dask: DaskProcesses, tmp_path: Path) -> None:
    dask.add_worker("stranger", PYTHONPATH=path_of_another(tmp_path / "other"))
    done = campaign()
    with pytest.raises(InputError, match=r"no worker can be used; tcp://\S+ runs microinfer 9\.9\.9\+"):
        done.run(crew=lambda: Cluster(dask.address, 0, print))
    assert done.trials == []


def test_who_cannot_be_asked(tmp_path: Path) -> None:
    assert "no scheduler of Dask answers" in error_of("faults", "digits", "--scheduler", "tcp://127.0.0.1:9")
    both = ("--jobs", "2", "--scheduler", "tcp://127.0.0.1:9")
    assert "give one of them" in error_of("faults", "digits", *both)
    with pytest.raises(InputError, match="expected 1 or more"):
        microinfer.faults("digits", jobs=0)


def test_a_store_that_cannot_be_written_is_told_before_anything_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    with FlipStore(path) as store:
        store.writable = False
        done = campaign(store=store)
        with pytest.raises(InputError, match="cannot be written, and rows are still to be done"):
            done.run(crew=_nobody)
