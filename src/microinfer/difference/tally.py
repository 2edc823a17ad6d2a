"""Runtimes held against TFLM's bits, sample by sample: how much differs, and where it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..model.tables import Subgraph, Tensor
from ..operators.spec import Array, Step
from ..words.dataclass import dataclass, field

__all__ = ["OperatorDifference", "RuntimeDifference", "Tally"]


@dataclass(frozen=True, slots=True)
class OperatorDifference:
    """One operator's outputs against TFLM's.

    Attributes:
        share: of elements that differ, over all samples.
        largest_step: largest difference in stored units; real ones for float tensors.
        samples: samples in which any element differs.
        enters: samples in which all its inputs were equal, and its outputs not.
    """

    index: int
    operator: str
    tensor: str
    share: float
    largest_step: float
    samples: int
    enters: int


@dataclass(frozen=True, slots=True)
class RuntimeDifference:
    """One runtime against TFLM.

    Attributes:
        first_operator: the first in order whose outputs differ, in any sample; None where all are equal.
        output_share, output_largest_step: of the model's outputs.
        flipped: samples whose largest output is another one; None where outputs are no classes.
        flips: up to 10 of them as (sample, TFLM's class, this runtime's).
        accuracy: share of samples whose largest output is the right one; None without answers.
        refused: why there is nothing else here.
    """

    runtime: str
    title: str
    samples: int = 0
    output_share: float = 0.0
    output_largest_step: float = 0.0
    output_samples: int = 0
    flipped: int | None = None
    flips: tuple[tuple[int, int, int], ...] = ()
    accuracy: float | None = None
    first_operator: int | None = None
    operators: tuple[OperatorDifference, ...] = ()
    note: str = ""
    refused: str = ""


MOST_FLIPS = 10


@dataclass(slots=True)
class _Sums:
    differing: int = 0
    elements: int = 0
    largest: float = 0.0
    samples: int = 0
    enters: int = 0


@dataclass(slots=True, eq=False)
class Tally:
    """Sums up the differences of one runtime, one sample after the other.

    `classes`: the model's first output has a score for each class.
    """

    steps: Sequence[Step]
    subgraph: Subgraph
    classes: bool
    samples: int = 0
    flips: list[tuple[int, int, int]] = field(default_factory=list)
    flipped: int = 0
    right: int = 0
    _sums: dict[int, _Sums] = field(default_factory=dict)
    _outputs: _Sums = field(default_factory=_Sums)

    def add(
        self, baseline: Mapping[int, Array], other: Mapping[int, Array], number: int, y: int | None
    ) -> None:
        """One sample: stored outputs by tensor index of both."""
        unequal: set[int] = set()
        for step in self.steps:
            sums = self._sums.setdefault(step.index, _Sums())
            before = set(unequal)
            for tensor in step.node.outputs:
                if tensor.index in other and _compare(sums, baseline[tensor.index], other[tensor.index]):
                    unequal.add(tensor.index)
            if unequal - before:
                sums.samples += 1
                sums.enters += not any(t is not None and t.index in before for t in step.node.inputs)
        differs = [
            _compare(self._outputs, baseline[index], other[index])
            for index in self.subgraph.outputs
            if index in other and index in baseline
        ]
        self._outputs.samples += any(differs)
        if self.classes:
            index = self.subgraph.outputs[0]
            own, found = int(baseline[index].argmax()), int(other[index].argmax())
            self.right += found == y
            if own != found:
                self.flipped += 1
                if len(self.flips) < MOST_FLIPS:
                    self.flips.append((number, own, found))
        self.samples += 1

    def result(self, runtime: str, title: str, note: str, answered: bool) -> RuntimeDifference:
        rows = tuple(
            OperatorDifference(
                step.index,
                step.name,
                step.node.outputs[0].name if step.node.outputs else "",
                sums.differing / max(1, sums.elements),
                sums.largest,
                sums.samples,
                sums.enters,
            )
            for step in self.steps
            if (sums := self._sums.get(step.index)) is not None
        )
        return RuntimeDifference(
            runtime,
            title,
            self.samples,
            self._outputs.differing / max(1, self._outputs.elements),
            self._outputs.largest,
            self._outputs.samples,
            self.flipped if self.classes else None,
            tuple(self.flips),
            self.right / self.samples if self.classes and answered and self.samples else None,
            next((row.index for row in rows if row.samples), None),
            rows,
            note,
        )


def _compare(sums: _Sums, own: Array, found: Array) -> bool:
    """Count the elements that differ; True if any does."""
    sums.elements += own.size
    found = found.reshape(own.shape)
    differing = own != found
    if own.dtype.kind == "f":
        differing &= ~(np.isnan(own) & np.isnan(found))
    count = int(np.count_nonzero(differing))
    if not count:
        return False
    sums.differing += count
    with np.errstate(all="ignore"):
        steps = np.abs(found[differing].astype(np.float64) - own[differing].astype(np.float64))
    sums.largest = max(sums.largest, float(np.nan_to_num(steps, nan=np.inf).max()))
    return True


def scores_classes(source: Tensor, target: Tensor) -> bool:
    """Whether an output looks like one score a class: a row of two or more, and not the input's shape."""
    wide = [size for size in target.shape if size != 1]
    return len(wide) == 1 and target.shape[-1] == wide[0] and target.shape != source.shape
