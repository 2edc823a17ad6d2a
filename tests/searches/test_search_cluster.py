"""Searches on two workers of Dask's that are processes of their own, and two searches on one store."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

import microinfer
from microinfer.errors import InputError
from microinfer.searches import SearchProgress, SearchReport, Trial

from support.clients import begin_microinfer, lose_the_last_worker, rows_of_table, wait_for_rows
from support.dask_processes import DaskProcesses, path_of_another
from support.searching import search, spec, timeless, write

pytest.importorskip("distributed")


def same(first: SearchReport, second: SearchReport) -> bool:
    return timeless(first.trials) == timeless(second.trials) and first.proposed == second.proposed


@pytest.mark.parametrize("method", ["random", "evolution", "halving"])
def test_workers_elsewhere_find_the_same(method: str, dask: DaskProcesses, tmp_path: Path) -> None:
    dask.add_worker("first")
    dask.add_worker("second")
    more = {"halving": {"most": 9}} if method == "halving" else {}
    function = "score" if method == "halving" else "train"
    table = spec(function, method=method, trials=12, budgets={"latency": "2ms"}, **more)
    here = search(tmp_path, table)
    there = search(tmp_path, table, "there.sqlite", jobs=None, scheduler=dask.address)
    assert same(here, there)
    assert there.done == here.done == here.wanted
    assert replace(there.best, took_s=0) == replace(here.best, took_s=0)  # type: ignore[type-var]


def begin(path: Path, *options: str) -> subprocess.Popen[str]:
    return begin_microinfer("search", str(path), "--json", *options)


def test_a_worker_that_is_killed_costs_nothing(dask: DaskProcesses, tmp_path: Path) -> None:
    dask.add_worker("first")
    dask.add_worker("second")
    path = write(tmp_path)
    client = begin(path, "--scheduler", dask.address)
    wait_for_rows(tmp_path / "s.sqlite", "scores", 3, client)
    dask.workers[0].kill()
    out, err = client.communicate(timeout=400)
    assert client.returncode == 0, err
    found = json.loads(out)
    assert (found["scored"], found["failed"], found["errors"]) == (40, 0, {})
    here = microinfer.search(path, store=tmp_path / "here.sqlite", jobs=2)
    assert json.loads(here.to_json())["best"]["config"] == found["best"]["config"]
    assert [one["score"] for one in found["trials"]] == [one.score for one in here.trials]


def test_the_last_worker_that_is_killed_is_told(dask: DaskProcesses, tmp_path: Path) -> None:
    """And the search goes on with the next one, and tries the same."""
    path = write(tmp_path, trials=16)
    dask.add_worker("only")
    client = begin(path, "--scheduler", dask.address)
    wait_for_rows(tmp_path / "s.sqlite", "scores", 3, client)
    lose_the_last_worker(dask, client)
    out, err = client.communicate(timeout=400)
    assert client.returncode == 0, err
    found = json.loads(out)
    assert (found["scored"], found["failed"]) == (16, 0)
    here = microinfer.search(path, store=tmp_path / "here.sqlite", jobs=1)
    assert [one["config"] for one in found["trials"]] == [one.config for one in here.trials]


@pytest.mark.parametrize("whom", ["scheduler", "client"])
def test_what_is_killed_leaves_the_scores_that_came_back(
    whom: str, dask: DaskProcesses, tmp_path: Path
) -> None:
    path = write(tmp_path, trials=16)
    dask.add_worker("only")
    client = begin(path, "--scheduler", dask.address)
    wait_for_rows(tmp_path / "s.sqlite", "scores", 3, client)
    (dask.scheduler if whom == "scheduler" else client).kill()
    _, err = client.communicate(timeout=400)
    if whom == "scheduler":
        assert client.returncode == 2, err
        assert "is gone; what came back is kept, and the same command goes on" in err
        assert "Traceback" not in err
    before = rows_of_table(tmp_path / "s.sqlite", "scores")
    found = microinfer.search(path, jobs=1)
    assert (found.scored, found.reused, found.done) == (16, before, 16 - before)
    assert before >= 3


def test_a_worker_of_another_version_is_refused(dask: DaskProcesses, tmp_path: Path) -> None:
    dask.add_worker("stranger", PYTHONPATH=path_of_another(tmp_path / "other"))
    refused = r"tcp://\S+ runs microinfer 9\.9\.9\+"
    with (
        pytest.warns(UserWarning, match="is refused: runs microinfer 9"),
        pytest.raises(InputError, match=f"no worker can be used; {refused}"),
    ):
        search(tmp_path, spec(trials=4), jobs=None, scheduler=dask.address)
    dask.add_worker("friend")
    path = write(tmp_path, "score", trials=4)
    end = monotonic() + 120
    while True:
        client = begin(path, "--scheduler", dask.address)
        out, err = client.communicate(timeout=120)
        if client.returncode == 0:
            break
        assert monotonic() < end, err
    assert json.loads(out)["scored"] == 4
    assert re.search(r"worker tcp://\S+ is refused: runs microinfer 9\.9\.9\+\w+, expected ", err)


def test_two_searches_on_one_store_share_their_scores(tmp_path: Path) -> None:
    """The second begins when the first has one score, and does what is left of it."""
    table = spec(method="random")
    others: list[SearchReport] = []

    def watch(now: SearchProgress) -> None:
        if now.done == 1 and not others:
            others.append(search(tmp_path, table))

    first = search(tmp_path, table, watch=watch)
    assert (others[0].reused, others[0].done) == (1, 23)
    assert (first.reused, first.done) == (23, 1)
    assert same(first, others[0])


def test_two_searches_at_the_same_time(tmp_path: Path) -> None:
    path = write(tmp_path)
    both = [begin(path, "--jobs", "1") for _ in range(2)]
    found = [json.loads(one.communicate(timeout=400)[0]) for one in both]
    trials: list[list[tuple[int, float]]] = [
        [(one["number"], one["score"]) for one in each["trials"]] for each in found
    ]
    assert trials[0] == trials[1]
    assert [each["scored"] for each in found] == [40, 40]
    assert 40 <= sum(each["done"] for each in found) < 80


def test_a_trial_says_nothing_of_who_scored_it(tmp_path: Path) -> None:
    """Of proposals that fail, too, the report is in one order."""
    wrong = {"wrong": ["raises", "nan", "text", "not"]}
    table = spec(space={"units": {"ints": [2, 100]}, **wrong}, trials=16, method="random")
    first, second = search(tmp_path, table), search(tmp_path, table, "other.sqlite", jobs=2)
    assert list(first.errors) == list(second.errors)
    trials: tuple[tuple[Trial, ...], ...] = first.trials, second.trials
    assert timeless(trials[0]) == timeless(trials[1])
