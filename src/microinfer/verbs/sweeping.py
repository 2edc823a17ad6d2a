"""The verb that asks of many models on many parts: sweep."""

from __future__ import annotations

import glob
import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from ..model.tables import Model
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
from ..sweeps.specification import EVERY
from ..sweeps.summary import expect_scores, order_of
from ..words.quantities import parse, parse_bytes
from .given import Amount, Build, Parts, Release, Size, Source, listed, part_of

__all__ = ["sweep"]


def warn_of(line: str) -> None:
    """What a program should know and goes on with."""
    warnings.warn(line, stacklevel=3)


DEFAULT_STORE = Path("microinfer-sweep.sqlite")


def sweep(
    model: Source | Iterable[Source] | Mapping[str, Any],
    part: Parts | None = None,
    library: str | Iterable[str] | None = None,
    release: Release | Iterable[Release] | None = None,
    *,
    build: Build | Iterable[Build] | None = None,
    store: str | os.PathLike[str] | None = None,
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
        model: one or several, each as for `check`, or a pattern such as "models/*.tflite"; or a
            specification, a .toml file or the same as a dictionary: see `microinfer.sweeps.specification`.
            There `{"name": ..., "bytes": ...}` is a model that is in memory.
        part: one or several, as for `check`, "boards" or "all"; default the specification's, else a
            Cortex-M4.
        library: one or several, or "all"; default the specification's, else each part's own.
        release, build: one or several, as for `check`; default the specification's.
        store: the file in which rows are kept and looked for; default the specification's `store`, else a
            file beside the .toml file, or microinfer-sweep.sqlite.
        by: what the best are the best by: latency, energy, arena, ram, flash or score.
        top: how many of the best to give.
        jobs: processes of this machine; default one for a small sweep, else one a processor.
        scheduler: the address of a cluster of Dask's, "tcp://10.0.0.5:8786", instead.
        redo: which rows of the store to do again.
        time_limit, memory_limit: of one row, and of building one model; what takes more is a row that says
            so. `None` for as much memory as there is.
        watch: called with a `Progress` every few rows.

    Raises:
        InputError: the specification says what cannot be, a model is neither a file nor in the zoo, or the
            store or the cluster cannot be used.
        ProfileError: no such part.

    A model that cannot be read, or not be built, is a row with its error.
    """
    given = settings_given(part, library, release, build)
    if isinstance(model, Mapping):
        what, beside = specification_of({**model, **given}), DEFAULT_STORE
    elif isinstance(model, str | os.PathLike) and os.fspath(model).endswith(".toml"):
        what, beside = read_specification(Path(model), given), Path(model).with_suffix(".sqlite")
    else:
        several = isinstance(model, Iterable) and not isinstance(model, str | bytes | bytearray | memoryview)
        models: Any = model if several else [model]
        entries = [_entry(one, f"model {number}") for number, one in enumerate(models, 1)]
        what, beside = specification_of({"models": entries, **given}), DEFAULT_STORE
    most = None if memory_limit is None else parse_bytes(memory_limit, "memory_limit")
    guards = Guards(parse(time_limit, "s", "time_limit"), most)
    order_of(by)
    expect_scores(what, by)
    path = Path(store) if store is not None else what.store or beside
    with Store(path) as kept:
        campaign = Campaign(what, kept, guards, redo=redo)
        campaign.run(hire(what, scheduler, jobs, warn_of), watch or (lambda _: None))
        return summarise(campaign, by=by, top=top)


def _entry(model: Any, name: str) -> str | dict[str, Any]:
    """A model as a specification has it; `name` is for one that has none."""
    if isinstance(model, str):
        return model
    if isinstance(model, os.PathLike):
        return {"files": glob.escape(os.fspath(model))}
    if isinstance(model, Model):
        return {"bytes": bytes(model.data), "name": model.name or name}
    return {"bytes": model, "name": name}


def settings_given(part: Any, library: Any, release: Any, build: Any) -> dict[str, Any]:
    """What a caller says of the settings, as a specification has it."""
    parts = [] if part is None else listed(part)
    axes = {
        "parts": [one if one in EVERY else part_of(one) for one in parts],
        "libraries": [] if library is None else listed(library),
        "releases": [] if release is None else listed(release),
        "builds": [] if build is None else listed(build),
    }
    return {axis: values for axis, values in axes.items() if values}
