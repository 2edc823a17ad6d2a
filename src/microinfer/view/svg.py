"""What all drawings are made of: text, and a document that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from ..words.printing import printable

__all__ = ["COLOURS", "document", "shown", "stacked", "text", "upright"]

COLOURS = ("#1f6f8b", "#c8553d", "#588b3a", "#8a5a9e", "#b8860b", "#444f5a")
FONT = "font-family='Helvetica, Arial, sans-serif'"


def shown(words: str) -> str:
    """Words as XML holds them, without the control characters that it cannot hold."""
    return escape(printable(words))


def text(
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    size: float = 12,
    colour: str = "",
    *,
    bold: bool = False,
) -> str:
    """Words at a place in pixels; `anchor` is start, middle or end."""
    style = (f" fill='{colour}'" if colour else "") + (" font-weight='bold'" if bold else "")
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'{style} {FONT} font-size='{size:g}'>"
        f"{shown(words)}</text>"
    )


def upright(x: float, y: float, words: str, size: float = 12) -> str:
    """Words that read from below to above, with their middle at a place: an axis's title."""
    place = f"translate({x:.0f} {y:.0f}) rotate(-90)"
    return f"<text transform='{place}' text-anchor='middle' {FONT} font-size='{size:g}'>{shown(words)}</text>"


def document(parts: Sequence[str], title: str, width: float, height: float, *, fixed: bool = False) -> str:
    """A picture on white ground; `fixed`: as large as it is drawn, not as large as there is room."""
    size = f"width='{width:.0f}' height='{height:.0f}'"
    box = f"{size} viewBox" if fixed else "viewBox"
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' {box}='0 0 {width:.0f} {height:.0f}' role='img'>",
            f"<title>{shown(title)}</title>",
            f"<rect {size} fill='white'/>",
            *parts,
            "</svg>",
            "",
        ]
    )


def stacked(drawings: Sequence[str], title: str) -> str:
    """Pictures of this module, one below the other, as one."""
    parts, width, top = [], 0.0, 0.0
    for drawing in drawings:
        found = re.search(r"viewBox='0 0 (\d+) (\d+)'", drawing)
        assert found is not None
        across, down = float(found[1]), float(found[2])
        place = f"<svg y='{top:.0f}' width='{across:.0f}' height='{down:.0f}' "
        parts.append(drawing.replace("<svg ", place, 1).rstrip("\n"))
        width, top = max(width, across), top + down
    return document(parts, title, width, top)
