"""Markdown out of docstrings and of texts that were not written as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from inspect import cleandoc

__all__ = ["docstring", "first_line", "plain", "prose", "table"]

_MARKS = re.compile(r"[*\[\]|`]|\b_|_\b")
_CODE = re.compile(r"(`[^`\n]+`)")
_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$", re.MULTILINE)
_ENTRY = re.compile(r"^    (\S.*?): ", re.MULTILINE)


def plain(text: str) -> str:
    """Text in which nothing means anything to Markdown."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", escape(text, quote=False))


def prose(text: str) -> str:
    """Text in whose backticks stands code; nothing else in it means anything to Markdown."""
    pieces = _CODE.split(text)
    return "".join(piece if at % 2 else plain(piece) for at, piece in enumerate(pieces))


def first_line(text: str | None) -> str:
    """The first sentence or line of a docstring, as Markdown."""
    paragraph = " ".join(cleandoc(text or "").split("\n\n")[0].split())
    return prose(paragraph)


def docstring(text: str | None) -> str:
    """A docstring as Markdown: paragraphs, indented code, and its sections as lists of definitions."""
    first, *sections = _SECTION.split(cleandoc(text or ""))
    parts = ["\n\n".join(_paragraphs(first))]
    for name, body in zip(sections[::2], sections[1::2], strict=True):
        listed, _, rest = body.strip("\n").partition("\n\n")
        parts += [f"**{name}**", *_definitions(listed), *_paragraphs(rest)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in filter(None, re.split(r"\n\s*\n", text)):
        lines = paragraph.strip("\n").splitlines()
        if lines[0].startswith(">>>"):
            yield "\n".join(["```python", *lines, "```"])
        elif all(line.startswith("    ") for line in lines):
            yield "\n".join(["```python", *(line[4:] for line in lines), "```"])
        else:
            yield prose("\n".join(line.strip() for line in lines))


def _definitions(text: str) -> Iterator[str]:
    """ "    name: what it is", which may go on in deeper lines; other lines are a paragraph."""
    pieces = _ENTRY.split(f"{text}\n")
    if pieces[0].strip():
        yield prose(" ".join(pieces[0].split()))
    for name, about in zip(pieces[1::2], pieces[2::2], strict=True):
        yield f"`{name.strip('`')}`\n:   {prose(' '.join(about.split()))}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace(chr(10), ' ') for cell in line)} |\n" for line in lines)
