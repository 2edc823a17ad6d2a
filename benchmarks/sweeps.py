"""What a row of a sweep takes, how that grows, and what many workers would make of it.

python benchmarks/sweeps.py [ROWS ...]      default 2500 5000 10000 20000 100000

Rows of memory and time, without data: networks of the zoo's keyword architecture in many sizes, on every
part, with every library of it, at two levels. Seconds are the processor's, in which other programs have no
part.
"""

from __future__ import annotations

import pickle
import resource
import statistics
import sys
import tempfile
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import psutil

from microinfer.sweeps import Alone, Campaign, Crew, Store, specification_of
from microinfer.sweeps.assignments import Assignment, Outcome
from microinfer.sweeps.cluster import Cluster

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.dask_processes import DaskProcesses

ROWS = 2500, 5000, 10_000, 20_000, 100_000
WORKERS = 1, 2, 10, 100, 1000
WANTED = 10_000, 100_000, 1_000_000
TOLD_ROWS = 6000
BYTES_PER_SECOND = 125e6
"""Of the line to the client: 1 Gbit/s."""


class Weighed:
    """A crew whose assignments are weighed as they go and come."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self.out: list[int] = []
        self.back: list[int] = []
        self.rows: list[int] = []

    @property
    def room(self) -> int:
        return self._crew.room

    def submit(self, given: Assignment) -> None:
        self.out.append(len(pickle.dumps(given)))
        self._crew.submit(given)

    def next(self) -> tuple[Assignment, Outcome]:
        given, outcome = self._crew.next()
        self.back.append(len(pickle.dumps(outcome)))
        self.rows.append(given.rows)
        return given, outcome

    def close(self) -> None:
        self._crew.close()


def spec(rows: int) -> dict[str, Any]:
    """At least so many rows."""
    table: dict[str, Any] = {"parts": "all", "libraries": "all", "builds": ["O3", "Os"]}
    one = specification_of({**table, "models": [{"zoo": "sine"}]}).rows
    models, grid = -(-rows // one), {"width": [0.1, 0.2, 0.3, 0.4], "depth": [1, 2]}
    seeds = list(range(-(-models // 8)))
    return {**table, "models": [{"architecture": "ds_cnn", **grid, "seed": seeds}]}


def child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(rows: int, folder: Path, crew: Any) -> dict[str, float]:
    """A sweep into a fresh store."""
    what = specification_of(spec(rows))
    path = folder / f"{rows}.sqlite"
    made: list[Weighed] = []
    begun: list[float] = []

    def hired() -> Weighed:
        made.append(Weighed(crew()))
        begun.append(process_time())
        return made[0]

    with Store(path) as store:
        campaign = Campaign(what, store)
        began, others = perf_counter(), child_seconds()
        campaign.run(hired)
        wall, own, others = perf_counter() - began, process_time() - begun[0], child_seconds() - others
        done = campaign.progress.done
    (weighed,) = made
    megabyte = 1024.0
    return {
        "rows": done,
        "wall": wall,
        "worker": others,
        "client": own,
        "tasks": len(weighed.out),
        "out": statistics.mean(weighed.out),
        "back": statistics.mean(weighed.back),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / megabyte,
        "cell": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / megabyte,
        "store": path.stat().st_size / megabyte / 1024,
    }


def say_growth(found: list[dict[str, float]]) -> None:
    print("| rows | seconds of the processor | ms a row | client | the process that measures | store |")
    print("| --- | --- | --- | --- | --- | --- |")
    for one in found:
        seconds = one["worker"] + one["client"]
        print(
            f"| {one['rows']:,.0f} | {seconds:.1f} | {1e3 * seconds / one['rows']:.2f} | "
            f"{one['memory']:.0f} MB | {one['cell']:.0f} MB | {one['store']:.1f} MB |"
        )


def used_seconds(pid: int) -> float:
    """Of a process and of those that it began and that have ended."""
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system + used.children_user + used.children_system)


def run_apart(folder: Path) -> dict[str, float]:
    """With a scheduler and a worker that are processes of their own, so that each is told apart."""
    dask = DaskProcesses(folder)
    try:
        worker = dask.add_worker("only")
        Cluster(dask.address, 0, print).close()
        before = [used_seconds(one.pid) for one in (worker, dask.scheduler)]
        found = run(TOLD_ROWS, folder, lambda: Cluster(dask.address, 0, print))
        after = [used_seconds(one.pid) for one in (worker, dask.scheduler)]
    finally:
        dask.close()
    used = [later - sooner for later, sooner in zip(after, before, strict=True)]
    return {**found, "worker": used[0], "scheduler": used[1]}


def say_scale(
    one: dict[str, float], wanted: Sequence[int] = WANTED, what: str = "rows", more: float = 0.0
) -> None:
    """What a task takes of each, and how long it would last where the slowest of them decides.

    Args:
        more: seconds that each of what is wanted is supposed to take beside.
    """
    rows, tasks = one["rows"], one["tasks"]
    each, work = rows / tasks, one["worker"] / rows
    client, scheduler = one["client"] / tasks, one["scheduler"] / tasks
    print(
        f"\nA task: {each:.3g} {what}, {each * work * 1e3:.0f} ms of a worker, {client * 1e3:.1f} ms of the "
        f"client, {scheduler * 1e3:.1f} ms of the scheduler, {one['out'] / 1e3:.1f} kB there and "
        f"{one['back'] / 1e3:.1f} kB back\n"
    )
    print("| workers | " + " | ".join(f"{many:,} {what}" for many in wanted) + " | what holds the last up |")
    print("| --- |" + " --- |" * (len(wanted) + 1))
    for workers in WORKERS:
        cells, why = [], ""
        for many in wanted:
            count = many / each
            times = {
                "the workers": ceil(count / workers) * each * (work + more),
                "the client": count * client,
                "the scheduler": count * scheduler,
                "the line": count * (one["out"] + one["back"]) / BYTES_PER_SECOND,
            }
            why = max(times, key=lambda name: times[name])
            cells.append(said(times[why]))
        print(f"| {workers:,} | {' | '.join(cells)} | {why} |")


def said(seconds: float) -> str:
    """In the unit that it is told in."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def main(given: list[str]) -> None:
    """Each run in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        say_growth([run(rows, Path(folder), Alone) for rows in map(int, given or ROWS)])
        sys.stdout.flush()
        say_scale(run_apart(Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
