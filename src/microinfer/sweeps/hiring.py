"""Which crew does a sweep."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec

from ..errors import InputError
from .cluster import Cluster
from .crew import Alone, Crew
from .specification import Specification

__all__ = ["hire", "hire_for", "hire_several", "processors"]

ENOUGH_ROWS, ENOUGH_SCORES = 2000, 40
"""From how many on several processes pay, Dask's own start being a second or two."""


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def hire(
    what: Specification,
    scheduler: str | None = None,
    jobs: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Callable[[], Crew]:
    """What makes the crew when there is something to do.

    Args:
        scheduler: the address of a cluster of Dask's.
        jobs: processes of this machine; default one for a small sweep, else one a processor.

    Raises:
        InputError: both, or no number of jobs.
    """
    scored = any(one.samples is not None for one in what.settings)
    return hire_for(what.rows >= (ENOUGH_SCORES if scored else ENOUGH_ROWS), scheduler, jobs, say)


def hire_for(
    much: bool,
    scheduler: str | None = None,
    jobs: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Callable[[], Crew]:
    """As `hire`, for what is `much` to do, or little.

    Raises:
        InputError: as for `hire`.
    """
    if scheduler is not None:
        if jobs is not None:
            raise InputError(
                "jobs are of this machine, and a scheduler has its own workers: give one of them"
            )
        return lambda: Cluster(scheduler, 0, say)
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs {jobs!r}: expected 1 or more")
    many = jobs or (processors() if much else 1)
    if jobs is None and many > 1 and find_spec("distributed") is None:
        say(f"one process does it; with pip install 'microinfer[scale]' it were {many}")
        many = 1
    return Alone if many == 1 else lambda: Cluster(None, many, say)


def hire_several(
    scheduler: str | None, jobs: int | None, say: Callable[[str], None]
) -> Callable[[], Crew] | None:
    """As `hire_for`, for work that one process does by itself: None where nobody else is asked for.

    Raises:
        InputError: as for `hire`.
    """
    return None if scheduler is None and jobs in (None, 1) else hire_for(False, scheduler, jobs, say)
