"""A crew of Dask's: all processors of this machine, or whatever stands behind a scheduler's address.

Each thread of a worker has a process of its own in which rows are measured, so that one which hangs or
crashes is lost without its worker. Only a bounded number of assignments is under way, and each result is
let go of when it has been taken.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from ..errors import InputError, MicroinferError
from ..words.dataclass import replace
from ..words.printing import counted
from .assignments import Assignment, Outcome
from .identity import identity
from .keeper import Keeper, work

__all__ = ["Cluster", "expect_distributed"]

AHEAD = 2
"""Assignments for each thread: one that it does and one that waits."""
PATIENCE_SECONDS = 20.0
"""For a scheduler to answer or to come back, and for the first worker."""
LOOK_SECONDS = 5.0
MOST_TRIES = 4
"""With an assignment whose workers are lost, one after the other."""
UNREAD = "has no microinfer, or another; install there what this machine and the workers have"


def expect_distributed() -> Any:
    """The library.

    Raises:
        InputError: it is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "several processes need dask.distributed: pip install 'microinfer[scale]', or --jobs 1"
        ) from error
    return distributed


_KEEPERS: dict[tuple[str, int], Keeper] = {}
_LOCK = threading.Lock()


def _work_there(token: str, given: Assignment) -> Outcome:
    """On a worker: do it with the process that this thread has for this sweep."""
    from distributed import get_worker

    key = token, threading.get_ident()
    with _LOCK:
        keeper = _KEEPERS.setdefault(key, Keeper())
    return replace(work(given, keeper), worker=str(get_worker().address))


def _dismiss(token: str) -> None:
    """On a worker: end the processes of a sweep."""
    with _LOCK:
        mine = [_KEEPERS.pop(key) for key in [key for key in _KEEPERS if key[0] == token]]
    for keeper in mine:
        keeper.dismiss()


