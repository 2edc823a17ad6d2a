"""What a search is to do, as people write it: `SPEC.toml`, or the same as a dictionary.

build = "digits.py:build"         # build(config) gives the bytes of a .tflite file
score = "digits.py:score"         # score(model, config) gives a number, the more the better; or a proxy
parts = "arduino-uno"             # as a sweep's: parts, libraries, releases, builds; of several, each
method = "evolution"              # random, evolution or halving
trials = 60
seed = 1
reads = ["digits.npz"]            # files that the functions read

[space]
filters = { ints = [2, 16] }
layers = [1, 2, 3]

[budgets]
latency = "100ms"
arena = "1k"
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from ..errors import InputError
from ..files.settings_file import read_settings
from ..sweeps import Budgets
from ..sweeps.assignments import Setting
from ..sweeps.row_budgets import ORDER, Answer, read_budgets
from ..sweeps.specification import settings_of, texts
from ..sweeps.user_code import Code, code_of
from ..words.dataclass import dataclass
from ..words.spelling import nearest_note
from .proxies import PROXIES
from .space import Space, read_space

__all__ = ["Method", "SearchSpec", "read_search", "search_of"]

Method: TypeAlias = Literal["random", "evolution", "halving"]
METHODS: tuple[Method, ...] = get_args(Method)
SETTINGS = ("parts", "libraries", "releases", "builds")
KEYS = (
    *("build", "score", "space", *SETTINGS, "budgets", "accept", "method", "trials", "seed"),
    *("at_once", "population", "sample", "halving", "reads", "store"),
)
HALVING = ("least", "most", "factor")
ACCEPTED: tuple[Answer, ...] = ("yes", "perhaps", "cannot-tell")
MOST_TRIALS = 1_000_000


@dataclass(frozen=True, slots=True)
class SearchSpec:
    """`score` is a function or the name of a proxy. `accept` is the least sure answer to the budgets with
    which a model is scored. `at_once` is how many trials are under way together: evolution learns from those
    before. `population` and `sample` are evolution's; `rungs` what halving gives a score, the last one most,
    each time the best of one in `factor`. `marks` tells the content of what the functions read."""

    build: Code
    score: Code | str
    space: Space
    settings: tuple[Setting, ...]
    budgets: Budgets
    accept: Answer
    method: Method
    trials: int
    seed: int
    at_once: int
    population: int
    sample: int
    rungs: tuple[float | None, ...]
    factor: int
    marks: str
    store: Path | None

    @property
    def accepted(self) -> tuple[Answer, ...]:
        """The answers with which a model is scored."""
        return ORDER[: ORDER.index(self.accept) + 1]

    @property
    def scores(self) -> int:
        """How many scores there will be."""
        total, count = 0, self.trials
        for _ in self.rungs:
            total += count
            count = -(-count // self.factor)
        return total


def read_search(path: Path, instead: Mapping[str, Any] = {}) -> SearchSpec:
    """A file; paths in it are from its own folder.

    Args:
        instead: what is to stand in it for what does, by key.

    Raises:
        InputError: it cannot be read, or a key says what cannot be; names the key.
        ProfileError: no such part.
    """
    return search_of({**read_settings(path), **instead}, str(path), path.parent)


def search_of(table: Mapping[str, Any], place: str = "search", folder: Path | None = None) -> SearchSpec:
    """A table as a file has it; of Python, `build` and `score` may be functions of a file.

    Raises:
        InputError, ProfileError: as for `read_search`.
    """
    folder = Path() if folder is None else folder
    for key in table:
        if key not in KEYS:
            near = nearest_note(key, KEYS)
            raise InputError(f"{place}: key {key!r}: unknown{near}, expected one of {', '.join(KEYS)}")
    for key in ("build", "score", "space"):
        if key not in table:
            raise InputError(f"{place}: key {key!r}: is not there, and a search needs it")
    method = table.get("method", "evolution")
    if method not in METHODS:
        near = nearest_note(str(method), METHODS)
        raise InputError(
            f"{place}: key 'method': found {method!r}{near}, expected one of {', '.join(METHODS)}"
        )
    accept = table.get("accept", "yes")
    if accept not in ACCEPTED:
        raise InputError(f"{place}: key 'accept': found {accept!r}, expected one of {', '.join(ACCEPTED)}")
    budgets = read_budgets(table.get("budgets", {}), f"{place}: budgets")
    if budgets.accuracy is not None:
        raise InputError(f"{place}: budgets.accuracy: is what the score tells, and no budget before it")
    store = table.get("store")
    if store is not None and not isinstance(store, str):
        raise InputError(f"{place}: key 'store': found {store!r}, expected the name of a file, as text")
    trials = _whole(table, "trials", 50, 1, place)
    population = _whole(table, "population", max(2, min(32, trials // 4)), 2, place)
    rungs, factor = _rungs(table.get("halving"), f"{place}: halving", method)
    return SearchSpec(
        build=_function(table["build"], "build", place, folder),
        score=_scored(table["score"], place, folder),
        space=read_space(table["space"], f"{place}: space"),
        settings=tuple(settings_of(table, (None,), place, folder)),
        budgets=budgets,
        accept=accept,
        method=method,
        trials=trials,
        seed=_whole(table, "seed", 0, 0, place),
        at_once=_whole(table, "at_once", 8, 1, place),
        population=population,
        sample=_whole(table, "sample", max(2, population // 4), 1, place),
        rungs=rungs,
        factor=factor,
        marks=_marks(texts(table, "reads", place, ()), place, folder),
        store=None if store is None else folder / store,
    )


def _whole(table: Mapping[str, Any], key: str, default: int, least: int, place: str) -> int:
    found = table.get(key, default)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= MOST_TRIALS:
        said = f"expected a whole number from {least} to {MOST_TRIALS:,}"
        raise InputError(f"{place}: key {key!r}: found {found!r}, {said}")
    return found


def _scored(value: Any, place: str, folder: Path) -> Code | str:
    if isinstance(value, str) and ":" not in value:
        if value not in PROXIES:
            near = nearest_note(value, PROXIES)
            wanted = f"file.py:function, module:function, or {' or '.join(PROXIES)}"
            raise InputError(f"{place}: key 'score': found {value!r}{near}, expected {wanted}")
        return value
    return _function(value, "score", place, folder)


def _function(value: Any, key: str, place: str, folder: Path) -> Code:
    return code_of(_named(value, key, place) if callable(value) else value, key, place, folder)


def _named(function: Callable[..., Any], key: str, place: str) -> str:
    """Where a function of the caller's is written, as a spec would name it."""
    name = getattr(function, "__qualname__", "")
    try:
        file = inspect.getsourcefile(function)
    except TypeError:
        file = None
    if file is None or not file.endswith(".py") or not name.isidentifier() or not Path(file).is_file():
        raise InputError(
            f"{place}: key {key!r}: {name or function!r} is not a function at the top of a file, which other "
            "processes could read; write it into one, and name it file.py:function"
        )
    return f"{Path(file).resolve()}:{name}"


