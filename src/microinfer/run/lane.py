"""What one thread of a batch owns: tensors, the kernels bound to them, and how samples go through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event, Lock
from time import perf_counter

import numpy as np

from ..model.tables import Model
from ..operators.joined_runs import BlockRun
from ..operators.spec import Array, Step
from .machine import Machine
from .samples import sample_shape
from .storage import Storage

__all__ = ["Lane", "Queue"]

CALL_SECONDS = 2e-3
"""A native call of many blocks takes about so long: then Python looks whether it is to stop."""


class Queue:
    """Samples of `x` that go to `y`, handed out in blocks to whichever lane asks next, until one stops it.

    `counter` is the first sample that nobody has taken.
    """

    def __init__(self, x: Sequence[Array], y: Sequence[Array]) -> None:
        self.x, self.y = x, y
        self.total = len(x[0])
        self.counter = np.zeros(1, np.int64)
        self.stop = Event()
        self._lock = Lock()

    def blocks(self, samples: int) -> Iterator[tuple[int, int]]:
        """(start, stop) of so many samples, or of the last ones."""
        while not self.stop.is_set():
            with self._lock:
                start = int(self.counter[0])
                self.counter[0] += samples
            if start >= self.total:
                return
            yield start, min(start + samples, self.total)


class Lane:
    """An arena, or tensors for `samples`, which run at once."""

    def __init__(
        self, model: Model, steps: Sequence[Step], storage: Storage, samples: int, max_turns: int
    ) -> None:
        subgraph = model.subgraphs[0]
        self.samples = samples
        self._subgraph = subgraph
        self._storage = storage
        self._machine = Machine(model, steps, storage, max_turns)
        self._stateful = bool(storage.lasting or storage.resources) or self._machine.remembers
        self._inputs = [self._view(index) for index in subgraph.inputs]
        self._outputs = [self._view(index) for index in subgraph.outputs]
        self._native: BlockRun | None = None
        if not self._stateful:
            self._native = self._machine.in_blocks(self._inputs, self._outputs)
        self._blocks = 1
        self.seconds = float("inf")
        """That a sample takes, as far as that has been seen."""

    def restart(self) -> None:
        """Variables to their initial state, as when the device has started."""
        self._machine.restart()

    def _view(self, index: int) -> Array:
        array = self._storage.arrays[index]
        assert array is not None
        tensor = self._subgraph.tensors[index]
        shape = tensor.shape[1:] if self.samples > 1 else sample_shape(tensor)
        return array.reshape(self.samples, *shape)

    def drain(self, queue: Queue) -> bool:
        """Run what is left in the queue in native calls of many blocks. False where there is no such way."""
        if self._native is None or not self._native.face((*queue.x, *queue.y), queue.counter):
            return False
        while queue.counter[0] < queue.total and not queue.stop.is_set():
            start = perf_counter()
            done = self._native(self._blocks)
            if done:
                each = max(perf_counter() - start, 1e-7) / done
                self.seconds = min(self.seconds, each / self.samples)
                self._blocks = max(1, min(4 * self._blocks, int(CALL_SECONDS / each)))
        return True

    def run(
        self, x: Sequence[Array], y: Sequence[Array], start: int, stop: int, keep_state: bool = False
    ) -> None:
        """Samples start to stop of x to y. Room for more is filled with the last one."""
        count = stop - start
        if self._stateful and not keep_state:
            self.restart()
        for view, source in zip(self._inputs, x, strict=True):
            view[:count] = source[start:stop]
            if count < self.samples:
                view[count:] = source[stop - 1]
        self._machine.run()
        for target, view in zip(y, self._outputs, strict=True):
            target[start:stop] = view[:count]
