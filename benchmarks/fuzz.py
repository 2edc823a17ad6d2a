"""Hostile files: mutants of sound models, each loaded, prepared, planned, invoked, checked and reported.

    python benchmarks/fuzz.py [--mutants N] [--store FILE] [--jobs N | --scheduler ADDRESS]
    python benchmarks/fuzz.py --number N [--save FILE]

What is wanted: no crash, no error but those of `microinfer.errors`, no access beyond an array, none over one
second of the processor nor over 512 MB. Mutants are made by structure, at the places where the loader
itself reads (`fuzzing/positions.py`, `fuzzing/damage.py`), of a seed: number n is the same file everywhere.
Every array of numpy's, and so every array that a kernel sees, lies against an unreadable page
(`fuzzing/guard_pages.py`), and blocks of mutants run in processes of their own, so that a fault is a
finding and no end (`fuzzing/task.py`). With `--store` a campaign goes on where it ended, however it ended.
`--scheduler` runs the same blocks on a Dask cluster, for which dask.distributed is needed.

Ends with 1 where something was found, and, with `--all`, where an operator, a type or a library of the
resolver was never invoked. `--number` runs one mutant alone, without guards, and shows its error.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import as_completed as as_completed_here
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fuzzing.attempt import attempt, deployments
from fuzzing.damage import mutant
from fuzzing.store import Store, state_of_code
from fuzzing.table import never_ran, say
from fuzzing.tally import Tally
from fuzzing.task import run

HERE = Path(__file__).resolve().parent
BLOCK = 2000
AHEAD = 4
"""Blocks in flight for each that runs."""
Block = tuple[int, int]
Submit = Callable[[Block], Any]


@contextmanager
def in_processes(campaign: int, jobs: int) -> Iterator[tuple[Submit, Callable[..., Iterable[Any]], int]]:
    """What submits a block, what waits for the submitted, and how many run at once."""
    with ProcessPoolExecutor(jobs, get_context("fork")) as pool:
        yield lambda block: pool.submit(run, campaign, *block), as_completed_here, jobs


@contextmanager
def on_dask(campaign: int, scheduler: str) -> Iterator[tuple[Submit, Callable[..., Iterable[Any]], int]]:
    """The same on a cluster's workers, which need microinfer, and this folder to import from: of this state.
    What they do lies under the state of the code and the block: whoever asks for it, it is done once."""
    from distributed import Client, as_completed

    with Client(scheduler) as client:
        client.wait_for_workers(1, timeout=60)
        code = state_of_code()
        for address, found in client.run(state_of_code, on_error="return").items():
            if found != code:
                sys.exit(f"worker {address} has code {found}, expected {code}; set its PYTHONPATH to {HERE}")

        def there(start: int, stop: int) -> Any:
            """Travels as it stands: the scheduler looks into what is submitted, and has not this folder."""
            from fuzzing.task import run as run_there

            return run_there(campaign, start, stop)

        def submit(block: Block) -> Any:
            return client.submit(there, *block, key=f"fuzz-{code}-{campaign}-{block[0]}-{block[1]}")

        yield submit, as_completed, sum(client.nthreads().values())


def blocks(count: int, done: set[Block]) -> Iterator[Block]:
    """Those that are still to be run, up to `count` mutants."""
    for start in range(0, count, BLOCK):
        block = start, min(start + BLOCK, count)
        if block not in done:
            yield block


def go(
    todo: Iterator[Block],
    submit: Submit,
    wait: Callable[..., Iterable[Any]],
    running: int,
    keep: Callable[[Block, Tally], None],
) -> None:
    """Runs them, so many at once, and keeps each as soon as it is done."""
    flying: dict[Any, Block] = {}
    while True:
        while len(flying) < running * AHEAD and (block := next(todo, None)) is not None:
            flying[submit(block)] = block
        if not flying:
            return
        future = next(iter(wait(list(flying))))
        keep(flying.pop(future), future.result())


def alone(campaign: int, number: int, save: str) -> int:
    """One mutant, here."""
    found = mutant(campaign, number)
    print(f"{number}: {found.seed}, {found.way}, {len(found.data)} bytes")
    if save:
        Path(save).write_bytes(found.data)
    outcome = attempt(found, deployments())
    print(outcome)
    return bool(outcome.foreign)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=50_000)
    parser.add_argument("--campaign", type=int, default=1, help="the seed of all mutants")
    parser.add_argument("--store", default=":memory:", help="SQLite file that keeps what was done")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no block after so many")
    parser.add_argument("--all", action="store_true", help="fail where something was never invoked")
    parser.add_argument("--any-code", action="store_true", help="count what other versions of the code did")
    parser.add_argument("--number", type=int)
    parser.add_argument("--save", default="")
    options = parser.parse_args()
    if options.number is not None:
        return alone(options.campaign, options.number, options.save)
    try:
        store = Store(options.store)
    except sqlite3.Error as error:
        print(f"{options.store}: {error}; name a file that can be written", file=sys.stderr)
        return 2
    began = time.monotonic()

    def todo() -> Iterator[Block]:
        for block in blocks(options.mutants, store.done(options.campaign, options.any_code)):
            if time.monotonic() - began > options.seconds:
                return
            yield block

    def keep(block: Block, tally: Tally) -> None:
        store.keep(options.campaign, *block, tally)
        said = f"{block[1]:,} of {options.mutants:,}, {len(tally.findings)} found in this block"
        print(said, file=sys.stderr, flush=True)

    where = (
        on_dask(options.campaign, options.scheduler)
        if options.scheduler
        else in_processes(options.campaign, options.jobs)
    )
    try:
        with where as (submit, wait, running):
            go(todo(), submit, wait, running, keep)
    except sqlite3.Error as error:
        print(
            f"{options.store}: {error}; the blocks kept so far stay done: make room and start anew",
            file=sys.stderr,
        )
        return 2
    tally = store.tally(options.campaign, options.any_code)
    print("\n".join(say(tally)))
    return bool(tally.findings) or (options.all and bool(never_ran(tally)))


if __name__ == "__main__":
    sys.exit(main())
