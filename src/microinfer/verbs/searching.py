"""The verb that looks for a network: search."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from ..files.output import expect_free, write_file
from ..searches import Exploration, SearchReport, SearchWatch, conclude, read_search, search_of
from ..sweeps import Guards, Store
from ..sweeps.hiring import hire_for
from ..words.quantities import parse, parse_bytes
from .given import Amount, Build, Parts, Release, Size
from .sweeping import settings_given, warn_of

__all__ = ["search"]

DEFAULT_STORE = Path("microinfer-search.sqlite")


def search(
    spec: str | os.PathLike[str] | Mapping[str, Any],
    part: Parts | None = None,
    library: str | Iterable[str] | None = None,
    release: Release | Iterable[Release] | None = None,
    *,
    build: Build | Iterable[Build] | None = None,
    seed: int | None = None,
    trials: int | None = None,
    store: str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    redo: Literal["nothing", "errors", "all"] = "nothing",
    time_limit: Amount = "60s",
    score_limit: Amount = "3600s",
    memory_limit: Size | None = "2048M",
    watch: SearchWatch | None = None,
) -> SearchReport:
    """Look for the network with the most score in a space of architectures, under budgets.

    Args:
        spec: a .toml file, or the same as a dictionary; see `microinfer.searches.search_spec`. In a
            dictionary `build` and `score` may be functions that stand at the top of a file.
        part, library, release, build: one or several, as for `sweep`; default the specification's. Of
            several, each has to keep to the budgets.
        seed, trials: default the specification's.
        store: the file in which figures and scores are kept and looked for; default the spec's `store`, else
            a file beside the .toml file, or microinfer-search.sqlite.
        output: a file to write the best model to, trained where the score gives it back.
        force: replace that file where it is there already.
        jobs: processes of this machine; default one for a proxy, else one a processor.
        scheduler: the address of a cluster of Dask's, "tcp://10.0.0.5:8786", instead.
        redo: which figures and scores of the store to do again.
        time_limit, memory_limit: of building and measuring one model; `None` for as much memory as there is.
        score_limit: of one score.
        watch: called with a `SearchProgress` every score.

    Raises:
        InputError: the spec says what cannot be, or the store, the cluster or `output` cannot be used.
        ProfileError: no such part.

    A configuration that cannot be built or scored is counted in `errors`.
    """
    own = {"seed": seed, "trials": trials}
    given = settings_given(part, library, release, build)
    given |= {key: value for key, value in own.items() if value is not None}
    if isinstance(spec, Mapping):
        what, beside = search_of({**spec, **given}), DEFAULT_STORE
    else:
        what, beside = read_search(Path(spec), given), Path(spec).with_suffix(".sqlite")
    place = None if output is None else Path(output)
    expect_free(place, force=force)
    most = None if memory_limit is None else parse_bytes(memory_limit, "memory_limit")
    guards = Guards(parse(time_limit, "s", "time_limit"), most)
    score_guards = Guards(parse(score_limit, "s", "score_limit"), most)
    crew = hire_for(not isinstance(what.score, str), scheduler, jobs, warn_of)
    with Store(Path(store) if store is not None else what.store or beside) as kept:
        ran = Exploration(what, kept, guards, score_guards, redo=redo)
        ran.run(crew, watch or (lambda _: None))
        report = conclude(ran)
        if place is not None and report.best is not None:
            write_file(place, ran.model_of(report.best, crew), force=force)
    return report
