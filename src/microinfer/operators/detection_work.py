"""What the data of an object detector's end make TFLM do: how many boxes are kept, sorted and compared.

Counts bear the names of the libraries' events. Source: TFLM, micro/kernels/detection_postprocess.cc.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .spec import Array

__all__ = ["INSERTED", "work"]

INSERTED = 20
"""So many and more are sorted in two halves, that are merged."""
Floats = NDArray[np.float32]


def work(
    boxes: Floats, scores: Array, thresholds: tuple[float, float], most: int, each: int, regular: bool
) -> Counter[str]:
    """Counts of one run.

    Args:
        boxes: least y and x, greatest y and x, as decoded [boxes, 4].
        scores: [boxes, classes], without one of the background.
        thresholds: of scores, and of what two boxes have in common.
        most, each, regular: as of the operator's geometry.
    """
    found: Counter[str] = Counter()
    if not regular:
        found["bests"] = _bests(scores, each)
        _suppress(boxes, scores.max(axis=1), thresholds, most, found)
        return found
    count = 0
    for column in scores.T:
        count += _suppress(boxes, column, thresholds, each, found)
        best = min(count, most)
        found["ranked"] += count
        found["rank_steps"] += best * best.bit_length()
        count = best
    return found


def _bests(scores: Array, each: int) -> int:
    """How often a class of a box is better than the worst of the best `each` so far."""
    top = np.sort(scores[:, :each], axis=1)
    better = 0
    for column in scores[:, each:].T:
        replaced = column > top[:, 0]
        better += int(np.count_nonzero(replaced))
        top[:, 0] = np.where(replaced, column, top[:, 0])
        top = np.sort(top, axis=1)
    return better


def _suppress(
    boxes: Floats, scores: Array, thresholds: tuple[float, float], most: int, found: Counter[str]
) -> int:
    least, limit = thresholds
    kept = np.flatnonzero(scores >= least)
    found["kept"] += kept.size
    values = scores[kept]
    _sort(values.tolist(), found)
    order = kept[np.argsort(-values, kind="stable")]
    active, most, chosen = np.ones(order.size, bool), min(most, order.size), 0
    for place in range(order.size):
        if chosen >= most or not active.any():
            break
        if not active[place]:
            continue
        chosen += 1
        active[place] = False
        rest = np.flatnonzero(active[place + 1 :]) + place + 1
        found["passed"] += order.size - place - 1
        found["overlaps"] += rest.size
        over = _overlaps(boxes[order[place]], boxes[order[rest]]) > limit
        active[rest[over]] = False
    found["selected"] += chosen
    return chosen


def _overlaps(one: Floats, others: Floats) -> Floats:
    own = (one[2] - one[0]) * (one[3] - one[1])
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    least, greatest = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:], others[:, 2:])
    common = np.maximum(greatest - least, np.float32(0)).prod(axis=1, dtype=np.float32)
    with np.errstate(all="ignore"):
        shares = common / (own + areas - common)
    return np.where((areas <= 0) | (own <= 0), np.float32(0), shares)


def _sort(values: list[float], found: Counter[str]) -> None:
    """A stable sort, greatest first: short ones by insertion, long ones by halves."""
    if len(values) >= INSERTED:
        half = len(values) // 2
        _sort(values[:half], found)
        _sort(values[half:], found)
        found["merged"] += len(values)
        return
    found["inserted"] += len(values)
    for i, value in enumerate(values):
        later = sum(value > before for before in values[:i])
        found["moved"] += later
        found["halvings"] += i.bit_length()
