"""One page about several models on a part: side by side, and then each as a page of its own has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from ...comparison.side_by_side import Comparison, row_of
from ...deploy.deployment import Deployment
from ...deploy.verdict import WORSE, Holds, MemoryReport
from ...errors import InputError
from ...model.tables import Model
from ...operators.release import Release
from ...parts.profile import Profile
from ...run.interpreter import Interpreter
from ...words.dataclass import dataclass
from ...words.result import Result, Summary, plain
from .figures import printable
from .page import render, render_several
from .report_page import run_once

__all__ = ["ModelOnPage", "SeveralModels", "make_several"]


@dataclass(frozen=True, slots=True)
class ModelOnPage:
    """One of them: `not_run` says why it is shown without a run, "" where it ran."""

    name: str
    verdict: Holds
    fits: bool
    not_run: str
    shortfalls: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class SeveralModels(Result):
    """`html` is the whole page, `file` where it was written, None where it was not."""

    schema: ClassVar[str] = "microinfer.report-models/1"

    models: tuple[ModelOnPage, ...]
    html: str
    file: str | None = None

    @property
    def bytes(self) -> int:
        """Of the page."""
        return len(self.html.encode())

    @property
    def verdict(self) -> Holds:
        """That of the worst."""
        return max((model.verdict for model in self.models), key=WORSE.index, default="yes")

    def summary(self) -> Summary:
        """A row a model."""
        rows = tuple((model.name, model.verdict) for model in self.models)
        return Summary(f"a page of {self.bytes:,} bytes", rows, ("model", "fits"))

    def to_dict(self) -> dict[str, Any]:
        """Where the page is, and each verdict; not the page itself."""
        said = {"schema": self.schema, "file": self.file, "bytes": self.bytes, "verdict": self.verdict}
        return {**said, "models": plain(self.models)}


def make_several(
    models: Sequence[Model],
    part: Profile,
    library: str | None,
    release: str | Release | None,
    give: Callable[[Interpreter], str],
    *,
    untrained: Sequence[bool] = (),
    max_turns: int | None = None,
    others: Callable[[], Iterable[Profile]] | None = None,
) -> SeveralModels:
    """Run each model once, as `report_page.make_page` does, and draw one page.

    Args:
        untrained: of each, whether its weights are random.
        others: gives the parts to set beside this one, anew for each model.

    Raises:
        ModelError, InputError: a model, or its inputs, cannot be used at all, or there is none.
    """
    if not models:
        raise InputError("model: found none, expected one or several")
    bodies, rows, told = [], [], []
    for place, model in enumerate(models, 1):
        shown, source, not_run = run_once(model, part, library, release, give, max_turns)
        bodies.append(
            render(
                shown,
                input_source=source,
                untrained=bool(untrained) and untrained[place - 1],
                others=None if others is None else others(),
                place=place,
            )
        )
        memory = shown.deployment.memory_in(shown.arena_size)
        rows.append(_row(shown.deployment, memory))
        told.append(
            ModelOnPage(
                shown.deployment.model.name,
                memory.verdict,
                memory.fits,
                not_run,
                tuple(memory.shortfalls),
                tuple(memory.doubts),
            )
        )
    title = f"{len(models)} models on {part.name}"
    return SeveralModels(tuple(told), render_several(title, part.choose_library(library), rows, bodies))


def _row(deployment: Deployment, memory: MemoryReport) -> dict[str, str]:
    row = row_of(deployment)
    _, _, time, energy, _, _ = Comparison("", (row,)).summary().rows[0]
    flash = memory.stored_bytes if memory.flash_bytes is None else memory.flash_bytes
    return {
        "name": printable(deployment.model.name) or "model",
        "verdict": memory.verdict,
        "arena": f"{'at least ' * memory.arena_unknown}{memory.arena_bytes:,}",
        "flash": f"{flash:,}",
        "time": time,
        "energy": energy or "unknown",
    }
