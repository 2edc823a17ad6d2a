"""What a model's outputs are to be held against: which measure the data ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np

from ..errors import InputError
from ..model.tables import Tensor
from ..operators.spec import Array
from ..run.samples import sample_shape
from ..words.dataclass import dataclass

__all__ = ["TASKS", "Task", "TaskName", "choose_task", "truth"]

TaskName: TypeAlias = Literal["classification", "binary", "regression", "autoencoder", "none"]
TASKS: tuple[str, ...] = get_args(TaskName)


@dataclass(frozen=True, slots=True)
class Task:
    """`reason` says in words why this one. Of classification: `classes`, and `positions`, the answers a
    sample (pixels, time steps; else 1). Of binary: the `threshold` above which the answer is 1."""

    name: TaskName
    reason: str
    classes: int = 0
    positions: int = 1
    threshold: float = 0.0


def choose_task(
    wanted: str | None,
    y: Array | None,
    sources: Sequence[Tensor],
    target: Tensor,
    threshold: float = 0.5,
) -> Task:
    """The task for the first samples' y, [n, ...], or None where there are no answers; of several inputs
    there is none that the output could give back.

    Raises:
        InputError: y does not suit the output, or not the task that was asked for.
    """
    shape = sample_shape(target)
    elements = int(np.prod(shape))
    mirrors = [shape] == [sample_shape(source) for source in sources] and elements > 1
    if wanted is not None and wanted not in TASKS:
        raise InputError(f"no task {wanted!r}, there are {', '.join(TASKS)}")
    name = wanted or _guess(y, shape, elements, mirrors)
    if name == "none":
        return Task("none", "there are no answers to compare with" if y is None else "as asked for")
    if name == "autoencoder":
        if not mirrors:
            raise InputError(
                f"an autoencoder gives back its input: the output {target.name!r} has shape {target.shape}, "
                f"the inputs {', '.join(str(source.shape) for source in sources)}"
            )
        return Task("autoencoder", "as asked for" if wanted else "the output has the input's shape")
    if y is None:
        raise InputError(f"{name} needs answers, and the data have none; name them with --y")
    reason = "as asked for" if wanted else f"y is {y.dtype}{list(y.shape[1:])}, the output {list(shape)}"
    if name == "binary":
        if elements != 1:
            raise InputError(f"binary needs one output a sample, {target.name!r} has {elements}")
        return Task("binary", reason, 2, 1, threshold)
    if name == "regression":
        return Task("regression", reason)
    classes = shape[-1] if shape else 1
    if classes < 2:
        raise InputError(f"classification needs a score a class, {target.name!r} has shape {target.shape}")
    return Task("classification", reason, classes, elements // classes)


def _guess(y: Array | None, shape: tuple[int, ...], elements: int, mirrors: bool) -> str:
    if y is None:
        return "autoencoder" if mirrors else "none"
    whole = y.dtype.kind in "bui" or bool((y == np.floor(y)).all())
    single = int(np.prod(y.shape[1:])) == 1
    zero_or_one = whole and bool(((y == 0) | (y == 1)).all())
    if mirrors and single and zero_or_one:
        return "autoencoder"
    if elements == 1:
        return "binary" if zero_or_one and y.dtype.kind != "f" else "regression"
    if single and whole and y.dtype.kind in "bui":
        return "classification"
    if single and whole and len(shape) == 1:
        return "classification"
    if y.shape[1:] == shape and zero_or_one and bool((y.sum(axis=-1) == 1).all()):
        return "classification"
    if y.dtype.kind in "bui" and np.prod(y.shape[1:]) == elements // max(1, shape[-1]) and len(shape) > 1:
        return "classification"
    return "regression"


def truth(task: Task, y: Array, target: Tensor, first: int = 0) -> Array:
    """y as the task's measure takes it: int64 classes [n x positions], or float64 [n, values].

    Raises:
        InputError: with the first sample that does not suit; `first` is the number of y[0].
    """
    shape = sample_shape(target)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        row = int(np.flatnonzero(~np.isfinite(y.reshape(len(y), -1)).all(axis=1))[0])
        raise InputError(f"sample {first + row}: y is not finite")
    if task.name == "regression":
        if int(np.prod(y.shape[1:])) != int(np.prod(shape)):
            raise InputError(
                f"y has shape {y.shape}, expected {list(shape)} a sample, as the output {target.name!r}"
            )
        return y.reshape(len(y), -1).astype(np.float64)
    if task.name == "classification" and y.shape[1:] == shape and not _is_positions(y, task):
        hot: Array = y.reshape(-1, task.classes).argmax(axis=1).astype(np.int64)
        return hot
    if int(np.prod(y.shape[1:])) != task.positions:
        expected = "one class" if task.positions == 1 else f"{task.positions} classes"
        raise InputError(
            f"y has shape {y.shape}, expected {expected} a sample, or one-hot rows {list(shape)}"
        )
    classes = y.reshape(-1)
    highest = max(2, task.classes)
    wrong = (classes < 0) | (classes >= highest) | (classes != np.floor(classes))
    if wrong.any():
        position = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"sample {first + position // task.positions}: class {classes[position]}, expected a whole "
            f"number from 0 to {highest - 1}, as the output {target.name!r} has {highest} classes"
        )
    return classes.astype(np.int64)


def _is_positions(y: Array, task: Task) -> bool:
    return int(np.prod(y.shape[1:])) == task.positions
