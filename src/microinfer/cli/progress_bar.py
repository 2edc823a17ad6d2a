"""A bar while something long runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["progress", "task_bar"]


class _Bar:
    """A rich progress bar on stderr, or nothing where stderr is no terminal."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def update(self, what: str, done: int, total: int | None) -> None:
        if self._progress is None:
            return
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=total)
        self._progress.update(self._tasks[what], completed=done, total=total)


@contextmanager
def progress() -> Iterator[_Bar]:
    """A bar while something long runs."""
    if not sys.stderr.isatty():
        yield _Bar(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress)


@contextmanager
def task_bar(what: str, rate: str = "") -> Iterator[Callable[..., None]]:
    """One bar on stderr with the time left; nothing where stderr is no terminal.

    Yields what is told of it: total=, completed=, note= and, where it has a unit, rate= of so many a second.
    """
    if not sys.stderr.isatty():
        yield lambda **_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    speed = (TextColumn(f"{{task.fields[rate]:,.0f}} {rate}/s"),) if rate else ()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), *speed, TimeRemainingColumn())
    note = TextColumn("{task.fields[note]}")
    with Progress(*columns, note, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None, rate=0.0, note="")
        yield lambda **told: progress.update(task, **told)
