"""What every answer can do: be a dictionary, be JSON, name its schema, and be read at a glance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from os import PathLike, fspath
from typing import Any, ClassVar

from .dataclass import dataclass
from .printing import printable, shortened

__all__ = ["Result", "Summary", "draw_with", "plain", "to_json"]

CELL = 200
"""Characters that a cell of a summary shows."""


def plain(value: Any) -> Any:
    """Dataclasses as dictionaries, tuples as lists, paths as text, null for numbers that are not finite."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, PathLike):
        return fspath(value)
    return value


def to_json(content: dict[str, Any], indent: int | None = 2) -> str:
    """As every command prints it: numbers that JSON does not have are a mistake."""
    import json

    return json.dumps(content, indent=indent, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Summary:
    """A result at a glance: a title, and rows of text under `columns`, which may be without names."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] = ()

    def to_text(self) -> str:
        """The title, and a line a row."""
        lines = [": ".join(filter(None, map(_cell, row))) for row in self.rows]
        return "\n".join([_cell(self.title), *(f"  {line}" for line in lines)])

    def to_html(self) -> str:
        """A small table for notebooks."""
        from html import escape

        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        rows = [f"<tr>{head}</tr>"] if head else []
        for row in self.rows:
            rows.append(f"<tr>{''.join(f'<td>{escape(_cell(cell))}</td>' for cell in row)}</tr>")
        caption = f'<caption style="text-align:left">{escape(_cell(self.title))}</caption>'
        return f"<table>{caption}{''.join(rows)}</table>"


def _cell(text: str) -> str:
    return shortened(printable(text), CELL)


_drawers: list[Callable[[Result], str]] = []


def draw_with(drawer: Callable[[Result], str]) -> None:
    """What draws a result as HTML for a notebook, "" where there is nothing to draw: drawing is done with
    results, not by them."""
    _drawers[:] = [drawer]


class Result:
    """Base of the dataclasses that a verb returns. `schema` names the form of `to_dict`.

    A subclass says what it is at a glance in `summary`, and overrides `to_dict` where its form is not that
    of its fields. `repr` shows the summary, and a notebook its drawing below.
    """

    __slots__ = ()
    schema: ClassVar[str] = ""

    def summary(self) -> Summary:
        """Title and rows."""
        return Summary(type(self).__name__, ())

    def to_dict(self) -> dict[str, Any]:
        """Only dictionaries, lists, numbers, text, booleans and None: the JSON of `schema`."""
        return {"schema": self.schema, **plain(self)}

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict` as text."""
        return to_json(self.to_dict(), indent)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.summary().to_text()}>"

    def _repr_html_(self) -> str:
        return self.summary().to_html() + "".join(drawer(self) for drawer in _drawers)
