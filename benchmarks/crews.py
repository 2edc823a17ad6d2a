"""What a task of a campaign of flips takes, and of a search, and what many workers would make of them.

python benchmarks/crews.py

As `sweeps.py` has it for rows: a scheduler, a worker and a client that are processes of their own, so that
each is told apart. A score is a proxy's, which takes no time, so that what is left is what a score costs
beside itself; the tables suppose one that trains for a minute.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from microinfer import Interpreter, zoo
from microinfer.injection import FaultCampaign, choose_samples
from microinfer.searches import Exploration, search_of
from microinfer.sweeps import Crew, Guards, Store
from microinfer.sweeps.cluster import Cluster
from microinfer.validation import ValidationSettings
from sweeps import DaskProcesses, Weighed, say_scale, used_seconds

from support.searching import spec

FLIPS, TRIALS = 6000, 500
"""In each memory, and of a search."""
WANTED_FLIPS = 10_000, 100_000, 1_000_000
WANTED_SCORES = 100, 1000, 10_000
SCORE_SECONDS = 60.0


def flips(crew: Callable[[], Crew], _: Path) -> int:
    """How many were tried."""
    interpreter = Interpreter(zoo.load("digits"), "nucleo-l4r5zi")
    campaign = FaultCampaign(choose_samples(interpreter, None, ValidationSettings()), FLIPS)
    campaign.run(crew=crew)
    return len(campaign.trials)


def scores(crew: Callable[[], Crew], folder: Path) -> int:
    """How many were given."""
    what = search_of(spec(score="macs", method="random", trials=TRIALS))
    with Store(folder / "search.sqlite") as store:
        ran = Exploration(what, store, Guards(), Guards())
        ran.run(crew)
    return ran.done


def apart(work: Callable[[Callable[[], Crew], Path], int], folder: Path) -> dict[str, float]:
    """What each who takes part used."""
    made: list[Weighed] = []
    begun: list[float] = []
    dask = DaskProcesses(folder)

    def hired() -> Crew:
        made.append(Weighed(Cluster(dask.address, 0, print)))
        begun.append(process_time())
        return made[0]

    try:
        worker = dask.add_worker("only")
        Cluster(dask.address, 0, print).close()
        before = [used_seconds(one.pid) for one in (worker, dask.scheduler)]
        done = work(hired, folder)
        client = process_time() - begun[0]
        after = [used_seconds(one.pid) for one in (worker, dask.scheduler)]
    finally:
        dask.close()
    used = [later - sooner for later, sooner in zip(after, before, strict=True)]
    (weighed,) = made
    return {
        "rows": done,
        "tasks": len(weighed.out),
        "worker": used[0],
        "scheduler": used[1],
        "client": client,
        "out": statistics.mean(weighed.out),
        "back": statistics.mean(weighed.back),
    }


def main() -> None:
    """Each in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        say_scale(apart(flips, Path(folder)), WANTED_FLIPS, "flips")
        sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        say_scale(apart(scores, Path(folder)), WANTED_SCORES, "scores", SCORE_SECONDS)


if __name__ == "__main__":
    main()
