"""What came of scoring a model, as one row of the store."""

from __future__ import annotations

from ..words.dataclass import dataclass

__all__ = ["ScoreRow"]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """`score` is the more the better, None where `reasons` say why there is none. `content` tells the model
    that the score gave back, such as the trained one, "" where it gave none."""

    score: float | None
    content: str = ""
    reasons: str = ""
    took_s: float = 0.0
