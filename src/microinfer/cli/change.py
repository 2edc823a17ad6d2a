"""`microinfer compare OLD NEW`: what a new model changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..words.printing import PROVISIONAL, printable
from .arguments import DEFAULT_PROFILE, open_model
from .console import compiling, emit, show, table
from .exit_codes import CANNOT_TELL, DOES_NOT_FIT
from .progress_bar import progress
from .sample_arguments import Pixels

if TYPE_CHECKING:
    from ..difference.answer_changes import AnswerChange
    from ..difference.model_change import ModelChange
    from ..model.tables import Model
    from ..parts.profile import Profile

__all__ = ["change", "change_options"]

F = TypeVar("F", bound=Callable[..., Any])
_WORST = ("no", "cannot-tell", "perhaps", "yes")
_EXIT = {"yes": 0, "perhaps": 0, "cannot-tell": CANNOT_TELL, "no": DOES_NOT_FIT}
MOST_OPERATORS = 40


def change_options(function: F) -> F:
    """How a new model is set beside an old one."""
    for option in (
        click.option(
            "--format",
            "format_name",
            type=click.Choice(("text", "markdown", "json")),
            default="text",
            help="Of a new model beside an old one; markdown is for a comment on a pull request.",
        ),
        click.option(
            "--stored", is_flag=True, help="The numbers are the model's own, whatever type they have."
        ),
        click.option("--pixels", type=Pixels(), help="What the bytes 0 and 255 of an image stand for."),
        click.option(
            "--limit",
            "--samples",
            "limit",
            type=click.IntRange(1),
            metavar="N",
            help="Only the first N samples.",
        ),
        click.option("--x", metavar="NAME", help="The array or columns with the samples."),
        click.option(
            "--data", metavar="DATA", help="Samples, as for 'microinfer validate': how do the answers change?"
        ),
    ):
        function = option(function)
    return function


def change(
    names: tuple[str, str],
    profiles: Sequence[str],
    library: str | None,
    release: str | None,
    build: str | None,
    given: dict[str, Any],
    format_name: str,
    as_json: bool,
) -> int:
    """Print what the second model changes against the first, part by part; exit codes are of its verdicts."""
    from ..difference.change_comment import render_change
    from ..difference.model_change import compare_models
    from ..parts.profile import load_profile

    if as_json and format_name == "markdown":
        raise click.UsageError("--json and --format markdown are two answers to one question")
    as_json = as_json or format_name == "json"
    parts = [load_profile(name).built(build) for name in profiles or (DEFAULT_PROFILE,)]
    if as_json and len(parts) > 1:
        raise click.UsageError("JSON is of one part; give one --profile")
    data = given.pop("data")
    if data is None and any(given.values()):
        raise click.UsageError(
            "--x, --limit, --stored and --pixels say something of --data, which is missing"
        )
    old, new = map(open_model, names)
    verdicts = set()
    for part in parts:
        found = compare_models(old, new, part, library, release)
        if data is not None:
            found = dataclasses.replace(
                found, answers=_answers((old, new), part, library, release, data, given)
            )
        found = dataclasses.replace(
            found, before=printable(old.name) or "old", after=printable(new.name) or "new"
        )
        verdicts.add(found.verdicts[1])
        if as_json:
            content = found.to_dict()
            emit(content.pop("schema"), content)
        elif format_name == "markdown":
            click.echo(render_change(found) + "\n" * (part is not parts[-1]), nl=False)
        else:
            _show(found)
            click.echo("\n" * (part is not parts[-1]), nl=False)
    return _EXIT[next(verdict for verdict in _WORST if verdict in verdicts)]


def _answers(
    models: tuple[Model, Model],
    part: Profile,
    library: str | None,
    release: str | None,
    data: str,
    given: dict[str, Any],
) -> AnswerChange:
    from ..difference.answer_changes import Answers
    from ..run.interpreter import Interpreter
    from ..validation import ValidationSettings

    with compiling(max(len({o.name for o in model.subgraphs[0].operators}) for model in models)):
        before, after = (Interpreter(m, part, library=library, release=release) for m in models)
        answers = Answers(before, after, data, ValidationSettings(layer_samples=0, **given))
    with progress() as bar:
        bar.update("samples", 0, answers.total)
        for done in answers.run():
            bar.update("samples", done, answers.total)
    return answers.result()


def _show(found: ModelChange) -> None:
    from rich.text import Text

    from ..difference.change_comment import operator_words
    from ..difference.model_change import figure_words
    from ..libraries.build import build_words

    figures = table("", "before", "after", "change", right=("before", "after", "change"), wrap=())
    figures.add_row("runs", *(verdict.replace("-", " ") for verdict in found.verdicts), "")
    for figure in found.figures:
        figures.add_row(figure.name, *figure_words(figure))
    kernels = f"{found.library} at {build_words(found.build)}"
    head = f"{found.before} -> {found.after} on {printable(found.profile)} ({kernels})"
    parts: list[Any] = [Text(head, style="bold"), "", figures]
    if any(figure.provisional for figure in found.figures):
        parts += ["", PROVISIONAL]
    if notes := [printable(said) for said in (*found.shortfalls, *found.unknown)]:
        parts += ["", *notes]
    if found.answers is not None:
        parts += ["", printable(found.answers.sentence)]
    changed = found.changed
    if not changed:
        parts += ["", "all operators are the same, with the same weights"]
    else:
        rows = table("operator", "", "output", "cycles", right=("cycles",), wrap=("output",))
        for each in changed[:MOST_OPERATORS]:
            rows.add_row(*map(printable, operator_words(each)))
        parts += ["", f"{len(changed)} of {len(found.operators)} operators changed", rows]
        if len(changed) > MOST_OPERATORS:
            parts.append(f"and {len(changed) - MOST_OPERATORS} more; --json has all")
    show(*parts)
