"""A score as an errand of a worker: the user's function is called with the model that was built there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from numbers import Real
from time import perf_counter
from typing import Any, ClassVar, SupportsFloat, cast

from ..errors import InputError
from ..sweeps.assignments import row_key
from ..sweeps.identity import identity
from ..sweeps.measuring import content_of
from ..sweeps.user_code import Code, call_code
from ..words.dataclass import dataclass
from .proxies import PROXIES

__all__ = ["Fetching", "ScoreFound", "Scoring"]


@dataclass(frozen=True, slots=True)
class ScoreFound:
    """A score, the model that the function gave back with it, if any, or why there is none, and seconds."""

    score: float | None
    model: bytes | None = None
    reasons: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Scoring:
    """Who scores which configuration, with which part of the work (None: a function is not told); the content
    of the model that was measured, and of the files that are read."""

    what: ClassVar[str] = "the score"

    by: Code | str
    config: Mapping[str, Any]
    budget: float | None
    content: str
    marks: str

    @property
    def key(self) -> str:
        """What tells the score in the store."""
        by = self.by if isinstance(self.by, str) else self.by.fingerprint
        told = json.dumps([self.config, self.budget], sort_keys=True)
        return row_key(identity(), "score", by, self.marks, self.content, told)

    def run(self, made: bytes) -> ScoreFound:
        """Score it.

        Raises:
            InputError: the function raised, or gave no number; or another model was built than was measured.
        """
        if content_of(made) != self.content:
            raise InputError("build gave another file than when it was measured: seed what it draws")
        began = perf_counter()
        if isinstance(self.by, str):
            return ScoreFound(PROXIES[self.by](made), seconds=perf_counter() - began)
        rest = () if self.budget is None else (self.budget,)
        given = call_code(self.by, made, dict(self.config), *rest)
        score, model = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
        place = f"{self.by.where}:{self.by.function}"
        if not _is_number(score) or not isfinite(float(cast(SupportsFloat, score))):
            wanted = "a finite number, or one and the bytes of a .tflite file"
            raise InputError(f"{place}: returned {_said(score)}, expected {wanted}")
        if model is not None and not isinstance(model, bytes | bytearray | memoryview):
            found = type(model).__name__
            raise InputError(f"{place}: returned a {found}, expected the bytes of a .tflite file")
        trained = None if model is None else bytes(model)
        return ScoreFound(float(cast(SupportsFloat, score)), trained, seconds=perf_counter() - began)

    def lost(self, why: str) -> ScoreFound:
        """No score, and why."""
        return ScoreFound(None, reasons=why)


def _is_number(score: object) -> bool:
    """Of Python or numpy, an array of one number among them."""
    if isinstance(score, bool):
        return False
    shape = getattr(score, "shape", None)
    kind = getattr(getattr(score, "dtype", None), "kind", "")
    return isinstance(score, Real) or (shape == () and kind in "fiu")


def _said(score: object) -> str:
    return repr(score) if isinstance(score, float) else f"a {type(score).__name__}"


@dataclass(frozen=True, slots=True)
class Fetching:
    """The model's file itself."""

    what: ClassVar[str] = "building the model"

    def run(self, made: bytes) -> bytes:
        """As it was built."""
        return made

    def lost(self, why: str) -> str:
        """Why there is none."""
        return why
