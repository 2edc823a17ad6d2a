"""One comparison: samples from the user's data, through every runtime, to a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import zoo
from ..errors import InputError
from ..operators.spec import Array
from ..run.inputs import of_rows
from ..run.interpreter import Interpreter
from ..run.patterns import PATTERNS, pattern
from ..validation.blocks import Block, Dataset, from_arrays
from ..validation.results import ValidationSettings
from ..validation.tasks import choose_task, truth
from ..validation.validator import Validator
from ..words.dataclass import dataclass
from ..words.printing import counted
from ..words.result import Result, Summary
from .runtime_answers import BASELINE, RUNTIMES, Runtime, RuntimeRefusedError, make_runtime
from .tally import RuntimeDifference, Tally, scores_classes

__all__ = ["SCHEMA", "Difference", "Study"]

SCHEMA = "microinfer.diff/1"
SAMPLES, RANDOM_SAMPLES = 64, 16


@dataclass(frozen=True, slots=True, repr=False)
class Difference(Result):
    """What came out. `accuracy` is TFLM's own, None without answers; `random`: the data are made up.

    `samples` were run of the `total` that there are, None where nobody knows.
    """

    schema: ClassVar[str] = SCHEMA

    model: str
    sha256: str
    profile: str
    library: str
    release: str
    data: str
    inputs: tuple[str, ...]
    random: bool
    samples: int
    total: int | None
    complete: bool
    labels: tuple[str, ...]
    accuracy: float | None
    runtimes: tuple[RuntimeDifference, ...]

    def summary(self) -> Summary:
        """A row a runtime."""
        rows = tuple(
            (each.title, each.refused or f"{each.output_share:.3%} of the outputs differ", _first(each))
            for each in self.runtimes
        )
        return Summary(
            f"{self.model}, {counted(self.samples, 'sample')} of {self.data}, beside TFLM's bits", rows
        )


def _first(found: RuntimeDifference) -> str:
    return "" if found.first_operator is None else f"first at operator {found.first_operator}"


def made_up(interpreter: Interpreter) -> Dataset:
    """Samples without a meaning: both patterns, and then numbers from a seed."""
    generator = np.random.default_rng(0)
    columns = []
    for index in interpreter.subgraph.inputs:
        tensor = interpreter.subgraph.tensors[index]
        rows = [pattern(number, tensor.shape, tensor.dtype) for number in PATTERNS]
        for _ in range(RANDOM_SAMPLES - len(rows)):
            if tensor.dtype.startswith("float"):
                rows.append(generator.uniform(-1, 1, tensor.shape).astype(tensor.dtype))
            else:
                low, high = (0, 2) if tensor.dtype == "bool" else _limits(tensor.dtype)
                rows.append(generator.integers(low, high, tensor.shape).astype(tensor.dtype))
        columns.append(np.stack(rows))
    return from_arrays(
        f"{RANDOM_SAMPLES} pseudo-random samples", "random", of_rows(interpreter, columns), None
    )


def _limits(dtype: str) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max) + 1


class Study:
    """Run it, look at its progress, take its result at any time.

    Args:
        interpreter: of the model.
        data: as for `validate`; None for the zoo's samples, or made-up ones.
        runtimes: names; default all but TFLM itself, which is what they are held against.
        samples: how many to look at, spread over the data; default 64, 0 for all.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        data: Any = None,
        runtimes: Sequence[str] | None = None,
        samples: int | None = None,
        settings: ValidationSettings | None = None,
    ) -> None:
        self.interpreter = interpreter
        self.random = data is None and zoo.recognise(interpreter.model.sha256) is None
        self._validator = Validator(interpreter, made_up(interpreter) if self.random else data, settings)
        self._dataset = self._validator.dataset
        self._wanted = SAMPLES if samples is None else samples
        subgraph = interpreter.subgraph
        self._classes = scores_classes(self._validator.sources[0], subgraph.tensors[subgraph.outputs[0]])
        of = interpreter.model, interpreter.profile, interpreter.library, interpreter.release
        self._baseline = make_runtime(BASELINE, *of, interpreter.max_turns)
        self._runtimes: list[tuple[Runtime, Tally]] = []
        self._refused: dict[str, str] = {}
        self._asked = [name for name in (runtimes or RUNTIMES) if name != BASELINE]
        for name in self._asked:
            try:
                made = make_runtime(name, *of, interpreter.max_turns)
            except RuntimeRefusedError as error:
                self._refused[name] = str(error)
                continue
            self._runtimes.append((made, Tally(interpreter.first_steps, subgraph, self._classes)))
        self._right = 0
        self._answered = False
        self.done = 0

    @property
    def total(self) -> int | None:
        """Samples that will be run, None for a stream of unknown length."""
        count = self._dataset.count
        if not self._wanted:
            return count
        return self._wanted if count is None else min(count, self._wanted)

    def _blocks(self) -> Iterator[tuple[int, Block]]:
        """Samples one by one, spread evenly over the data where they can be reached so."""
        count, total = self._dataset.count, self.total
        if count is not None and total is not None and not self._dataset.in_order:
            for number in np.linspace(0, count - 1, total).astype(int).tolist():
                yield number, next(self._dataset.blocks(number, 1))
            return
        number = 0
        for block in self._dataset.blocks(0, 32):
            for position in range(len(block)):
                y = None if block.y is None else block.y[position : position + 1]
                yield number, Block(tuple(x[position : position + 1] for x in block.x), y)
                number += 1
                if number == total:
                    return

    def run(self) -> Iterator[int]:
        """Run sample after sample; yields how many are done."""
        try:
            yield from self._run()
        finally:
            for runtime, _ in self._runtimes:
                runtime.close()

    def _run(self) -> Iterator[int]:
        fitters = self._validator.fitters
        for number, block in self._blocks():
            sample = [
                fit(x, number)[0].reshape(fit.tensor.shape) for fit, x in zip(fitters, block.x, strict=True)
            ]
            self._add(sample, number, self._answer(block.y, number))
            self.done += 1
            yield self.done

    def _answer(self, y: Array | None, number: int) -> int | None:
        """The right class, if there is one."""
        if y is None or not self._classes:
            return None
        target = self._validator.target
        try:
            task = choose_task(None, y, self._validator.sources, target)
            if task.name != "classification" or task.positions != 1:
                return None
            self._answered = True
            return int(truth(task, y, target, number)[0])
        except InputError:
            if self._validator.settings.y is not None:
                raise
            return None

    def _add(self, sample: Sequence[Array], number: int, y: int | None) -> None:
        own = self._baseline.run(sample)
        if self._classes:
            self._right += int(own[self.interpreter.subgraph.outputs[0]].argmax()) == y
        for runtime, tally in list(self._runtimes):
            try:
                tally.add(own, runtime.run(sample), number, y)
            except RuntimeRefusedError as error:
                self._refused[runtime.name] = str(error)
                self._runtimes.remove((runtime, tally))

    def result(self) -> Difference:
        """What is known by now.

        Raises:
            InputError: no sample was run.
        """
        if not self.done:
            raise InputError(f"{self._dataset.source}: no sample was run")
        made = {
            runtime.name: tally.result(runtime.name, runtime.title, runtime.note, self._answered)
            for runtime, tally in self._runtimes
        }
        for name, reason in self._refused.items():
            made[name] = RuntimeDifference(name, RUNTIMES[name], refused=reason)
        model = self.interpreter.model
        return Difference(
            model.name,
            model.sha256,
            self.interpreter.profile.name,
            self.interpreter.library,
            self.interpreter.release.title,
            self._dataset.source,
            tuple(fit.words for fit in self._validator.fitters),
            self.random,
            self.done,
            self._dataset.count,
            self.total is None or self.done >= self.total,
            self._validator.labels,
            self._right / self.done if self._answered else None,
            tuple(made[name] for name in self._asked),
        )
