"""How good answers are: for classes, scores, numbers and reconstructions. Plain numpy, no surprises."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..words.dataclass import dataclass

__all__ = [
    "Classification",
    "Regression",
    "area_under_curve",
    "classification",
    "confusion_matrix",
    "cosine_rows",
    "regression",
    "top_k_hits",
]

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Classification:
    """`recall`, `precision` and `f1` have one entry a class, None where the class does not occur (or is
    never answered). `confusion[i][j]` counts samples of class i that were taken for j. `auc`: of two
    classes the area under the ROC curve, of more the mean of one against the rest; None where undefined.
    """

    samples: int
    accuracy: float
    top_k: dict[int, float]
    auc: float | None
    recall: tuple[float | None, ...]
    precision: tuple[float | None, ...]
    f1: tuple[float | None, ...]
    support: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Regression:
    """Errors in the output's own unit; `cosine` is the mean over samples, None where there is one value a
    sample; `r2` is None where the truth is constant."""

    samples: int
    rmse: float
    mae: float
    largest: float
    cosine: float | None
    r2: float | None


def confusion_matrix(truth: Ints, answer: Ints, classes: int) -> NDArray[np.int64]:
    """Counts [true class, answered class]."""
    flat = truth.astype(np.int64) * classes + answer.astype(np.int64)
    return np.bincount(flat, minlength=classes * classes).reshape(classes, classes)


def top_k_hits(truth: Ints, scores: Floats, k: int) -> NDArray[np.bool_]:
    """Whether fewer than k classes have a higher score than the true one; of equals, the first counts
    first, as for argmax."""
    own = np.take_along_axis(scores, truth[:, np.newaxis].astype(np.intp), 1)
    earlier = np.arange(scores.shape[1]) < truth[:, np.newaxis]
    ahead: NDArray[Any] = ((scores > own) | ((scores == own) & earlier)).sum(axis=1)
    return ahead < k


def area_under_curve(positive: NDArray[np.bool_], scores: Floats) -> float | None:
    """The chance that a positive scores above a negative, equals counting half. None with only one kind.

    Mann and Whitney's U over the number of pairs, which is the area under the ROC curve.
    """
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2.0
    total = float(ranks[inverse][positive].sum())
    return (total - positives * (positives + 1) / 2.0) / (positives * negatives)


def classification(truth: Ints, scores: Floats, answers: Ints | None = None) -> Classification:
    """Of integer classes [n] against scores [n, classes], or [n] of the second of two classes.

    Args:
        answers: the class chosen for each sample; default the first with the highest score.
    """
    if scores.ndim == 1:
        classes, columns = 2, scores[:, np.newaxis]
    else:
        classes, columns = max(2, scores.shape[1]), scores
    chosen = columns.argmax(axis=1) if answers is None else answers
    counts = confusion_matrix(truth, chosen, classes)
    hits, support, given = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    deep = [k for k in (3, 5) if columns.shape[1] > k]
    return Classification(
        samples=len(truth),
        accuracy=float((truth == chosen).mean()),
        top_k={k: float(top_k_hits(truth, columns, k).mean()) for k in deep},
        auc=_auc(truth, columns),
        recall=_shares(hits, support),
        precision=_shares(hits, given),
        f1=_shares(2 * hits, support + given),
        support=tuple(support.tolist()),
        confusion=tuple(map(tuple, counts.tolist())),
    )


def _auc(truth: Ints, columns: Floats) -> float | None:
    if columns.shape[1] == 1:
        return area_under_curve(truth == 1, columns[:, 0])
    if columns.shape[1] == 2:
        # The difference, so that two saturated scores still tell apart what one alone would not.
        return area_under_curve(truth == 1, columns[:, 1] - columns[:, 0])
    areas = [area_under_curve(truth == c, columns[:, c]) for c in range(columns.shape[1])]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if known else None


def _shares(part: Ints, whole: Ints) -> tuple[float | None, ...]:
    pairs = zip(part.tolist(), whole.tolist(), strict=True)
    return tuple(some / all_ if all_ else None for some, all_ in pairs)


def cosine_rows(a: Floats, b: Floats) -> Floats:
    """Cosine of each row of [n, values] with the other's: 1 for two rows of zeros, 0 for one."""
    left, right = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    product = left * right
    found: Floats = np.divide((a * b).sum(axis=1), product, out=np.zeros(len(a)), where=product > 0)
    found[(left == 0) & (right == 0)] = 1.0
    return np.clip(found, -1.0, 1.0)


def regression(truth: Floats, answer: Floats) -> Regression:
    """Of [n, values] against [n, values]."""
    truth, answer = truth.astype(np.float64), answer.astype(np.float64)
    error = answer - truth
    spread = float(((truth - truth.mean(axis=0)) ** 2).sum())
    return Regression(
        samples=len(truth),
        rmse=float(np.sqrt((error**2).mean())),
        mae=float(np.abs(error).mean()),
        largest=float(np.abs(error).max()),
        cosine=float(cosine_rows(truth, answer).mean()) if truth.shape[1] > 1 else None,
        r2=1.0 - float((error**2).sum()) / spread if spread > 0 else None,
    )
