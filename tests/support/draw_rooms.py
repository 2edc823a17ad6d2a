"""Draws the rooms of the package as they import one another: `python tests/support/draw_rooms.py`.

Writes docs/rooms.svg. A room stands above all that it imports; a line is drawn where no other room lies
between the two. What stands in a box is the question that is answered there.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from microinfer.view.svg import document, text  # noqa: E402

from support.import_graph import ROOMS, imports, modules, room_of  # noqa: E402

__all__ = ["PICTURE", "draw"]

PICTURE = ROOT / "docs" / "rooms.svg"

NUMBERS, MEMORY, TIME, ANSWERS, GROUND = "#1f6f8b", "#588b3a", "#c8553d", "#8a5a9e", "#444f5a"
KINDS = {
    NUMBERS: "numbers: what comes out",
    MEMORY: "memory: does it fit",
    TIME: "time: cycles, energy",
    ANSWERS: "answers: put together, shown",
    GROUND: "ground: words and files",
}
QUESTIONS: dict[str, tuple[str, str]] = {
    "errors": (GROUND, "How is a refusal said?"),
    "words": (GROUND, "How are amounts read and printed?"),
    "files": (GROUND, "How are a user's files read and written?"),
    "model": (GROUND, "What does the .tflite file say?"),
    "operators": (NUMBERS, "What is an operator? A row each."),
    "builder": (NUMBERS, "How is a model written in Python?"),
    "libraries": (MEMORY, "What does a kernel ask for, and count?"),
    "runtimes": (NUMBERS, "What do other runtimes compute?"),
    "zoo": (NUMBERS, "Which models come with the package?"),
    "memory": (MEMORY, "Where does each byte of the arena lie?"),
    "parts": (MEMORY, "What has a part: clock, RAM, flash?"),
    "timing": (TIME, "Where do cycles come from? Events × prices."),
    "deploy": (ANSWERS, "Does this model run on that part?"),
    "reports": (ANSWERS, "What did a run need and give?"),
    "run": (NUMBERS, "Which bits come out?"),
    "comparison": (ANSWERS, "Which part or library is best?"),
    "bench": (TIME, "Which shapes of layer are slow?"),
    "exports": (ANSWERS, "How does it get into firmware?"),
    "checks": (ANSWERS, "What is wrong, and what would mend it?"),
    "validation": (NUMBERS, "How good are the answers on my data?"),
    "difference": (NUMBERS, "Who computes something else, and where?"),
    "sweeps": (ANSWERS, "Which of many models is best, on what?"),
    "searches": (ANSWERS, "Which network should it be?"),
    "injection": (NUMBERS, "What does a flipped bit do?"),
    "learning": (NUMBERS, "What does it learn where it runs?"),
    "view": (ANSWERS, "How is it drawn?"),
    "server": (ANSWERS, "What does a browser show of it?"),
    "verbs": (ANSWERS, "What does a program call?"),
    "pytest_plugin": (ANSWERS, "How do I test a budget?"),
    "cli": (ANSWERS, "What does a person type?"),
}
"""Room to what it is about, and to the question that it answers."""
OUTSIDE = (
    ("kernels/", "operators", "The arithmetic, in numba and in C"),
    ("profiles/", "words", "Parts, cores, prices: TOML"),
)

WIDTH, BOX, TALL, ACROSS, DOWN, TOP = 1060, 316, 50, 340, 74, 84


def _between() -> tuple[dict[str, set[str]], dict[str, int]]:
    """Room to the rooms right below it, and to how many rows it stands above the ground."""
    rooms = [room for room in ROOMS if any(room_of(module) == room for module in modules())]
    edges: dict[str, set[str]] = {room: set() for room in rooms}
    for one in imports():
        above, below = room_of(one.importer), room_of(one.imported)
        if above != below and above in edges and below in edges:
            edges[above].add(below)
    rows: dict[str, int] = {}
    reached: dict[str, set[str]] = {}
    for room in rooms:
        rows[room] = 1 + max((rows[other] for other in edges[room]), default=-1)
        reached[room] = edges[room].union(*(reached[other] for other in edges[room]))
    direct = {
        room: {other for other in edges[room] if not any(other in reached[one] for one in edges[room])}
        for room in rooms
    }
    return direct, rows


def _box(x: float, y: float, name: str, said: str, colour: str, *, dashed: bool = False) -> str:
    dash = " stroke-dasharray='5 4'" if dashed else ""
    frame = (
        f"<rect x='{x:.0f}' y='{y:.0f}' width='{BOX}' height='{TALL}' rx='6' fill='white' stroke='{colour}'"
    )
    bar = f"<rect x='{x:.0f}' y='{y:.0f}' width='7' height='{TALL}' rx='3' fill='{colour}'/>"
    words = text(x + 18, y + 20, name, size=14, colour=colour, bold=True) + text(
        x + 18, y + 39, said, size=12.5
    )
    return f"{frame} stroke-width='1.5'{dash}/>{bar}{words}"


def draw() -> str:
    """The picture as SVG text."""
    direct, rows = _between()
    highest = max(rows.values())
    places: dict[str, tuple[float, float]] = {}
    for row in range(highest + 1):
        inside = [room for room in rows if rows[room] == row]
        left = (WIDTH - ACROSS * len(inside) + ACROSS - BOX) / 2
        for position, room in enumerate(inside):
            places[room] = left + ACROSS * position, TOP + DOWN * (highest - row)
    lines, boxes = [], []
    for room, (x, y) in places.items():
        for other in sorted(direct[room]):
            to_x, to_y = places[other]
            here, there = x + BOX / 2, to_x + BOX / 2
            middle = (y + TALL + to_y) / 2
            numbers = here, y + TALL, here, middle, there, middle, there, to_y
            curve = "M{:.0f} {:.0f}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}".format(*numbers)
            lines.append(f"<path d='{curve}' fill='none' stroke='#b9c0c7' stroke-width='1.4'/>")
        colour, question = QUESTIONS[room]
        boxes.append(_box(x, y, room, question, colour))
    for name, beside, said in OUTSIDE:
        x = 8 if name == "kernels/" else WIDTH - BOX - 8
        y = places[beside][1] if name == "kernels/" else places["errors"][1]
        boxes.append(_box(x, y, name, said, NUMBERS if name == "kernels/" else TIME, dashed=True))
    head = [text(WIDTH / 2, 30, "A room imports only rooms below it", "middle", 17, bold=True)]
    for number, (colour, what) in enumerate(KINDS.items()):
        x = 14 + number * (WIDTH - 20) / len(KINDS)
        head.append(f"<rect x='{x:.0f}' y='48' width='11' height='11' fill='{colour}'/>")
        head.append(text(x + 17, 58, what, size=12))
    height = TOP + DOWN * (highest + 1) - DOWN + TALL + 16
    return document([*head, *lines, *boxes], "The rooms of microinfer", WIDTH, height)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
    print(PICTURE.relative_to(ROOT))
