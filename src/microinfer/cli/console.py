"""What a terminal shows: consoles, numbers for people, and the bar while kernels are compiled."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from ..words.printing import printable, quantity

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = [
    "ProgressBar",
    "compiling",
    "emit",
    "in_colour",
    "interval",
    "noting_interrupts",
    "printable",
    "printable_in_colour",
    "quantity",
    "show",
    "table",
    "width",
    "without_scipy",
]

PIPED_WIDTH, WIDEST = 110, 120
_COLOUR = re.compile(r"(\033\[[\d;]*m)")


def printable_in_colour(line: str) -> str:
    """`printable`, but for the sequences that set colours."""
    return "".join(part if _COLOUR.fullmatch(part) else printable(part) for part in _COLOUR.split(line))


def in_colour() -> bool:
    """Whether stdout is a terminal that takes colours and nobody minds (https://no-color.org), or somebody
    wants them wherever it goes (https://force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def show(*renderables: RenderableType) -> None:
    """Print to stdout, one below the other: plain, and of one width, where it is not a terminal."""
    from rich.console import Console

    screen = Console(
        color_system=("auto" if sys.stdout.isatty() else "standard") if in_colour() else None,
        force_terminal=in_colour(),
        width=width(),
        highlight=False,
        markup=False,
        emoji=False,
    )
    with screen.capture() as captured:
        for renderable in renderables:
            screen.print(renderable)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()), color=in_colour())


def width() -> int:
    """Columns to use. One less than a terminal has: some break a line when its last column is written."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return PIPED_WIDTH
    import shutil

    return max(40, min(shutil.get_terminal_size().columns - 1, WIDEST))


def table(
    *columns: str, right: tuple[str, ...] = (), wrap: tuple[str, ...] = (), whole: tuple[str, ...] = ()
) -> Table:
    """A table without frames. Columns in `right` are numbers, and those in `whole` names, which are never
    cut; those in `wrap` take more lines where they must, and the others lose their ends on a terminal. What
    a program reads, or a file keeps, is whole."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2 if width() >= 90 else 1, 0, 0), header_style="dim")
    for name in columns:
        made.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=name in right + whole,
            overflow="fold" if name in wrap or not sys.stdout.isatty() else "ellipsis",
        )
    return made


def emit(schema: str, content: dict[str, Any]) -> None:
    """The only thing that ``--json`` writes to stdout."""
    import json

    click.echo(json.dumps({"schema": schema, **content}, indent=2, allow_nan=False))


def interval(value: float, low: float, high: float, unit: str) -> str:
    """A figure with its interval: '36.2 ms (34.0 ms to 38.4 ms)'."""
    middle = quantity(value, unit)
    ends = quantity(low, unit), quantity(high, unit)
    return middle if ends == (middle, middle) else f"{middle} ({ends[0]} to {ends[1]})"


class ProgressBar:
    """One line on stderr that is drawn over itself, and nothing where stderr is no terminal."""

    CELLS = 24
    PATIENCE = 2.0

    def __init__(self, total: int) -> None:
        self.total = max(1, total)
        self.done = 0
        import shutil

        self._width = min(78, shutil.get_terminal_size().columns - 1)
        self._live = sys.stderr.isatty()
        self._began: float | None = None
        self._turns = 0

    def step(self, label: str) -> None:
        """Begin the next piece of work."""
        self.total = max(self.total, self.done + 1)
        filled = self.CELLS * self.done // self.total
        self._draw(f"[{'#' * filled}{'.' * (self.CELLS - filled)}] {self.done + 1}/{self.total} {label}")
        self.done += 1

    def loop(self, turns: int, most: int) -> None:
        """Of a loop how far it is, from two seconds on."""
        if self._began is None or turns < self._turns:
            self._began = monotonic()
        self._turns = turns
        if monotonic() - self._began >= self.PATIENCE:
            self.done = 1
            filled = self.CELLS * turns // most
            bar = "#" * filled + "." * (self.CELLS - filled)
            self._draw(f"[{bar}] {turns:,} turns of a loop, at most {most:,}")

    def close(self) -> None:
        """Leave an empty line to whatever comes next."""
        if self.done:
            self._draw("")

    def _draw(self, line: str) -> None:
        if self._live:
            sys.stderr.write(f"\r{line[: self._width]:{self._width}}" + ("" if line else "\r"))
            sys.stderr.flush()


@contextmanager
def without_scipy() -> Iterator[None]:
    """Hide scipy from numba, which imports it if it is there (a quarter of a second) and needs it for nothing
    that a kernel does."""
    if "scipy" in sys.modules:
        yield
        return
    sys.modules["scipy"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["scipy"]


@contextmanager
def noting_interrupts() -> Iterator[Callable[[], None]]:
    """A function that raises the Ctrl-C that was lost: the compiler calls back into Python, and drops what is
    raised there, or while an object of its own is freed, with a traceback that says no more than Ctrl-C."""
    import signal

    lost = False
    said = sys.unraisablehook

    def drop(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is not KeyboardInterrupt:
            said(unraisable)

    def note(*_: object) -> None:
        nonlocal lost
        lost = True
        raise KeyboardInterrupt

    def raise_lost() -> None:
        if lost:
            raise KeyboardInterrupt

    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield raise_lost
        return
    signal.signal(signal.SIGINT, note)
    sys.unraisablehook = drop
    try:
        yield raise_lost
    finally:
        sys.unraisablehook = said
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def compiling(expected: int) -> Iterator[None]:
    """Say that kernels are compiled, if any are: one line, and in a terminal a bar of `expected` steps."""
    from ..kernels._jit import cache_folder, on_compile
    from ..run.turn_limit import on_turns

    bar, turns = ProgressBar(expected), ProgressBar(1)

    def turned(count: int, most: int) -> None:
        raise_lost()
        turns.loop(count, most)

    def listener(name: str) -> None:
        raise_lost()
        if not bar.done:
            once = "once" if cache_folder() is not None else "every time: no folder to keep them in"
            click.echo(f"compiling kernels, {once}", err=True)
        bar.step(name)

    stop, stop_turns = on_compile(listener), on_turns(turned)
    try:
        with without_scipy(), noting_interrupts() as raise_lost:
            yield
            raise_lost()
    finally:
        stop()
        stop_turns()
        bar.close()
        turns.close()