class Cluster:
    """Workers of this very microinfer; others are refused by their names.

    Args:
        scheduler: its address, such as "tcp://10.0.0.5:8786"; None for threads of this process.
        jobs: how many of these.
        say: told what the user should know, a line each.

    Raises:
        InputError: Dask is not installed, the scheduler does not answer, or no worker can be used.
    """

    def __init__(self, scheduler: str | None, jobs: int, say: Callable[[str], None]) -> None:
        distributed = expect_distributed()
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._say = say
        self._token = os.urandom(8).hex()
        self._count = 0
        self._local: Any = None
        self._where = scheduler or "this machine"
        self._killed = distributed.KilledWorker
        if scheduler is None:
            self._local = distributed.LocalCluster(
                n_workers=1,
                threads_per_worker=jobs,
                processes=False,
                dashboard_address="127.0.0.1:0",
                memory_limit=0,
            )
        try:
            self._client = distributed.Client(
                self._local or scheduler, timeout=PATIENCE_SECONDS, set_as_default=False
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(
                f"--scheduler {scheduler}: no scheduler of Dask answers there: {error}"
            ) from error
        self._under_way: dict[str, tuple[Assignment, Any, int]] = {}
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._refused: dict[str, str] = {}
        self._usable: dict[str, int] = {}
        self._looked = float("-inf")
        self._waiting = False
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
            self._look()
            if not self._usable:
                raise InputError(f"{self._where}: no worker can be used; {self._why_refused()}")
        except TimeoutError:
            self.close()
            raise InputError(f"{self._where}: has no worker") from None
        except BaseException:
            self.close()
            raise

    def _why_refused(self) -> str:
        return "; ".join(f"{address} {why}" for address, why in list(self._refused.items())[:3])

    def _look(self) -> None:
        """Which workers there are now; those that are new are asked what they run."""
        if monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = monotonic()
        there: dict[str, int] = dict(self._client.nthreads())
        new = [address for address in there if address not in self._usable and address not in self._refused]
        if new:
            said = self._client.run(identity, workers=new, on_error="return")
            for address, found in said.items():
                if found != identity():
                    what = found if isinstance(found, str) else f"none that can be asked ({found})"
                    self._refuse(address, f"runs microinfer {what}, expected {identity()}")
        self._usable = {address: many for address, many in there.items() if address not in self._refused}

    def _refuse(self, address: str, why: str) -> None:
        if address not in self._refused:
            self._refused[address] = why
            self._usable.pop(address, None)
            self._say(f"worker {address} is refused: {why}")

    @property
    def room(self) -> int:
        with suppress(OSError, TimeoutError, RuntimeError):
            self._look()
        return max(1, AHEAD * sum(self._usable.values()))

    def submit(self, given: Assignment) -> None:
        self._submit(given, 1)

    def _submit(self, given: Assignment, tries: int) -> None:
        self._count += 1
        future = self._client.submit(
            _work_there,
            self._token,
            given,
            key=f"microinfer-{self._token}-{self._count}",
            pure=False,
            workers=list(self._usable) if self._refused else None,
        )
        self._under_way[future.key] = given, future, tries
        future.add_done_callback(self._done.put)

    def next(self) -> tuple[Assignment, Outcome]:
        """The next one that is done.

        Raises:
            MicroinferError: the scheduler is gone, or no worker can be used any more.
        """
        while True:
            try:
                future = self._done.get(timeout=1.0)
            except queue.Empty:
                self._expect_scheduler()
                self._tell_waiting()
                continue
            if future.key not in self._under_way:
                continue
            given, future, tries = self._under_way.pop(future.key)
            if (outcome := self._outcome(given, future, tries)) is not None:
                return given, outcome

    def _outcome(self, given: Assignment, future: Any, tries: int) -> Outcome | None:
        """What came of it, None where it was begun anew."""
        if future.status == "finished":
            outcome: Outcome = future.result(timeout=PATIENCE_SECONDS)
            if outcome.kind == "done":
                return outcome
            self._refuse(outcome.worker, outcome.why)
            if not self._usable:
                raise MicroinferError(f"{self._where}: no worker can be used; {self._why_refused()}")
        elif future.status == "error":
            error = future.exception(timeout=PATIENCE_SECONDS)
            if "deserialization of the task graph" in str(error):
                raise MicroinferError(f"scheduler {self._where}: {UNREAD}")
            if not isinstance(error, self._killed):
                raise MicroinferError(f"a worker of {self._where}: {type(error).__name__}: {error}")
            tries += 1
        else:
            self._expect_scheduler()
        if tries > MOST_TRIES:
            why = f"the worker was lost {counted(tries - 1, 'time')}"
            lost = [share.lost(share.candidate.content, why) for share in given.groups]
            contents = tuple(share.candidate.content for share in given.groups)
            return Outcome("done", contents, tuple(rows for rows, _ in lost), tuple(what for _, what in lost))
        self._submit(given, tries)
        return None

    def _tell_waiting(self) -> None:
        """Say once that nothing goes on, where the last worker is gone."""
        with suppress(OSError, TimeoutError, RuntimeError):
            self._look()
            if self._usable:
                self._waiting = False
            elif not self._waiting:
                self._waiting = True
                self._say(
                    f"{self._where}: has no worker any more; what came back is kept, and one is waited for"
                )

    def _expect_scheduler(self) -> None:
        end = monotonic() + PATIENCE_SECONDS
        while self._client.status != "running":
            if monotonic() > end or self._client.status == "closed":
                raise MicroinferError(
                    f"scheduler {self._where}: is gone; what came back is kept, and the same command goes on"
                )
            threading.Event().wait(0.2)

    def close(self) -> None:
        """Take back what is not done, and end the processes that were begun."""
        with suppress(Exception):
            self._client.cancel([future for _, future, _ in self._under_way.values()], force=True)
        self._under_way.clear()
        if self._local is not None:
            _dismiss(self._token)
        elif self._client.status == "running" and self._usable:
            with suppress(Exception):
                self._client.run(_dismiss, self._token, workers=list(self._usable), on_error="ignore")
        with suppress(Exception):
            self._client.close(timeout=2)
        if self._local is not None:
            with suppress(Exception):
                self._local.close(timeout=5)
