"""How a new model's answers differ from an old one's, on the user's data, with the device's bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import InputError
from ..operators.spec import Array
from ..run.interpreter import Interpreter
from ..run.stored_numbers import from_stored
from ..validation.results import ValidationSettings
from ..validation.validator import Validator
from ..words.dataclass import dataclass
from ..words.printing import counted

__all__ = ["AnswerChange", "Answers"]

BLOCK = 64


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """Of `samples` samples of `data`: how many have equal stored outputs (0 where the outputs' types,
    scales or zero points differ and no stored number of one is one of the other), the largest and the root
    mean square of the differences of real outputs, and how many have the largest output elsewhere, None
    where the first output has fewer than two elements.
    """

    data: str
    samples: int
    equal: int
    largest: float
    rms: float
    other_labels: int | None

    @property
    def sentence(self) -> str:
        """ "360 samples of test.npz: 355 equal to the bit, 2 other labels, largest difference 0.0156"."""
        labels = "" if self.other_labels is None else f"{_number(self.other_labels, 'other label')}, "
        head = f"{_number(self.samples, 'sample')} of {self.data}: {self.equal} answered equally to the bit"
        return f"{head}, {labels}largest difference {self.largest:.3g}"


def _number(count: int, what: str) -> str:
    return counted(count, what)


class Answers:
    """Run both models over the data; take the result at any time.

    Args:
        before, after: interpreters of the models.
        data: as for `validate`; None for the zoo's own samples of the old model.
        settings: how the data are read, and how many of them.

    Raises:
        InputError: the data do not suit one of the models, or their outputs have different numbers of
            elements.
    """

    def __init__(
        self,
        before: Interpreter,
        after: Interpreter,
        data: Any = None,
        settings: ValidationSettings | None = None,
    ) -> None:
        self._sides = tuple((each, Validator(each, data, settings)) for each in (before, after))
        sizes = [
            [int(np.prod(each.subgraph.tensors[index].shape)) for index in each.subgraph.outputs]
            for each, _ in self._sides
        ]
        if sizes[0] != sizes[1]:
            raise InputError(
                f"the outputs have {_sizes(sizes[0])} elements before and {_sizes(sizes[1])} after: "
                "the answers cannot be compared"
            )
        self.total = self._sides[0][1].total
        self.done = 0
        self._equal = self._other = 0
        self._largest = self._squares = 0.0
        self._elements = 0
        self._classes = sizes[0][0] > 1

    def run(self) -> Iterator[int]:
        """Run block after block; yields how many samples are done."""
        streams = [validator.dataset.blocks(0, BLOCK) for _, validator in self._sides]
        for blocks in zip(*streams, strict=True):
            outputs = []
            room = BLOCK if self.total is None else self.total - self.done
            if room <= 0:
                return
            for (interpreter, validator), block in zip(self._sides, blocks, strict=True):
                stored = [
                    fit(x[:room], self.done)[0] for fit, x in zip(validator.fitters, block.x, strict=True)
                ]
                found = interpreter.run_batch(stored if len(stored) > 1 else stored[0])
                outputs.append(found if isinstance(found, list) else [found])
            self._add(outputs[0], outputs[1])
            yield self.done

    def _add(self, before: list[Array], after: list[Array]) -> None:
        equal = np.ones(len(before[0]), bool)
        for position, (old, new) in enumerate(zip(before, after, strict=True)):
            count = len(old)
            tensors = [each.subgraph.tensors[each.subgraph.outputs[position]] for each, _ in self._sides]
            old, new = old.reshape(count, -1), new.reshape(count, -1)
            reals = [
                from_stored(values, tensor).astype(np.float64)
                for values, tensor in zip((old, new), tensors, strict=True)
            ]
            apart = np.abs(reals[0] - reals[1])
            same = old.dtype == new.dtype and not (apart[old == new]).any()
            equal &= (old == new).all(axis=1) if same else False
            self._largest = max(self._largest, float(apart.max(initial=0.0)))
            self._squares += float(np.square(apart).sum())
            self._elements += apart.size
            if not position and self._classes:
                self._other += int((reals[0].argmax(axis=1) != reals[1].argmax(axis=1)).sum())
        self._equal += int(equal.sum())
        self.done += len(equal)

    def result(self) -> AnswerChange:
        """What is known by now."""
        rms = (self._squares / self._elements) ** 0.5 if self._elements else 0.0
        return AnswerChange(
            data=self._sides[0][1].dataset.source,
            samples=self.done,
            equal=self._equal,
            largest=self._largest,
            rms=rms,
            other_labels=self._other if self._classes else None,
        )


def _sizes(sizes: list[int]) -> str:
    return " and ".join(map(str, sizes)) or "no"
