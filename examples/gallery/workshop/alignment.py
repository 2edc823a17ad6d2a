"""Connectionist temporal classification: labels in their order, at whatever frames (Graves et al., 2006)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .layers import Values

__all__ = ["NONE", "aligned", "decoded", "edits", "edits_between", "edits_of", "evenly", "of_frames"]

NONE = 255
"""What fills rows of labels; the label 0 is a frame's that says nothing."""
NEVER = -1e30


def aligned(logits: Values, labels: NDArray[np.generic]) -> tuple[float, Values]:
    """How unlikely the labels are, the mean of -ln p over the batch, and its gradient.

    Args:
        logits: [batch, frames, 1, classes]; labels: [batch, most], class numbers and NONE behind them.
    """
    scores = logits[:, :, 0].astype(np.float64)
    scores -= scores.max(-1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(-1, keepdims=True))
    batch, frames, classes = scores.shape
    given = labels.astype(np.int64)
    counts = (given != NONE).sum(1)
    states = np.zeros((batch, 2 * given.shape[1] + 1), np.int64)
    states[:, 1::2] = np.where(given == NONE, 0, given)
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    everywhere = np.broadcast_to(states[:, np.newaxis], (batch, frames, states.shape[1]))
    spoken = np.take_along_axis(scores, everywhere, 2)

    before, behind = _passes(spoken, skips, counts)
    whole = np.logaddexp.reduce(before[0] + behind[0], 1)
    shares = np.exp(np.maximum(before + behind - whole[:, np.newaxis], -700))
    of_class = np.einsum("tbs,bsk->btk", shares, np.eye(classes)[states])
    change = (np.exp(scores) - of_class) / batch
    return float(-whole.mean()), change[:, :, np.newaxis].astype(np.float32)


def evenly(labels: NDArray[np.generic], spans: NDArray[np.floating], frames: int) -> NDArray[np.uint8]:
    """A label for each frame, to begin with: as though all took as long, each about its end.

    Args:
        spans: where the first label begins and the last one ends, as shares of a row, [batch, 2].
    """
    made = np.zeros((len(labels), frames), np.uint8)
    for row, (given, (begin, end)) in enumerate(zip(labels, spans, strict=True)):
        said = given[given != NONE]
        each = (end - begin) / max(1, len(said))
        for place, label in enumerate(said.tolist()):
            first, last = (frames * (begin + (place + share) * each) for share in (0.65, 1.05))
            made[row, int(first) : int(last)] = label
    return made


def of_frames(logits: Values, labels: NDArray[np.generic]) -> tuple[float, Values]:
    """Cross-entropy of each frame, [batch, frames, 1, classes] against [batch, frames], and its gradient."""
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    right = np.eye(logits.shape[-1], dtype=np.float32)[labels.astype(np.intp)][:, :, np.newaxis]
    value = float(-(np.log(shares + 1e-9) * right).sum(-1).mean())
    return value, (shares - right) / labels.size


@njit
def _passes(spoken: Any, skips: Any, counts: Any) -> Any:
    """ln of all ways to each state, itself told, and of all ways on from it: [frames, batch, states] both."""
    batch, frames, states = spoken.shape
    before = np.full((frames, batch, states), NEVER)
    behind = np.full((frames, batch, states), NEVER)
    for row in range(batch):
        most = 2 * counts[row] + 1
        for state in range(min(2, most)):
            before[0, row, state] = spoken[row, 0, state]
        for state in range(max(0, most - 2), most):
            behind[frames - 1, row, state] = 0.0
        for frame in range(1, frames):
            back = frames - 1 - frame
            for state in range(most):
                ways = [before[frame - 1, row, state]]
                later = [behind[back + 1, row, state] + spoken[row, back + 1, state]]
                if state > 0:
                    ways.append(before[frame - 1, row, state - 1])
                if state > 1 and skips[row, state]:
                    ways.append(before[frame - 1, row, state - 2])
                if state + 1 < most:
                    later.append(behind[back + 1, row, state + 1] + spoken[row, back + 1, state + 1])
                if state + 2 < most and skips[row, state + 2]:
                    later.append(behind[back + 1, row, state + 2] + spoken[row, back + 1, state + 2])
                before[frame, row, state] = _added(ways) + spoken[row, frame, state]
                behind[back, row, state] = _added(later)
    return before, behind


@njit
def _added(values: Any) -> Any:
    """ln of the sum of exponentials."""
    most, found = max(values), 0.0
    for one in values:
        found += np.exp(one - most)
    return most + np.log(found)


def decoded(best: NDArray[np.integer]) -> list[int]:
    """Labels in the order in which they are said, out of each frame's likeliest."""
    changes = np.flatnonzero(np.diff(best, prepend=0))
    return [int(one) for one in best[changes] if one]


def edits(said: Iterable[int], heard: Iterable[int]) -> int:
    """Labels left out, put in and mistaken, at least."""
    row = list(range(len(heard := list(heard)) + 1))
    for count, one in enumerate(said, 1):
        corner, row[0] = row[0], count
        for place, other in enumerate(heard, 1):
            corner, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, corner + (one != other))
    return row[-1]


def edits_between(labels: NDArray[np.generic], written: NDArray[np.generic]) -> tuple[int, int]:
    """Labels that are wrong and that there are, of rows of both with NONE behind them."""
    said, heard = ([row[row != NONE].tolist() for row in rows] for rows in (labels, written))
    return sum(map(edits, said, heard)), sum(map(len, said))


def edits_of(labels: NDArray[np.generic], best: NDArray[np.integer]) -> tuple[int, int]:
    """Labels that are wrong and that there are, of rows of labels and of each frame's likeliest."""
    rows = [row[row != NONE].tolist() for row in labels]
    wrong = sum(edits(row, decoded(one)) for row, one in zip(rows, best, strict=True))
    return wrong, sum(map(len, rows))
