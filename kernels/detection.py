"""Detections out of boxes and scores: decoding, and suppression of boxes that overlap a better one.

Equal scores keep their order. Source: TFLM, micro/kernels/detection_postprocess.cc.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._helpers import inline
from ._jit import kernel

__all__ = ["INVALID", "decode", "fast", "regular"]

INVALID = 1
"""A status: a box that is no wider or no higher than nothing."""
FLOATS = "Array(float32, 1, 'C', readonly=True)"
ROWS = "Array(float32, 2, 'C', readonly=True)"


@kernel(f"void({ROWS}, {ROWS}, {FLOATS}, float32[:,::1], int64[::1])")
def decode(x: Any, anchors: Any, scales: Any, boxes: Any, status: Any) -> None:
    """x: centres and sizes beside an anchor's, y before x, divided by `scales`; boxes: least and greatest."""
    status[0] = 0
    for i in range(x.shape[0]):
        for axis in range(2):
            at, size = np.float64(anchors[i, axis]), np.float64(anchors[i, 2 + axis])
            shift = np.float64(x[i, axis]) / np.float64(scales[axis]) * size + at
            grown = 0.5 * math.exp(np.float64(x[i, 2 + axis]) / np.float64(scales[2 + axis])) * size
            centre, half = np.float32(shift), np.float32(grown)
            boxes[i, axis] = centre - half
            boxes[i, 2 + axis] = centre + half
            if boxes[i, axis] >= boxes[i, 2 + axis]:
                status[0] = INVALID


@inline
def overlap(boxes: Any, i: Any, j: Any) -> Any:
    """What two boxes have in common, of what they cover together."""
    nothing = np.float32(0)
    one = (boxes[i, 2] - boxes[i, 0]) * (boxes[i, 3] - boxes[i, 1])
    other = (boxes[j, 2] - boxes[j, 0]) * (boxes[j, 3] - boxes[j, 1])
    if one <= nothing or other <= nothing:
        return nothing
    height = min(boxes[i, 2], boxes[j, 2]) - max(boxes[i, 0], boxes[j, 0])
    width = min(boxes[i, 3], boxes[j, 3]) - max(boxes[i, 1], boxes[j, 1])
    common = max(height, nothing) * max(width, nothing)
    return common / (one + other - common)


@inline
def ranked(values: Any, count: Any, order: Any) -> None:
    """The positions of the first `count` values, greatest first, equal ones as they stand."""
    for i in range(count):
        at = i
        while at > 0 and values[i] > values[order[at - 1]]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = i


@inline
def suppressed(
    boxes: Any,
    scores: Any,
    least: Any,
    limit: Any,
    most: Any,
    kept: Any,
    values: Any,
    order: Any,
    chosen: Any,
) -> Any:
    """Positions of the best boxes that overlap no better one, into `chosen`; returns how many."""
    count = 0
    for i in range(scores.size):
        if scores[i] >= least:
            kept[count] = i
            values[count] = scores[i]
            count += 1
    ranked(values, count, order)
    found = 0
    most = min(most, count)
    for place in range(count):
        if found >= most:
            break
        i = order[place]
        if i < 0:
            continue
        chosen[found] = kept[i]
        found += 1
        for later in range(place + 1, count):
            j = order[later]
            if j >= 0 and overlap(boxes, kept[i], kept[j]) > limit:
                order[later] = -1
    return found


@kernel(
    f"void(float32[:,::1], {ROWS}, float32, float32, int64, int64, int64, int64[:,::1], float32[:,::1],"
    "float32[:,::1], float32[::1], float32[::1], float32[::1])"
)
def regular(
    boxes: Any, scores: Any, least: Any, limit: Any, most: Any, each: Any, classes: Any,
    work: Any, values: Any, found_boxes: Any, found_classes: Any, found_scores: Any, number: Any,
) -> None:  # fmt: skip
    """Class by class, up to `each` of one, and of all the best `most`. `work`: five rows, `values`: three."""
    kept, order, chosen, places, moved = work[0], work[1], work[2], work[3], work[4]
    column, ranked_values, best = values[0][: scores.shape[0]], values[1], values[2]
    first, count = scores.shape[1] - classes, 0
    for c in range(classes):
        for i in range(scores.shape[0]):
            column[i] = scores[i, first + c]
        more = suppressed(boxes, column, least, limit, each, kept, ranked_values, order, chosen)
        for i in range(more):
            places[count + i] = chosen[i] * scores.shape[1] + first + c
            best[count + i] = column[chosen[i]]
        count += more
        ranked(best, count, order)
        count = min(count, most)
        for i in range(count):
            moved[i] = places[order[i]]
            ranked_values[i] = best[order[i]]
        for i in range(count):
            places[i] = moved[i]
            best[i] = ranked_values[i]
    for i in range(most):
        there = i < count
        anchor = places[i] // scores.shape[1] if there else 0
        column_of = places[i] - anchor * scores.shape[1] - first if there else 0
        for side in range(4):
            found_boxes[i, side] = boxes[anchor, side] if there else np.float32(0)
        found_classes[i] = np.float32(column_of)
        found_scores[i] = best[i] if there else np.float32(0)
    number[0] = np.float32(count)


@kernel(
    f"void(float32[:,::1], {ROWS}, float32, float32, int64, int64, int64, int64[:,::1], float32[:,::1],"
    "float32[:,::1], float32[::1], float32[::1], float32[::1])"
)
def fast(
    boxes: Any, scores: Any, least: Any, limit: Any, most: Any, each: Any, classes: Any,
    work: Any, values: Any, found_boxes: Any, found_classes: Any, found_scores: Any, number: Any,
) -> None:  # fmt: skip
    """Boxes by their best class, and of each box the best `each` classes.

    Of several classes a box TFLM leaves places out, and what stood there stays, as behind the last.
    """
    kept, order, chosen = work[0], work[1], work[2]
    top, ranked_values, row = values[0][: scores.shape[0]], values[1], values[2][:classes]
    first, count = scores.shape[1] - classes, 0
    for i in range(scores.shape[0]):
        top[i] = scores[i, first]
        for c in range(1, classes):
            if scores[i, first + c] > top[i]:
                top[i] = scores[i, first + c]
    found = suppressed(boxes, top, least, limit, most, kept, ranked_values, order, chosen)
    for i in range(found):
        for c in range(classes):
            row[c] = scores[chosen[i], first + c]
        ranked(row, classes, order)
        for c in range(each):
            at = each * count + c
            for side in range(4):
                found_boxes[at, side] = boxes[chosen[i], side]
            found_classes[at] = np.float32(order[c])
            found_scores[at] = row[order[c]]
            count += 1
    number[0] = np.float32(count)
