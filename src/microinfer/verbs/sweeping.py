"""The verb that asks of many models on many parts: sweep."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from ..sweeps import (
    Campaign,
    Guards,
    Store,
    SweepReport,
    hire,
    read_specification,
    specification_of,
    summarise,
)
from ..sweeps.campaign import Watch
from ..sweeps.summary import expect_scores, order_of
from ..words.quantities import parse, parse_bytes
from .given import Amount, Size

__all__ = ["sweep"]


def warn_of(line: str) -> None:
    """What a program should know and goes on with."""
    warnings.warn(line, stacklevel=3)


DEFAULT_STORE = Path("microinfer-sweep.sqlite")


def sweep(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    store: str | os.PathLike[str] | None = None,
    *,
    by: str = "latency",
    top: int = 10,
    jobs: int | None = None,
    scheduler: str | None = None,
    redo: Literal["nothing", "errors", "all"] = "nothing",
    time_limit: Amount = "60s",
    memory_limit: Size | None = "2048M",
    watch: Watch | None = None,
) -> SweepReport:
    """Hold many models against many parts, and say which are best under the budgets.

    Args:
        spec: a .toml file, or the same as a dictionary; see `microinfer.sweeps.specification`. Of Python
            alone, `{"name": ..., "bytes": ...}` in its models is one that is in memory.
        store: the file in which rows are kept and looked for; default the spec's `store`, else a file beside
            the .toml file, or microinfer-sweep.sqlite.
        by: what the best are the best by: latency, energy, arena, ram, flash or score.
        top: how many of the best to give.
        jobs: processes of this machine; default one for a small sweep, else one a processor.
        scheduler: the address of a cluster of Dask's, "tcp://10.0.0.5:8786", instead.
        redo: which rows of the store to do again.
        time_limit, memory_limit: of one row, and of building one model; what takes more is a row that says
            so. `None` for as much memory as there is.
        watch: called with a `Progress` every few rows.

    Raises:
        InputError: the spec says what cannot be, or the store or the cluster cannot be used.
        ProfileError: no such part.

    A model that cannot be read, or not be built, is a row with its error.
    """
    if isinstance(spec, Mapping):
        what, beside = specification_of(spec), DEFAULT_STORE
    else:
        what, beside = read_specification(Path(spec)), Path(spec).with_suffix(".sqlite")
    most = None if memory_limit is None else parse_bytes(memory_limit, "memory_limit")
    guards = Guards(parse(time_limit, "s", "time_limit"), most)
    order_of(by)
    expect_scores(what, by)
    path = Path(store) if store is not None else what.store or beside
    with Store(path) as kept:
        campaign = Campaign(what, kept, guards, redo=redo)
        campaign.run(hire(what, scheduler, jobs, warn_of), watch or (lambda _: None))
        return summarise(campaign, by=by, top=top)
