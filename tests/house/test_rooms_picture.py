"""The picture of the rooms is the one that the imports give."""

from __future__ import annotations

from support.draw_rooms import PICTURE, QUESTIONS, draw
from support.import_graph import ROOMS


def test_every_room_answers_a_question() -> None:
    assert QUESTIONS.keys() == {*ROOMS}
    assert len({question for _, question in QUESTIONS.values()}) == len(ROOMS)


def test_the_picture_is_drawn_from_the_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "run python tests/support/draw_rooms.py"
    assert "Where do cycles come from?" in draw()
