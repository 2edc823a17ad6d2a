"""Lets the biases of gesture's network follow a sensor whose zero level moved, and writes it with them.

    python examples/gallery/biases/make.py [FOLDER]

Needs nothing but microinfer; takes a few seconds. The samples are gesture's held-out ones, moved.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from follower import EACH, HELD, PEOPLE, WAYS, Followed, moved  # noqa: E402
from workshop.page import make, write_model  # noqa: E402

from microinfer.learning import BiasLearner  # noqa: E402


def main(out: Path) -> None:
    learner = Followed(max(WAYS.values())).learner
    assert isinstance(learner, BiasLearner)
    cut = PEOPLE * EACH
    write_model(out, "biases", learner.model(), x=moved(HELD["x"][cut:]), y=HELD["y"][cut:])


if __name__ == "__main__":
    make(HERE, main, sys.argv[1:])
