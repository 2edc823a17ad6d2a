"""The page of a model on a part, from the model to the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from ...deploy.unrun import Unrun, take_unrun
from ...deploy.verdict import MemoryReport
from ...errors import TurnLimitError, UnsupportedError
from ...model.tables import Model
from ...operators.release import Release
from ...parts.profile import Profile
from ...run.interpreter import Interpreter
from ...words.dataclass import dataclass, replace
from ...words.result import Result, Summary
from .page import render

__all__ = ["PAGE_TURNS", "Page", "make_page", "make_unrun_page", "run_once"]

PAGE_TURNS = 10_000
"""A page is drawn at once; what turns more often is shown without a run, unless it is asked for."""


@dataclass(frozen=True, slots=True, repr=False)
class Page(Result):
    """`html` is the whole page, `file` where it was written, None where it was not. `not_run`: why the model
    is shown without a run, "" where it ran."""

    schema: ClassVar[str] = "microinfer.report/1"

    name: str
    html: str
    memory: MemoryReport
    file: str | None = None
    not_run: str = ""

    @property
    def bytes(self) -> int:
        """Of the page."""
        return len(self.html.encode())

    def summary(self) -> Summary:
        """Verdict and file."""
        rows = [("page", f"{self.bytes:,} bytes"), ("fits", self.memory.verdict)]
        return Summary(self.name, (*rows, *([("file", self.file)] if self.file is not None else [])))

    def to_dict(self) -> dict[str, Any]:
        """Where the page is, and the verdict; not the page itself."""
        said = {
            "schema": self.schema,
            "file": self.file,
            "bytes": self.bytes,
            "not_run": self.not_run or None,
        }
        return {**said, "fits": self.memory.fits, "verdict": self.memory.verdict}


def make_page(
    model: Model,
    part: Profile,
    library: str | None,
    release: str | Release | None,
    give: Callable[[Interpreter], str],
    *,
    untrained: bool = False,
    max_turns: int | None = None,
    arena_size: int | None = None,
    others: Iterable[Profile] | None = None,
    whole: bool = True,
) -> Page:
    """Run a model once, or take it apart where it cannot run here or does not end, and draw the page.

    Args:
        give: sets the inputs of the interpreter that it is handed, and says where they come from.
        untrained: the weights are random.
        max_turns: of loops, as for `Interpreter`; default `PAGE_TURNS`.
        arena_size: the arena that the firmware has, in bytes; default the smallest that works.
        others: parts to set beside this one; default all stock profiles.
        whole: a document; else what stands in its body, for a page that has the style and script already.

    Raises:
        ModelError, InputError: the model, or its inputs, cannot be used at all.
        ArenaError: the arena is too small to run in.
    """
    shown, source, not_run = run_once(model, part, library, release, give, max_turns, arena_size)
    html = render(shown, input_source=source, untrained=untrained, others=others, whole=whole)
    return _page(shown, html, not_run)


def run_once(
    model: Model,
    part: Profile,
    library: str | None,
    release: str | Release | None,
    give: Callable[[Interpreter], str],
    max_turns: int | None = None,
    arena_size: int | None = None,
) -> tuple[Interpreter | Unrun, str | None, str]:
    """A model that has run once and was recorded, or is taken apart; where its inputs came from; why it has
    not run, as `Page.not_run`.

    Args and errors as for `make_page`.
    """
    shown: Interpreter | Unrun
    source, not_run = None, ""
    try:
        shown = interpreter = Interpreter(
            model,
            part,
            library=library,
            release=release,
            arena_size=arena_size,
            max_turns=max_turns or PAGE_TURNS,
        )
    except UnsupportedError:
        shown = _unrun(model, part, library, release, arena_size)
    else:
        source = give(interpreter)
        try:
            interpreter.invoke(record=True)
        except TurnLimitError as error:
            shown, not_run = _unrun(model, part, library, release, arena_size), str(error)
            source = f"{source}; shown without a run: {not_run}"
    return shown, source, not_run


def make_unrun_page(
    model: Model,
    part: Profile,
    library: str | None = None,
    release: str | Release | None = None,
    *,
    untrained: bool = False,
    arena_size: int | None = None,
    others: Iterable[Profile] | None = None,
    whole: bool = True,
) -> Page:
    """Draw the page without a run: no bits, no ranges, and all else as `make_page` has it, in an arena of any
    size.

    Raises:
        ModelError, InputError: the model cannot be used at all.
    """
    shown = _unrun(model, part, library, release, arena_size)
    return _page(shown, render(shown, untrained=untrained, others=others, whole=whole), "")


def _unrun(
    model: Model,
    part: Profile,
    library: str | None,
    release: str | Release | None,
    arena_size: int | None,
) -> Unrun:
    taken = take_unrun(model, part, library, release)
    return taken if arena_size is None else replace(taken, arena_size=arena_size)


def _page(shown: Interpreter | Unrun, html: str, not_run: str) -> Page:
    deployment = shown.deployment
    memory = deployment.memory_in(shown.arena_size)
    part = deployment.profile
    how = f"{deployment.library} kernels at {part.build.words}"
    return Page(f"{deployment.model.name} on {part.name} with {how}", html, memory, not_run=not_run)
