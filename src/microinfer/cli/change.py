"""`microinfer compare OLD NEW`: what a new model changes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from ..words.printing import printable
from .arguments import DEFAULT_PROFILE, open_model
from .exit_codes import CANNOT_TELL, DOES_NOT_FIT
from .terminal import compiling, emit, show, table

if TYPE_CHECKING:
    from ..difference.answers import AnswerChange
    from ..difference.change import ModelChange
    from ..model.tables import Model
    from ..parts.profile import Profile

__all__ = ["change"]

_EXIT = {"yes": 0, "cannot-tell": CANNOT_TELL, "no": DOES_NOT_FIT}
MOST_OPERATORS = 40


def change(
    names: tuple[str, str],
    profile: str | None,
    library: str | None,
    release: str | None,
    data: str | None,
    given: dict[str, Any],
    format_name: str,
) -> int:
    """Print what the second model changes against the first; the exit code is the second one's verdict."""
    from ..difference.change import compare_models
    from ..parts.profile import load_profile

    models = tuple(map(open_model, names))
    part = load_profile(profile or DEFAULT_PROFILE)
    found = compare_models(models[0], models[1], part, library, release)
    if data is not None:
        answers = _answers((models[0], models[1]), part, library, release, data, given)
        found = dataclasses.replace(found, answers=answers)
    found = dataclasses.replace(
        found, before=printable(models[0].name) or "old", after=printable(models[1].name) or "new"
    )
    if format_name == "json":
        content = found.to_dict()
        emit(content.pop("schema"), content)
    elif format_name == "markdown":
        from ..difference.markdown import render_change

        click.echo(render_change(found), nl=False)
    else:
        _show(found)
    return _EXIT[found.verdicts[1]]


def _answers(
    models: tuple[Model, Model],
    part: Profile,
    library: str | None,
    release: str | None,
    data: str,
    given: dict[str, Any],
) -> AnswerChange:
    from ..difference.answers import Answers
    from ..run.interpreter import Interpreter
    from ..validation import Settings
    from .validate import progress

    with compiling(max(len({o.name for o in model.subgraphs[0].operators}) for model in models)):
        before, after = (Interpreter(m, part, library=library, release=release) for m in models)
        answers = Answers(before, after, data, Settings(layer_samples=0, **given))
    with progress() as bar:
        bar.update("samples", 0, answers.total)
        for done in answers.run():
            bar.update("samples", done, answers.total)
    return answers.result()


def _show(found: ModelChange) -> None:
    from rich.text import Text

    from ..difference.change import figure_words
    from ..difference.markdown import operator_words

    figures = table("", "before", "after", "change", right=("before", "after", "change"), wrap=())
    figures.add_row("runs", *(verdict.replace("-", " ") for verdict in found.verdicts), "")
    for figure in found.figures:
        figures.add_row(figure.name, *figure_words(figure))
    head = f"{found.before} -> {found.after} on {printable(found.profile)} ({found.library})"
    parts: list[Any] = [Text(head, style="bold"), "", figures]
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
