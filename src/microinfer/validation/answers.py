"""What is taken from the outputs of a model: answers, and how good they are."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..operators.spec import Array, Real
from .metrics import Classification, Regression, area_under_curve, classification, regression
from .results import Reconstruction
from .tasks import Task

ACCURACY_TASKS = ("classification", "binary")


def compares(task: Task) -> bool:
    return task.name not in ("none", "autoencoder")


def answers_of(task: Task, outputs: Real) -> Array:
    if task.name == "binary":
        return (outputs.reshape(-1) > task.threshold).astype(np.int64)
    chosen: Array = outputs.reshape(-1, task.classes).argmax(axis=1)
    return chosen


def measure(task: Task, wanted: Array | None, outputs: Real) -> Classification | Regression | None:
    if wanted is None or not compares(task):
        return None
    if task.name == "regression":
        return regression(wanted, outputs.reshape(len(wanted), -1))
    scores = outputs.reshape(-1) if task.name == "binary" else outputs.reshape(-1, task.classes)
    return classification(wanted, scores, answers_of(task, outputs))


def measure_reconstruction(kept: dict[str, Array], y: Array | None) -> Reconstruction:
    squared = kept["column_squared"]
    auc: float | None = None
    by_class: tuple[float | None, ...] = ()
    if y is not None:
        flat = y.reshape(len(squared), -1)
        if flat.shape[1] != 1 or not ((flat == 0) | (flat == 1)).all():
            raise InputError("y of an autoencoder is 1 for an anomaly and 0 for none, one a sample")
        anomaly = flat[:, 0] == 1
        auc = area_under_curve(anomaly, squared)
        by_class = tuple(
            float(np.sqrt(squared[part].mean())) if part.any() else None for part in (~anomaly, anomaly)
        )
    return Reconstruction(
        len(squared),
        float(np.sqrt(squared.mean())),
        float(kept["column_absolute"].mean()),
        float(kept["column_cosine"].mean()),
        auc,
        by_class,
    )
