"""What a run's data say about its price: how many elements took each branch of a kernel.

Prices differ by branch: a negative number is rescaled by other instructions than a positive one, a
saturated input of a sigmoid needs no exponential. Counted beside a run, over the arrays that went in
and came out; the counts bear the names of `firmware.events`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np

from ..operators.branching import IfGeometry, WhileGeometry
from ..operators.pieces import PIECE, pieces
from ..operators.registry import row
from ..operators.spec import Arrays, Observe, Seen, Step
from .storage import SCRATCH_FILL, Storage

__all__ = ["RECORDED", "Recorder", "beyond", "observe"]

RECORDED = ("recorded_crc32", "recorded_inputs", "recorded_branches", "recorded_times", "recorded_beyond")
"""What an interpreter keeps of a run that it recorded."""


def observe(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Counts of branches for one operator's inputs and outputs, in the tensors' own shapes and types.

    Empty where no branch depends on the data, or none is known to.
    """
    spec = row(step.name)
    if (
        spec is None
        or spec.observe is None
        or not isinstance(step.geometry, spec.geometry)
        or step.geometry.computed
    ):
        return {}
    if any(array is not None and not array.size for array in (*inputs, *outputs)):
        return {}
    chosen: dict[str, Arrays] = {"inputs": inputs, "outputs": outputs, "neither": ()}
    looked_at = chosen.get(spec.observe.integers, (*inputs, *outputs))
    if any(array is not None and array.dtype.kind not in "iu" for array in looked_at):
        return {}
    return _in_pieces(spec.observe, step, inputs, outputs)


def _in_pieces(observe: Observe, step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Large tensors by pieces, where counts are sums over their elements."""
    output = outputs[0] if outputs else None
    if observe.over == "nothing" or output is None or output.size <= PIECE:
        return observe.find(step, inputs, outputs)
    given = [array for array in inputs if array is not None] if observe.over == "elements" else []
    found: Counter[str] = Counter()
    for *parts, last in pieces((*given, output), output.shape):
        found.update(observe.find(step, parts or inputs, (last,)))
    return dict(found)


def beyond(step: Step, inputs: Arrays, open_in_c: str = "") -> int:
    """How many floats an operator turns into integers that cannot hold them, of those whose result is not
    known: C leaves all of them open; a device that settles them may go by the sign of what is no number."""
    spec = row(step.name)
    if spec is None or spec.converts is None or not inputs or not isinstance(step.geometry, spec.geometry):
        return 0
    bounds, data = spec.converts(step.node), inputs[0]
    if bounds is None or data is None or open_in_c == "arm":
        return 0
    if open_in_c:
        return int(np.count_nonzero(np.isnan(data)))
    low, high = bounds
    return sum(
        int(np.count_nonzero(~((numbers > low) & (numbers < high))))
        for (piece,) in pieces((data,), data.shape)
        for numbers in (piece.astype(np.float64),)
    )


class Recorder:
    """What a run's steps made, looked at before and after each of them, by its position."""

    def __init__(self, steps: Sequence[Step], storage: Storage, open_in_c: str = "") -> None:
        self._steps = steps
        self._open_in_c = open_in_c
        self._storage = storage
        self._crc32: list[tuple[int, ...]] = [() for _ in steps]
        self._seen: list[dict[str, int]] = [{} for _ in steps]
        self._times = [0] * len(steps)
        self._beyond = [0] * len(steps)

    def before(self, position: int) -> None:
        """Fill the step's scratch buffers with rubbish: nothing may rely on what they hold. Of a branch see
        which side it takes, before that spoils its condition."""
        for buffer in self._storage.scratch[position]:
            buffer.fill(SCRATCH_FILL)
        step = self._steps[position]
        if isinstance(step.geometry, IfGeometry) and step.node.inputs[0] is not None:
            flag = self._storage.arrays[step.node.inputs[0].index]
            taken = flag is not None and bool(flag.reshape(-1)[0])
            self._count(position, "steps", step.geometry.then if taken else step.geometry.otherwise)

    def _count(self, position: int, name: str, count: int) -> None:
        seen = self._seen[position]
        seen[name] = seen.get(name, 0) + count

    def after(self, position: int, calls: int) -> None:
        """Look at what the step read and wrote, and at how often it called a subgraph."""
        node, arrays = self._steps[position].node, self._storage.arrays
        outputs = [arrays[tensor.index] for tensor in node.outputs]
        inputs = [None if tensor is None else arrays[tensor.index] for tensor in node.inputs]
        self._times[position] += 1
        self._crc32[position] = tuple(crc32(array.data) for array in outputs if array is not None)
        self._beyond[position] += beyond(self._steps[position], inputs, self._open_in_c)
        found = observe(self._steps[position], inputs, outputs)
        geometry = self._steps[position].geometry
        if isinstance(geometry, WhileGeometry) and geometry.turns is None:
            found["turns"] = calls // 2
        for name, count in found.items():
            self._count(position, name, count)

    @property
    def crc32(self) -> tuple[tuple[int, ...], ...]:
        """Of every step's outputs, as its last run left them; nothing of a step that did not run."""
        return tuple(self._crc32)

    @property
    def times(self) -> tuple[int, ...]:
        """How often each step ran."""
        return tuple(self._times)

    @property
    def beyond(self) -> tuple[int, ...]:
        """Of each step the floats that it made integers of which cannot hold them, in all of its runs."""
        return tuple(self._beyond)

    @property
    def branches(self) -> tuple[Mapping[str, int], ...]:
        """Counts of branches of each step, the mean of its runs."""
        return tuple(
            seen if times < 2 else {name: round(count / times) for name, count in seen.items()}
            for seen, times in zip(self._seen, self._times, strict=True)
        )
