"""Pictures as SVG text that stands alone: fields with linear axes, side by side in one document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from microinfer.view.svg import COLOURS, document, text

__all__ = ["COLOURS", "Field", "picture"]

Span = tuple[float, float]


@dataclass
class Field:
    """A rectangle of a picture, in pixels from the left and the top, with the ranges of its two axes."""

    left: float
    top: float
    width: float
    height: float
    x: Span
    y: Span
    parts: list[str] = field(default_factory=list)

    def across(self, x: float) -> float:
        return self.left + (x - self.x[0]) / (self.x[1] - self.x[0]) * self.width

    def up(self, y: float) -> float:
        return self.top + self.height - (y - self.y[0]) / (self.y[1] - self.y[0]) * self.height

    def _places(self, points: Iterable[Span]) -> str:
        return " ".join(f"{self.across(x):.1f},{self.up(y):.1f}" for x, y in points)

    def frame(self, title: str, ticks: Sequence[tuple[float, str]] = (), below: str = "") -> None:
        """A title above, the axis below with what is written at places of it, and its title."""
        bottom = self.top + self.height
        self.parts.append(text(self.left, self.top - 8, title, size=12, bold=True))
        self.parts.append(f"<path d='M{self.left:.1f} {bottom:.1f}h{self.width:.1f}' stroke='#777'/>")
        for value, words in ticks:
            x = self.across(value)
            self.parts.append(f"<path d='M{x:.1f} {bottom:.1f}v4' stroke='#777'/>")
            self.parts.append(text(x, bottom + 16, words, "middle", 11))
        if below:
            self.parts.append(text(self.left + self.width / 2, bottom + 32, below, "middle", 11))

    def line(self, points: Iterable[Span], colour: str, *, dashed: bool = False) -> None:
        dash = " stroke-dasharray='4 3'" if dashed else ""
        drawn = f"<polyline points='{self._places(points)}' fill='none' stroke='{colour}'"
        self.parts.append(f"{drawn} stroke-width='1.6'{dash}/>")

    def area(self, points: Sequence[Span], colour: str) -> None:
        """What is between the points and the lower end of the field."""
        (first, _), (last, _) = points[0], points[-1]
        places = self._places([(first, self.y[0]), *points, (last, self.y[0])])
        self.parts.append(f"<polygon points='{places}' fill='{colour}' fill-opacity='0.35'/>")

    def square(self, x: float, y: float, width: float, height: float, colour: str, share: float = 1) -> None:
        """A rectangle from its lower left corner, in the units of the axes; `share`: how opaque it is."""
        left, right, low, high = self.across(x), self.across(x + width), self.up(y), self.up(y + height)
        place = f"x='{left:.1f}' y='{high:.1f}' width='{right - left:.1f}' height='{low - high:.1f}'"
        self.parts.append(f"<rect {place} fill='{colour}' fill-opacity='{share:.2f}'/>")

    def words(
        self, x: float, y: float, words: str, anchor: str = "start", colour: str = "", size: float = 11
    ) -> None:
        self.parts.append(text(self.across(x), self.up(y), words, anchor, size, colour))


def picture(title: str, fields: Sequence[Field], width: float, height: float) -> str:
    """The document of all fields below a title."""
    parts = [part for one in fields for part in one.parts]
    return document([text(width / 2, 24, title, "middle", 15), *parts], title, width, height)
