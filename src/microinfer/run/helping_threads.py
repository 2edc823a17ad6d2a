"""Threads that help whoever calls. They are kept, since to start one takes as long as a hundred samples."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["in_threads"]

T = TypeVar("T")

_lock = Lock()
_pool: tuple[int, ThreadPoolExecutor] | None = None
"""For how many threads, and they."""


def _forget() -> None:
    """A process that was forked has none of its parent's threads."""
    global _lock, _pool
    _lock, _pool = Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _begin(work: Callable[[T], None], things: Sequence[T]) -> list[Future[None]]:
    global _pool
    if not things:
        return []
    from concurrent.futures import ThreadPoolExecutor  # with `logging`: a run of one sample needs neither

    with _lock:
        if _pool is None or _pool[0] < len(things):
            if _pool is not None:
                _pool[1].shutdown(wait=False)
            _pool = len(things), ThreadPoolExecutor(len(things), thread_name_prefix="microinfer")
        return [_pool[1].submit(work, thing) for thing in things]


def in_threads(work: Callable[[T], None], things: Sequence[T], stop: Event) -> None:
    """`work` on each of the things, the first in this thread, each other in one of its own.

    They share what there is to do: when this thread finds nothing left, who has not begun need not. After an
    error `stop` is set, and all have ended when it is raised.
    """
    futures = _begin(work, things[1:])
    try:
        work(things[0])
        for future in futures:
            if not future.cancel():
                future.result()
    except BaseException:
        from concurrent.futures import wait

        stop.set()
        wait([future for future in futures if not future.cancel()])
        raise
