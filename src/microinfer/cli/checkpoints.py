"""What a long run keeps on the way, so that neither a signal nor a crash takes more than seconds of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from .console import printable

if TYPE_CHECKING:
    from ..validation import Validator

__all__ = ["Checkpoints", "as_interrupts"]

FIRST_SECONDS, MOST_SECONDS = 1.0, 8.0
"""The first checkpoint, and how far they are apart in the end; a block of samples takes a second or so."""


class Checkpoints:
    """The state of a run in a file, written anew while it goes on."""

    def __init__(self, validator: Validator, path: Path, *, resumed: bool) -> None:
        self._validator = validator
        self._path = path
        self._mine = resumed
        self._wait = FIRST_SECONDS
        self._last = perf_counter()
        self._failed = False

    def perhaps(self) -> None:
        """Keep what is done, if it is time. Where it cannot be written the run goes on; that is said once."""
        if perf_counter() - self._last < self._wait or self._failed:
            return
        try:
            self.keep()
        except InputError as error:
            self._failed = True
            said = f"microinfer: {printable(str(error))}; the run goes on, and an interruption will lose it"
            click.echo(said, err=True)
        self._wait = min(2 * self._wait, MOST_SECONDS)
        self._last = perf_counter()

    def keep(self) -> None:
        """Keep what is done.

        Raises:
            InputError: the file cannot be written.
        """
        self._validator.save(self._path)
        self._mine = True

    def drop(self) -> None:
        """The run is over: the file goes that it wrote or went on from."""
        if self._mine and self._path.is_file():
            with suppress(OSError):
                self._path.unlink()


@contextmanager
def as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP as Ctrl-C, unless they are ignored (nohup) or somebody else's."""
    names = ("SIGTERM", "SIGHUP") if threading.current_thread() is threading.main_thread() else ()
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
