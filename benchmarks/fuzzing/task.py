"""So many mutants, in a process of their own: a fault of it is a finding, and the next one goes on behind.

`run` is the task of a campaign wherever it runs: in a loop, in processes, on Dask's workers.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import pickle
import resource
import signal
import tempfile
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from microinfer import Interpreter, MicroinferError, Profile

from .attempt import MOST_SECONDS, attempt, deployments
from .damage import mutant
from .guard_pages import guard_arrays, used
from .seeds import seeds
from .tally import Tally

__all__ = ["run"]

STUCK_SECONDS, SILENT_SECONDS = 10.0, 120.0
"""Of the processor and of the clock, after which a mutant's process is ended."""
ROOM_BYTES = 2 << 30
"""Of addresses, beyond what the process has: who asks for more gets a MemoryError, which is a finding."""
_POLL_SECONDS = 0.02
_KEPT, _LONG = 200, 0.2
"""After so many mutants, or one of so many seconds, what was counted is written down."""


def run(campaign: int, start: int, stop: int) -> Tally:
    """Mutants start to stop of a campaign."""
    _warm()
    made = Tally()
    while start < stop:
        tally, counted, ended_at, why = _in_child(campaign, start, stop)
        made += tally
        start = counted
        if why and ended_at >= counted:
            made += run(campaign, counted, ended_at)
            made.mutants += 1
            made.find(mutant(campaign, ended_at), why)
            start = ended_at + 1
    return made


@cache
def _warm() -> list[tuple[Profile, str]]:
    """Loads kernels, prices and parts once, for all processes that are forked from this one. What is not
    compiled yet is compiled in a process before it, whose memory ends with it."""
    warnings.simplefilter("ignore")
    if not (child := os.fork()):
        try:
            _invoke_seeds()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    _invoke_seeds()
    return deployments()


def _invoke_seeds() -> None:
    for seed in seeds():
        try:
            Interpreter(seed.data).invoke()
        except MicroinferError:
            continue


def _in_child(campaign: int, start: int, stop: int) -> tuple[Tally, int, int, str]:
    """What was counted, up to which mutant, the mutant at which the process ended, how it did."""
    with mmap.mmap(-1, mmap.PAGESIZE) as shared, tempfile.TemporaryDirectory() as folder:
        place = (ctypes.c_double * 2).from_buffer(shared)
        place[:] = start, 0.0
        result = Path(folder, "tally")
        child = os.fork()
        if not child:
            _child(campaign, start, stop, place, result)
        why = _wait(child, place)
        number = int(place[0])
        del place
        tally, counted = pickle.loads(result.read_bytes()) if result.exists() else (Tally(), start)
        if not why and counted != stop:
            why = "ended early"
        return tally, counted, number, why


def _child(campaign: int, start: int, stop: int, place: Any, result: Path) -> None:
    """Counts, writes it to `result` now and then, and ends the process."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * mmap.PAGESIZE + ROOM_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        places = _warm()
        guard_arrays()
        tally = Tally()
        for number in range(start, stop):
            place[:] = number, time.process_time()
            found = mutant(campaign, number)
            used()
            outcome = attempt(found, places)
            outcome.arrays = used()
            if outcome.seconds > MOST_SECONDS:
                # What is compiled or read once is not the mutant's.
                outcome = min(outcome, attempt(found, places), key=lambda one: one.seconds)
            tally.add(found, outcome)
            if outcome.seconds > _LONG or not (number + 1) % _KEPT or number + 1 == stop:
                _write(result, (tally, number + 1))
        code = 0
    finally:
        os._exit(code)


def _write(result: Path, what: tuple[Tally, int]) -> None:
    beside = result.with_suffix(".new")
    beside.write_bytes(pickle.dumps(what))
    beside.replace(result)


def _wait(child: int, place: Any) -> str:
    """Until the process ends, or is ended for standing still. Returns how, "" where it came to its end."""
    last, since = -1.0, time.monotonic()
    ticks = os.sysconf("SC_CLK_TCK")
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            if os.WIFSIGNALED(status):
                return f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
            return f"ended with {os.WEXITSTATUS(status)}" if status else ""
        if place[0] != last:
            last, since = place[0], time.monotonic()
        fields = Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        spent = (int(fields[11]) + int(fields[12])) / ticks - place[1]
        if spent > STUCK_SECONDS or time.monotonic() - since > SILENT_SECONDS:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return f"over {spent:.0f} s"
        time.sleep(_POLL_SECONDS)
