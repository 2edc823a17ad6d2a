"""Who keeps a cell: gives it groups, waits as long as may be, and has another one when it is lost."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from time import perf_counter
from typing import IO, Any

from ..errors import MicroinferError
from ..words.dataclass import replace
from ..words.printing import quantity
from .assignments import Assignment, Errand, Guards, Outcome, Share
from .cell import read_frame, write_frame
from .identity import identity
from .sweep_row import SweepRow

__all__ = ["CellError", "Keeper", "work"]

START_SECONDS, END_SECONDS = 120.0, 5.0


class CellError(MicroinferError):
    """No process can be started in which rows are measured."""


class _Cell:
    """A running process, and a thread that takes in what it writes."""

    def __init__(self, guards: Guards) -> None:
        environment = {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", **os.environ}
        # What is imported here is to be found there, and nothing else before it.
        program = f"import sys; sys.path[:] = {sys.path!r}; from {__package__}.cell import main; main()"
        command = [sys.executable, "-P", "-c", program]
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise CellError(f"{sys.executable}: cannot be started: {error.strerror or error}") from error
        self.waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        assert self.process.stdout is not None
        threading.Thread(target=self._take, args=(self.process.stdout,), daemon=True).start()
        self.send(guards.memory_bytes)
        said = self.next(START_SECONDS)
        if said is None or said[0] != "ready":
            self.kill()
            raise CellError(
                f"{sys.executable}: the process that measures rows did not begin within {START_SECONDS:g} s"
            )
        if said[1] != identity():
            self.kill()
            raise CellError(f"{sys.executable}: finds microinfer {said[1]}, expected {identity()}")

    def _take(self, stream: IO[bytes]) -> None:
        with suppress(EOFError, OSError, ValueError):
            while True:
                self.waiting.put(read_frame(stream))
        self.waiting.put(("lost",))

    def send(self, content: Any) -> None:
        assert self.process.stdin is not None
        with suppress(OSError):
            write_frame(self.process.stdin, content)

    def next(self, seconds: float) -> Any:
        """What it writes next, None where it takes longer."""
        try:
            return self.waiting.get(timeout=seconds)
        except queue.Empty:
            return None

    def kill(self) -> int:
        """End it; how it ended."""
        with suppress(OSError):
            self.process.kill()
        code = self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        return code


class Keeper:
    """One at a time works with it. `close` ends its process, `dismiss` for ever, whoever works with it."""

    def __init__(self) -> None:
        self._dismissed = False
        self._at_work = threading.Lock()
        self._cell: _Cell | None = None
        self._memory_bytes: int | None = None

    def close(self) -> None:
        if self._cell is not None:
            self._cell.kill()
            self._cell = None

    def dismiss(self) -> None:
        """From another thread."""
        self._dismissed = True
        cell = self._cell
        if cell is not None:
            with suppress(OSError):
                cell.process.kill()
        if self._at_work.acquire(timeout=END_SECONDS):
            self.close()
            self._at_work.release()

    def _ready(self, guards: Guards) -> _Cell:
        if self._dismissed:
            self.close()
            raise CellError("the sweep is over")
        other = self._memory_bytes != guards.memory_bytes
        if self._cell is None or other or self._cell.process.poll() is not None:
            self.close()
            self._cell, self._memory_bytes = _Cell(guards), guards.memory_bytes
        return self._cell

    def work(self, batch: Assignment) -> Outcome:
        """Do a batch.

        Raises:
            CellError: no process can be started.
        """
        began = perf_counter()
        with self._at_work:
            found = [self._group(group, batch.guards) for group in batch.groups]
        return Outcome(
            "done",
            tuple(content for content, _, _ in found),
            tuple(rows for _, rows, _ in found),
            tuple(what for _, _, what in found),
            perf_counter() - began,
        )

    def _group(self, group: Share, guards: Guards) -> tuple[str, tuple[SweepRow, ...], Any]:
        """The model's content and its rows, or what the errand found; one at which the process is lost says
        so, the rest goes on."""
        if group.errand is not None:
            return self._run(group, group.errand, guards)
        rows: list[SweepRow] = []
        content = ""
        while len(rows) < len(group.settings):
            cell = self._ready(guards)
            cell.send(replace(group, settings=group.settings[len(rows) :]))
            content, why = self._built(cell, guards)
            if not content:
                return "", *group.lost(group.candidate.recipe, why)
            while len(rows) < len(group.settings):
                said = cell.next(guards.seconds)
                if said is None or said[0] != "row":
                    setting = group.settings[len(rows)]
                    rows.append(setting.error(content, self._lost(said, guards, "the row")))
                    break
                rows.append(said[1])
        return content, tuple(rows), None

    def _run(self, group: Share, errand: Errand, guards: Guards) -> tuple[str, tuple[SweepRow, ...], Any]:
        cell = self._ready(guards)
        cell.send(group)
        content, why = self._built(cell, guards)
        if not content:
            return "", *group.lost("", why)
        said = cell.next(guards.seconds)
        if said is None or said[0] != "found":
            return content, (), errand.lost(self._lost(said, guards, errand.what))
        return content, (), said[1]

    def _built(self, cell: _Cell, guards: Guards) -> tuple[str, str]:
        """The content of the model that is built first, or "" and why there is none."""
        said = cell.next(guards.seconds)
        if said is None or said[0] != "model":
            return "", self._lost(said, guards, "building the model")
        return said[1], said[2]

    def _lost(self, said: Any, guards: Guards, what: str) -> str:
        """Why a process does not go on; it is ended."""
        assert self._cell is not None
        code = self._cell.kill()
        self._cell = None
        if said is None:
            most = quantity(guards.seconds, "s")
            return f"{what} took longer than its limit of {most} and was stopped; raise the time limit"
        if said[0] == "memory":
            most = f"{(guards.memory_bytes or 0) / (1 << 20):,.0f} MB"
            return (
                f"{what} needs more memory than its limit of {most} and was stopped; raise the memory limit"
            )
        return f"{what} ended its process" + (f" by signal {-code}" if code < 0 else f" with code {code}")


def work(given: Assignment, keeper: Keeper) -> Outcome:
    """Do it, if this is the microinfer that is asked for."""
    if given.identity != identity():
        return Outcome("refused", why=f"runs microinfer {identity()}, expected {given.identity}")
    return keeper.work(given)
