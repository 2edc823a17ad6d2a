"""What is to be done: the settings that every model is held against, and batches of them for one worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields
from typing import Any, ClassVar, Literal, Protocol

from ..operators.release import Release
from ..parts.profile import Profile, load_profile
from ..words.dataclass import dataclass, field
from ..words.result import plain
from .candidates import Candidate
from .identity import identity
from .sweep_row import SweepRow

__all__ = ["Assignment", "Errand", "Guards", "Outcome", "Samples", "Setting", "Share", "key_of", "row_key"]

UNTOLD = ("title", "names", "sources", "path", "parents")
"""Fields of a profile on which no figure hangs."""


@dataclass(frozen=True, slots=True)
class Samples:
    """A dataset: where it is (None: the zoo's own), what `validate` is told of it, what tells its content."""

    where: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A part with its build, a kernel library of it, a release of TFLM, and samples. A stock part travels by
    its name, since a worker of the same microinfer has it."""

    part: str | Profile
    build: str
    library: str
    release: Release
    samples: Samples | None
    content: str
    """A digest of all of these."""

    @classmethod
    def of(cls, profile: Profile, library: str, release: Release, samples: Samples | None) -> Setting:
        """A setting; the profile is built already."""
        told = {one.name: plain(getattr(profile, one.name)) for one in fields(Profile)}
        facts = [
            {name: value for name, value in told.items() if name not in UNTOLD},
            library,
            release.commit,
            "" if samples is None else samples.fingerprint,
        ]
        text = json.dumps(facts, sort_keys=True, default=_more)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return cls(_light(profile), str(profile.build), library, release, samples, digest)

    @property
    def profile(self) -> Profile:
        """The part, built as asked for."""
        part = self.part if isinstance(self.part, Profile) else load_profile(self.part)
        return part.built(self.build)

    @property
    def title(self) -> str:
        """The part's name."""
        return self.part if isinstance(self.part, str) else self.part.name

    def error(self, sha256: str, why: str, took_s: float = 0.0) -> SweepRow:
        """The row of a model of which nothing can be told here."""
        data = "" if self.samples is None else self.samples.fingerprint
        return SweepRow(
            sha256, self.title, self.library, self.release.name, self.build, data, "error", why, took_s=took_s
        )


def _light(profile: Profile) -> str | Profile:
    try:
        stock = load_profile(profile.name).built(profile.build)
    except Exception:
        return profile
    return profile.name if stock == profile else profile


def _more(value: Any) -> Any:
    if isinstance(value, Set):
        return sorted(map(str, value))
    return dict(value) if isinstance(value, Mapping) else str(value)


@dataclass(frozen=True, slots=True)
class Guards:
    """What one row, or the building of one model, may take: seconds, and bytes of memory beside the program's
    own (None: as much as there is)."""

    seconds: float = 60.0
    memory_bytes: int | None = 2 << 30


class Errand(Protocol):
    """What else is done with a model, where it is built; it travels, and so does what it finds."""

    what: ClassVar[str]
    """In words, such as "the score"."""

    def run(self, made: bytes) -> Any:
        """What comes of a model's file.

        Raises:
            MicroinferError: nothing, and why.
        """

    def lost(self, why: str) -> Any:
        """What comes of it where it was stopped, or there is no model."""


@dataclass(frozen=True, slots=True)
class Share:
    """A model and the settings to hold it against, or an errand with it."""

    candidate: Candidate
    settings: tuple[Setting, ...]
    errand: Errand | None = None

    def lost(self, content: str, why: str) -> tuple[tuple[SweepRow, ...], Any]:
        """The rows, and what the errand finds, where nothing can be told."""
        rows = tuple(one.error(content, why) for one in self.settings)
        return rows, None if self.errand is None else self.errand.lost(why)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one worker does at a time, and which microinfer it has to be."""

    groups: tuple[Share, ...]
    guards: Guards
    identity: str = field(default_factory=identity)

    @property
    def rows(self) -> int:
        return sum(len(group.settings) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch: per group the model's content, a row a setting and what an errand found, and the
    seconds it took; or `kind` "refused" and why, from a worker of another microinfer."""

    kind: Literal["done", "refused"]
    contents: tuple[str, ...] = ()
    rows: tuple[tuple[SweepRow, ...], ...] = ()
    found: tuple[Any, ...] = ()
    seconds: float = 0.0
    why: str = ""
    worker: str = ""


def key_of(content: str, setting: Setting) -> str:
    """What tells a row: which microinfer, which bytes, which setting."""
    return row_key(identity(), content, setting.content)


def row_key(*parts: str) -> str:
    """A digest of texts in order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def rows_of(outcomes: Sequence[Outcome]) -> int:
    """How many rows came back."""
    return sum(len(rows) for outcome in outcomes for rows in outcome.rows)
