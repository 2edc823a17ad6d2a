"""A change of a model as Markdown, for a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from ..libraries.build import build_words
from ..words.printing import PROVISIONAL
from .model_change import ModelChange, OperatorChange, figure_words

__all__ = ["MOST_OPERATORS", "operator_words", "render_change"]

MOST_OPERATORS = 30
"""Rows of operators that a comment shows."""
_VERDICTS = {"yes": "✅ yes", "perhaps": "⚠️ perhaps", "cannot-tell": "❓ cannot tell", "no": "❌ no"}


def render_change(found: ModelChange) -> str:
    """Verdicts, figures before and after, operators that changed, answers."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: ModelChange) -> Iterator[str]:
    kernels = f"{_text(found.library)} at {build_words(found.build)}"
    yield f"### {_text(found.before)} → {_text(found.after)} on {_text(found.profile)} ({kernels})"
    yield ""
    yield "| | before | after | change |"
    yield "| --- | ---: | ---: | ---: |"
    yield f"| runs | {_VERDICTS[found.verdicts[0]]} | {_VERDICTS[found.verdicts[1]]} | |"
    for figure in found.figures:
        before, after, change = figure_words(figure)
        yield f"| {figure.name} | {_text(before)} | {_text(after)} | {change} |"
    if any(figure.provisional for figure in found.figures):
        yield ""
        yield _text(PROVISIONAL)
    for said in (*found.shortfalls, *found.unknown):
        yield ""
        yield f"- {_text(said)}"
    if found.answers is not None:
        yield ""
        yield f"Answers: {_text(found.answers.sentence)}"
    yield ""
    changed = found.changed
    if not changed:
        yield "All operators are the same, with the same weights."
        return
    yield f"<details><summary>{len(changed)} of {len(found.operators)} operators changed</summary>"
    yield ""
    yield "| operator | | output | cycles |"
    yield "| --- | --- | --- | ---: |"
    for each in changed[:MOST_OPERATORS]:
        yield f"| {' | '.join(map(_text, operator_words(each)))} |"
    if len(changed) > MOST_OPERATORS:
        yield f"| and {len(changed) - MOST_OPERATORS} more | | | |"
    yield ""
    yield "</details>"


def operator_words(each: OperatorChange) -> tuple[str, str, str, str]:
    """("3 CONV_2D", "changed", "1x8x8x16 -> 1x8x8x32", "59,151 -> 118,020")."""
    position = each.after if each.after is not None else each.before
    shape = _both(_shape(each.shape_before), _shape(each.shape_after))
    return f"{position} {each.operator}", each.state, shape, _both(*map(_cycles, _known(each)))


def _known(each: OperatorChange) -> tuple[int | None, int | None]:
    return each.cycles_before, each.cycles_after


def _both(before: str, after: str) -> str:
    return f"{before} -> {after}" if before and after and before != after else before or after


def _shape(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else "x".join(map(str, shape)) or "scalar"


def _cycles(cycles: int | None) -> str:
    return "" if cycles is None else f"{cycles:,}"


def _text(text: str) -> str:
    """Names as they are: nothing in them is markup, and a line stays a line."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    for character in "\\`*_{}[]<>#|~":
        plain = plain.replace(character, f"\\{character}")
    return plain.replace("-\\>", "→")
