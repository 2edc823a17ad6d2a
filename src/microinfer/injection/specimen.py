"""What a campaign is about: a model on a part, samples as it stores them, and its answers without a fault."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..operators.spec import Array
from ..run.interpreter import Interpreter
from ..validation import ValidationSettings, Validator
from ..validation.answers import compares
from ..validation.sequence_answers import run_sequences, steps_of
from ..validation.tasks import Task, choose_task, truth
from ..words.dataclass import dataclass
from .golden_answers import GoldenAnswers

__all__ = ["Specimen", "choose_samples", "run_all"]

MACS, MOST, FEWEST = 100_000_000, 512, 32
"""Of a flip in flash: all samples together take some hundredths of a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Specimen:
    """`x` are the stored samples, one array an input: [n, *sample], or [n, inferences, *sample] of sequences
    that a model with state runs through. `source` says where they come from, `fingerprint` tells them."""

    interpreter: Interpreter
    x: tuple[Array, ...]
    answers: GoldenAnswers
    task: Task
    sequences: int | None
    source: str
    total: int | None
    fingerprint: str

    @property
    def samples(self) -> int:
        return len(self.x[0])


def run_all(interpreter: Interpreter, x: Sequence[Array], sequences: int | None) -> list[Array]:
    """One array an output.

    Raises:
        MicroinferError: an operator refuses the data.
    """
    if sequences is None:
        found: Any = interpreter.run_batch(x[0] if len(x) == 1 else list(x))
    else:
        found = run_sequences(interpreter, x)
    return list(found) if isinstance(found, list) else [found]


def choose_samples(
    interpreter: Interpreter,
    data: Any,
    settings: ValidationSettings,
    samples: int | None = None,
    tolerance: float = 0.0,
) -> Specimen:
    """The samples, spread evenly over the data where they can be reached so, and the answers to them.

    Args:
        samples: how many; default as many as make a flip's run short, 512 at the most; 0 for all.

    Raises:
        InputError: there are no data, or they do not suit the model.
    """
    validator = Validator(interpreter, data, settings)
    count = validator.dataset.count
    macs = max(1, sum(step.geometry.macs for step in interpreter.steps))
    wanted = max(FEWEST, min(MOST, MACS // macs)) if samples is None else samples
    total = count if not wanted else wanted if count is None else min(count, wanted)
    columns: list[list[Array]] = [[] for _ in validator.fitters]
    labels: list[Array] = []
    for number, x, y in _picked(validator, count, total):
        for column, fit, array in zip(columns, validator.fitters, x, strict=True):
            column.append(fit(array, number)[0])
        if y is not None:
            labels.append(y)
    if not columns[0]:
        raise InputError(f"{validator.dataset.source}: holds no sample")
    x = tuple(np.concatenate(column) for column in columns)
    y = np.concatenate(labels) if len(labels) and sum(map(len, labels)) == len(x[0]) else None
    task = choose_task(settings.task, y, validator.sources, validator.target, validator.threshold)
    sequences = steps_of(x, validator.fitters)
    outputs = run_all(interpreter, x, sequences)
    wanted_answers = truth(task, y, validator.target) if y is not None and compares(task) else None
    if task.name not in ("classification", "binary"):
        wanted_answers = None
    digest = hashlib.sha256()
    for array in (*x, *(() if y is None else (y,))):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    answers = GoldenAnswers(outputs, validator.output, validator.target, task, wanted_answers, tolerance)
    source, shown = validator.dataset.source, digest.hexdigest()
    return Specimen(interpreter, x, answers, task, sequences, source, count, shown)


def _picked(
    validator: Validator, count: int | None, total: int | None
) -> Iterator[tuple[int, Sequence[Array], Array | None]]:
    """(number of the first, x, y) of blocks of samples."""
    dataset = validator.dataset
    if count is not None and total is not None and total < count and not dataset.in_order:
        for number in np.linspace(0, count - 1, total).astype(int).tolist():
            block = next(dataset.blocks(number, 1))
            yield number, [x[:1] for x in block.x], None if block.y is None else block.y[:1]
        return
    number = 0
    for block in dataset.blocks(0, 256):
        left = len(block) if total is None else min(len(block), total - number)
        if left <= 0:
            return
        yield number, [x[:left] for x in block.x], None if block.y is None else block.y[:left]
        number += left
