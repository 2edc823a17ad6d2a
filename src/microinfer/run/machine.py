"""A model bound to its memory: every operator's closure, and what operators reach beyond their own tensors.

Operators of the first subgraph run one after the other; those of others run when an operator calls them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from ..errors import UnsupportedError
from ..model.tables import Model
from ..model.whole import whole
from ..operators.joined_runs import BlockRun, as_kernels, at_once, in_blocks, joined
from ..operators.kept import Remembering, RunEndedError
from ..operators.resources import resources
from ..operators.spec import Array, Run, Step
from .storage import Storage, copied_out, reset_variables, restore_starts
from .thread_turns import BRIEF, READY
from .turn_limit import MOST_TURNS, TurnCount

__all__ = ["Machine"]


class Machine:
    """The closures of a model's operators over one storage.

    Args:
        steps: of all subgraphs, as `prepare` gives them.
        max_turns: of all loops in one inference.
    """

    def __init__(
        self, model: Model, steps: Sequence[Step], storage: Storage, max_turns: int = MOST_TURNS
    ) -> None:
        self._whole = whole(model.subgraphs)
        self._variables = resources(self._whole).variables
        self._storage = storage
        self._steps = steps
        self._called: set[int] = set()
        self._turns = TurnCount(max_turns)
        self.turn = self._turns.turn
        """What a loop calls before every turn, with its place."""
        self._ended_at, self._halted = "", np.zeros(2, np.int64)
        self._by_operator = {step.index: 0 for step in steps}
        self._watch: Callable[[int], None] | None = None
        self._remembering: list[Remembering] = []
        self._again: tuple[Run, ...] = ()
        self.runs = tuple(self._bind(step) for step in steps)
        """One closure a step."""
        self._joined = tuple(
            joined(self.runs[part.operators.start : part.operators.stop]) for part in self._whole.parts
        )
        self.reset()

    @property
    def called_once(self) -> frozenset[int]:
        """Operators that run a subgraph once, and have."""
        return frozenset(self._called)

    @property
    def remembers(self) -> bool:
        """Whether an operator keeps something outside the tensors."""
        return bool(self._remembering)

    @property
    def kept(self) -> tuple[Array, ...]:
        """What operators keep outside the tensors, in order."""
        return tuple(array for run in self._remembering for array in run.kept)

    def _bind(self, step: Step) -> Run:
        arrays = self._storage.bound
        inputs = [arrays[tensor.index] if tensor is not None else None for tensor in step.node.inputs]
        outputs = [array for tensor in step.node.outputs if (array := arrays[tensor.index]) is not None]
        run = step.bind(inputs, outputs) if step.link is None else step.link(inputs, outputs, self)
        if isinstance(run, Remembering):
            self._remembering.append(run)
        if self._storage.copies is None:
            return run
        fed = self._whole.graph.inputs if step is self._steps[0] else ()
        return copied_out(run, self._storage, fed, [tensor.index for tensor in step.node.outputs])

    def reset(self) -> None:
        """As MicroInterpreter::Reset: variables, and what operators keep, to their initial state.

        What ran once does not run again.
        """
        reset_variables(self._whole.graph, self._storage)
        for variable, held in zip(self._variables, self._storage.resources, strict=True):
            held.fill(variable.fill)
        for run in self._remembering:
            run.reset()

    def restart(self) -> None:
        """As after the device has started: what runs once will run again."""
        self.reset()
        restore_starts(self._storage)
        self._called.clear()

    def resume(self, called_once: frozenset[int], kept: Sequence[Array]) -> None:
        """As in another machine, in which these operators have run their subgraphs, and kept this."""
        self._called = set(called_once)
        for own, content in zip(self.kept, kept, strict=True):
            own[...] = content

    @property
    def ended_at(self) -> str:
        """The place of the operator that ended the last run before its end, "" where none did."""
        return self._ended_at if self._halted[1] else ""

    def _end(self, end: RunEndedError) -> None:
        self._ended_at, self._halted[1] = end.place, 1

    def run(self) -> None:
        """Run the model once."""
        self._turns.begin()
        self._halted[1] = 0
        try:
            for run in self._joined[0]:
                run()
        except RunEndedError as end:
            self._end(end)

    def direct(self, block: array[int]) -> Callable[[], object]:
        """What runs the model as `run` does once more, returning None, where `block` (of `kernels._direct`)
        allows it and kernels are all that there is to run, but for what runs in the first inference alone, or
        looks at what they saw; else it returns False."""
        part = self._whole.parts[0].operators
        runs = self.runs[part.start : part.stop]
        again = [run for run in runs if not getattr(run, "once", False)]
        if any(hasattr(run, "native") for run in again):
            return self._later(again, block)
        self._again = self._joined[0] if len(again) == len(runs) else joined(again)
        return at_once(self._again, block, self._halted, self._ask) or bool

    def _later(self, runs: Sequence[Run], block: array[int]) -> Callable[[], object]:
        """As `direct`, of what calls subgraphs, made when it may run: kernels of its own are compiled."""
        made: list[Callable[[], object]] = []

        def run() -> object:
            if not block[READY]:
                return False
            if not made:
                self._again = as_kernels(runs, self._subgraph, self._turns)
                made.append(at_once(self._again, block, self._halted, self._ask) or bool)
            block[BRIEF] = 0  # how often a loop turns hangs on its data
            return made[0]()

        return run

    def _subgraph(self, index: int) -> Sequence[Run]:
        part = self._whole.parts[index].operators
        return self.runs[part.start : part.stop]

    def _ask(self, run: Run) -> None:
        try:
            run()
        except RunEndedError as end:
            self._end(end)

    def in_blocks(self, inputs: Sequence[Array], outputs: Sequence[Array]) -> BlockRun | None:
        """What takes many samples through these views of the model's tensors, [samples, *shape] each, in one
        call, where one kernel is all that there is to run; else None."""
        return in_blocks(self._joined[0], inputs, outputs)

    def run_watched(self, before: Callable[[int], None], after: Callable[[int, int], None]) -> None:
        """Run the model once, and look in before and after every step, by its position.

        `after` is also given how many calls of subgraphs the step made.
        """
        self._turns.begin()
        self._halted[1] = 0

        def walk(subgraph: int) -> None:
            for position in self._whole.parts[subgraph].operators:
                before(position)
                operator = self._steps[position].index
                self._by_operator[operator] = 0
                try:
                    self.runs[position]()
                finally:
                    after(position, self._by_operator[operator])

        self._watch = walk
        try:
            walk(0)
        except RunEndedError as end:
            self._end(end)
        finally:
            self._watch = None

    def variable(self, resource: int) -> Array:
        if not 0 <= resource < len(self._variables):
            raise UnsupportedError(
                f"handle {resource} stands for no variable: the model has {len(self._variables)}"
            )
        if self._variables[resource].maker < 0:
            raise UnsupportedError(f"nothing gives variable {self._variables[resource].name!r} memory")
        return self._storage.resources[resource]

    def inputs(self, subgraph: int) -> Sequence[Array]:
        return self._arrays(self._whole.parts[subgraph].inputs)

    def outputs(self, subgraph: int) -> Sequence[Array]:
        return self._arrays(self._whole.parts[subgraph].outputs)

    def _arrays(self, indices: Sequence[int]) -> Sequence[Array]:
        found = [self._storage.bound[index] for index in indices]
        return [array for array in found if array is not None]

    def call(self, subgraph: int, operator: int) -> None:
        self._by_operator[operator] += 1
        if self._watch is not None:
            self._watch(subgraph)
            return
        for run in self._joined[subgraph]:
            run()

    def call_once(self, subgraph: int, operator: int) -> None:
        if operator not in self._called:
            self.call(subgraph, operator)
            self._called.add(operator)
