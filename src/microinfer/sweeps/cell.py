"""The process in which models are built and measured; a keeper starts it

It reads groups from stdin and writes what comes of them to stdout, as frames of pickled Python, and ends
when whoever started it does. What is printed in it goes nowhere.
"""

from __future__ import annotations

import os
import pickle
import queue
import threading
from contextlib import suppress
from typing import IO, Any

from ..errors import MicroinferError
from .assignments import Share
from .identity import identity
from .measuring import content_of, measure_rows

__all__ = ["main", "read_frame", "write_frame"]

LENGTH = 8
IDLE_SECONDS = 600.0
"""After which it ends: whoever swept may have been killed, far from the worker."""


def write_frame(stream: IO[bytes], content: Any) -> None:
    """One message."""
    data = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(LENGTH, "little") + data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Any:
    """The next message.

    Raises:
        EOFError: the other side has ended.
    """
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        raise EOFError
    size = int.from_bytes(head, "little")
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)


def _limit_memory(spare: int | None) -> None:
    """Let this process take so many bytes more than it has; nothing where the system cannot say."""
    if spare is None:
        return
    with suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[0])
        now = pages * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = now + spare
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _read_all(stream: IO[bytes], waiting: queue.SimpleQueue[Any]) -> None:
    """Take messages in; the end of whoever sends them ends this process, whatever it is at."""
    try:
        while True:
            waiting.put(read_frame(stream))
    except (EOFError, OSError):
        os._exit(0)


def _answer(group: Share, out: IO[bytes]) -> None:
    """("model", content, ""), or with "" and why it could not be built; then ("row", row) a setting, and
    ("found", what) of an errand."""
    try:
        made = group.candidate.make()
    except MicroinferError as error:
        write_frame(out, ("model", "", str(error)))
        return
    write_frame(out, ("model", content_of(made), ""))
    for row in measure_rows(made, group.candidate.name, group.settings):
        write_frame(out, ("row", row))
    if group.errand is not None:
        try:
            found = group.errand.run(made)
        except MicroinferError as error:
            found = group.errand.lost(str(error))
        write_frame(out, ("found", found))


def main() -> None:
    """Serve until the other side ends."""
    out = os.fdopen(os.dup(1), "wb")
    given = os.fdopen(os.dup(0), "rb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    try:
        spare = read_frame(given)
    except EOFError:
        return
    threading.Thread(target=_read_all, args=(given, waiting), daemon=True).start()
    write_frame(out, ("ready", identity()))
    _limit_memory(spare)
    while True:
        try:
            _answer(waiting.get(timeout=IDLE_SECONDS), out)
        except MemoryError:
            # What was taken may not come back whole: another process goes on.
            write_frame(out, ("memory",))
            os._exit(0)
        except (BrokenPipeError, queue.Empty):
            os._exit(0)
