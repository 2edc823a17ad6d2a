"""The commands that run long and keep what they do in a store, as a test begins them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import microinfer

from .clients import begin_microinfer
from .searching import spec, write

__all__ = ["LONG_RUNS", "LongRun", "as_anybody", "in_a_child"]


@dataclass(frozen=True)
class LongRun:
    """`begun` are the arguments of a command that does less than `more`; `table` is what it fills. `disk` is
    the size of a file at which it is under way."""

    table: str
    begun: tuple[str, ...]
    more: tuple[str, ...]
    disk: int

    def begin(self, store: Path, *, more: bool = False, **how: Any) -> subprocess.Popen[str]:
        """As JSON, in one process."""
        arguments = self.more if more else self.begun
        place = [str(store.parent / each) if each.endswith(".toml") else each for each in arguments]
        return begin_microinfer(*place, "--json", "--store", str(store), **how)


SWEEP = "parts = 'all'\nlibraries = 'all'\nbuilds = ['O3', 'Os']\n[[models]]\nzoo = {}\n"


def write_sweeps(folder: Path) -> None:
    (folder / "some.toml").write_text(SWEEP.format("['digits']"))
    (folder / "all.toml").write_text(SWEEP.format("['digits', 'sine', 'ds_cnn']"))


def write_search(folder: Path) -> None:
    write(folder, "score")


def write_nothing(folder: Path) -> None:
    """A model of the zoo has its own samples."""


FAULTS = ("faults", "digits", "--samples", "40", "--runs")
LONG_RUNS: dict[str, tuple[Callable[[Path], None], LongRun]] = {
    "sweep": (
        write_sweeps,
        LongRun("rows", ("sweep", "some.toml", "--jobs", "1"), ("sweep", "all.toml", "--jobs", "1"), 300_000),
    ),
    "search": (
        write_search,
        LongRun(
            "scores",
            ("search", "s.toml", "--jobs", "1", "--trials", "4"),
            ("search", "s.toml", "--jobs", "1"),
            120_000,
        ),
    ),
    "faults": (write_nothing, LongRun("trials", (*FAULTS, "50"), (*FAULTS, "6000"), 600_000)),
}


def as_anybody() -> None:
    """Without the superuser's right to write what may not be written: it is dropped by the next program."""
    import ctypes

    drop_bound, override = 24, 1
    ctypes.CDLL(None).prctl(drop_bound, override, 0, 0, 0)


def in_a_child(what: str, store: str, much: bool) -> None:
    """A small one of each kind by its verb; `much` does more than without."""
    if what == "sweep":
        names = ["sine", "digits"] if much else ["sine"]
        assert microinfer.sweep(names, store=store, jobs=1).complete
    elif what == "search":
        trials = 4 if much else 2
        assert microinfer.search(spec(trials=trials), store=store, jobs=1).scored == trials
    else:
        runs = 60 if much else 20
        assert microinfer.faults("sine", runs=runs, samples=2, store=store).complete
