"""A page as a test looks at it, and the run that it is of."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np

import microinfer
from microinfer.run.patterns import pattern

__all__ = ["VOID", "Outline", "outline", "run"]

VOID = {"meta", "link", "br", "img", "input"}


def run(model: bytes, profile: str = "nucleo-l4r5zi", library: str | None = None) -> microinfer.Interpreter:
    interpreter = microinfer.Interpreter(model, profile, library=library)
    for detail in interpreter.get_input_details():
        shape = tuple(int(size) for size in detail["shape"])
        interpreter.set_tensor(detail["index"], pattern(1, shape, np.dtype(detail["dtype"]).name))
    interpreter.invoke(record=True)
    return interpreter


class Outline(HTMLParser):
    """Opened and closed elements, attributes, and text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1] == tag, (tag, self.open, self.getpos())
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text += f"{data} "


def outline(text: str) -> Outline:
    found = Outline()
    found.feed(text)
    assert not found.open
    assert len(found.ids) == len(set(found.ids))
    return found
