"""What the right answers are, and how many a run with a fault changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..model.tables import Tensor
from ..operators.reals import real_values
from ..operators.spec import Array
from ..validation.answers import ACCURACY_TASKS, answers_of
from ..validation.tasks import Task
from ..words.dataclass import dataclass

__all__ = ["Change", "GoldenAnswers"]


@dataclass(frozen=True, slots=True)
class Change:
    """Samples whose outputs have other bits, samples with another answer, and right answers, None without
    labels."""

    changed: int
    wrong: int
    right: int | None


class GoldenAnswers:
    """The outputs without a fault, and what of them counts.

    Args:
        outputs: one array [n, ...] an output of the model.
        position, target: of the output that is looked at, and its tensor.
        task: of classes an answer is a class; of all else it is the output itself.
        wanted: the right classes, [n x positions], or None.
        tolerance: real numbers that differ by no more are the same answer.
    """

    def __init__(
        self,
        outputs: Sequence[Array],
        position: int,
        target: Tensor,
        task: Task,
        wanted: Array | None,
        tolerance: float = 0.0,
    ) -> None:
        self.outputs = [np.ascontiguousarray(array) for array in outputs]
        self.count = len(outputs[0])
        self._position, self._target, self.task = position, target, task
        self._wanted, self.tolerance = wanted, tolerance
        self.classes = task.name in ACCURACY_TASKS
        self._answers = self._of(self.outputs[position])
        self.right = None if wanted is None else int((self._answers.reshape(-1) == wanted).sum())
        self.answers = 0 if wanted is None else len(wanted)

    @property
    def accuracy(self) -> float | None:
        """Without a fault."""
        return None if self.right is None else self.right / max(1, self.answers)

    @property
    def described(self) -> list[str | float]:
        """What of the outputs counts, and how, for telling campaigns apart."""
        return [self.task.name, self.task.threshold, self._position, self.tolerance]

    def _of(self, outputs: Array) -> Array:
        """[samples, answers]."""
        if not self.classes:
            return outputs.reshape(len(outputs), -1)
        return answers_of(self.task, real_values(outputs, self._target)).reshape(len(outputs), -1)

    def _differ(self, found: Array, first: int) -> Array:
        own = self._answers[first : first + len(found)]
        if self.classes:
            return np.not_equal(found, own)
        if not self.tolerance:
            return np.not_equal(found.view(np.uint8), own.view(np.uint8))
        apart = np.abs(real_values(found, self._target) - real_values(own, self._target))
        return np.logical_not(apart <= self.tolerance)

    def judge(self, outputs: Sequence[Array], first: int = 0) -> Change:
        """What the outputs of samples from `first` on, all or some, have of change."""
        count = len(outputs[0])
        changed = np.zeros(count, bool)
        for array, golden in zip(outputs, self.outputs, strict=True):
            own = np.ascontiguousarray(array).reshape(count, -1).view(np.uint8)
            changed |= (own != golden[first : first + count].reshape(count, -1).view(np.uint8)).any(axis=1)
        found = int(changed.sum())
        if not found:
            return Change(0, 0, self.right if count == self.count else None)
        answers = np.ascontiguousarray(self._of(outputs[self._position]))
        wrong = int(self._differ(answers, first).any(axis=1).sum())
        right = None
        if self._wanted is not None and count == self.count:
            right = int((answers.reshape(-1) == self._wanted).sum())
        return Change(found, wrong, right)