def _rungs(given: Any, place: str, method: str) -> tuple[tuple[float | None, ...], int]:
    if method != "halving":
        if given is not None:
            raise InputError(f"{place}: goes with method = 'halving' alone")
        return (None,), 1
    example = "such as { least = 1, most = 27, factor = 3 }"
    if not isinstance(given, Mapping):
        raise InputError(f"{place}: found {given!r}, expected what a score may take, {example}")
    for key in given:
        if key not in HALVING:
            near = nearest_note(str(key), HALVING)
            raise InputError(f"{place}: key {key!r}: unknown{near}, expected one of {', '.join(HALVING)}")
    least, most, factor = given.get("least", 1), given.get("most"), given.get("factor", 3)
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (least, most, factor))
    if not numbers or not 0 < least <= most or not isinstance(factor, int) or factor < 2:
        raise InputError(f"{place}: found {dict(given)!r}, expected 0 < least <= most, {example}")
    made: list[Any] = [most]
    while made[-1] / factor >= least * (1 - 1e-9):
        fewer = made[-1] / factor
        made.append(round(fewer) if isinstance(most, int) and fewer >= 1 else fewer)
    return tuple(reversed(made)), factor


def _marks(names: tuple[str, ...], place: str, folder: Path) -> str:
    digest = hashlib.sha256()
    for name in names:
        try:
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise InputError(
                f"{place}: key 'reads': {folder / name}: cannot be read: {error.strerror or error}"
            ) from error
    return digest.hexdigest() if names else ""
