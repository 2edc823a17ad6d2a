"""Many inferences: all cores, several samples a kernel call, the bits of one by one.

Samples are cut into blocks. A thread takes the next block, copies it into tensors of its own, runs the
kernels, which release the GIL, and copies the outputs away: in one native call for many blocks, where the
model is one kernel (`lane`). Where the graph allows (`batched_model`), its tensors hold several samples, as
many as fit the processor's cache; else the thread has an arena as the device has it, and runs one sample
after the other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from ..deploy.common import Common
from ..deploy.deployment import Deployment
from ..errors import InputError, MicroinferError, ModelError
from ..libraries.target import DEFAULT_TARGET
from ..model.tables import Model
from ..model.whole import whole
from ..operators.prepare import prepare
from ..operators.resolver import OpResolver
from ..operators.spec import Array, Step
from .batched_model import widen
from .helping_threads import in_threads
from .lane import Lane, Queue
from .on_part import on_part
from .samples import checked_inputs, sample_shape
from .storage import in_arena

__all__ = ["Batch", "default_workers"]

WORKING_BYTES = 512 << 10
"""Of activations that a thread holds at most, unless one sample needs more: half of a usual L2 cache."""

MOST_SAMPLES = 64
ALONE_SECONDS = 2e-4
"""What takes less is done before another thread would be of help."""
_KEPT = 0
"""Where the lane is that keeps its state from call to call."""
BATCH_LIBRARY = "tflm-reference"
"""Where the tensors of several samples lie is of no device: any library's plan does."""


def default_workers() -> int:
    """As many threads as this process may use processors."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


class Batch:
    """The threads' lanes of one interpreter, kept from one call to the next.

    `steps` are its own, bound so that products are contracted or not; `arena_size` is its arena's.
    """

    def __init__(
        self,
        deployment: Deployment,
        steps: tuple[Step, ...],
        arena_size: int,
        contracts: bool,
        max_turns: int,
        resolver: OpResolver | None,
    ) -> None:
        self._deployment, self._steps = deployment, steps
        self._arena_size, self._contracts, self._max_turns = arena_size, contracts, max_turns
        self._resolver = resolver
        self._widened: tuple[int, Model, tuple[Step, ...]] | None = None
        self._cannot_widen = not self._only_builtin_operators()
        self._lanes: dict[int, list[Lane]] = {}
        self._lock = Lock()
        self._seconds = float("inf")
        """That a sample takes, as far as that has been seen."""

    def _only_builtin_operators(self) -> bool:
        resolver = self._resolver or OpResolver.builtin()
        known = OpResolver.builtin()
        return all(
            step.name in known and resolver.find(step.node.operator) is known.find(step.node.operator)
            for step in self._steps
        )

    def samples_at_once(self, samples: int, workers: int) -> int:
        """Samples that a kernel call takes: a power of two, 1 where the graph does not allow more."""
        if self._cannot_widen:
            return 1
        each = max(1, self._deployment.plan.head_bytes)
        room = min(MOST_SAMPLES, WORKING_BYTES // each, -(-samples // workers))
        wanted = 1 << max(0, room.bit_length() - 1)
        if wanted > 1 and (self._widened is None or self._widened[0] != wanted):
            self._widened = self._prepare(wanted)
            self._lanes = {count: lanes for count, lanes in self._lanes.items() if count <= 1}
            if self._widened is None:
                self._cannot_widen = True
        return 1 if self._cannot_widen else wanted

    @property
    def widened(self) -> tuple[int, Model, tuple[Step, ...]] | None:
        """How many samples, the graph for so many and its operators, of the last `samples_at_once`; None
        where it takes one."""
        return self._widened

    def _prepare(self, samples: int) -> tuple[int, Model, tuple[Step, ...]] | None:
        wide = widen(self._deployment.model, self._steps, samples)
        if wide is None:
            return None
        try:
            steps = prepare(wide, self._resolver, self._deployment.release)
        except ModelError:
            return None
        return samples, wide, on_part(self._deployment, steps) if self._contracts else steps

    def _lane(self, samples: int) -> Lane:
        if samples > 1 and self._widened is not None:
            _, wide, steps = self._widened
            plan = Common(wide, steps=steps).expect_plan(BATCH_LIBRARY, DEFAULT_TARGET)
            storage = in_arena(wide.subgraphs[0], plan, plan.head_bytes)
            return Lane(wide, steps, storage, samples, self._max_turns)
        model = self._deployment.model
        storage = in_arena(whole(model.subgraphs).graph, self._deployment.bits_plan, self._arena_size)
        return Lane(model, self._steps, storage, 1, self._max_turns)

    def _take_lanes(self, samples: int, count: int) -> list[Lane]:
        free = self._lanes.setdefault(samples, [])
        taken, free[:] = free[:count], free[count:]
        return taken + [self._lane(samples) for _ in range(count - len(taken))]

    def __call__(
        self, x: Any, workers: int | None = None, keep_state: bool = False, go_on: bool = False
    ) -> Any:
        """What `Interpreter.run_batch` does, with its arguments."""
        subgraph = self._deployment.model.subgraphs[0]
        inputs = checked_inputs(subgraph, self._deployment.model.input_names, x)
        tensors = [subgraph.tensors[index] for index in subgraph.outputs]
        outputs = [np.empty((len(inputs[0]), *sample_shape(tensor)), tensor.dtype) for tensor in tensors]
        self.run(inputs, outputs, workers, keep_state, go_on)
        return outputs[0] if len(outputs) == 1 else outputs

    def run(
        self,
        x: Sequence[Array],
        y: Sequence[Array],
        workers: int | None = None,
        keep_state: bool = False,
        go_on: bool = False,
    ) -> None:
        """Every sample of x to y: one checked array an input and an output, samples first.

        Raises:
            InputError: `workers` is no positive number.
            MicroinferError: an operator refuses a sample's data; the message says which sample.
        """
        workers = default_workers() if workers is None else workers
        if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
            raise InputError(f"workers is {workers!r}, expected a whole number of at least 1")
        total = len(x[0])
        if not total:
            return
        if keep_state:
            workers = 1
        queue = Queue(x, y)
        with self._lock:
            samples = 1 if keep_state else self.samples_at_once(total, workers)
            place = _KEPT if keep_state else samples
            alone = self._seconds * total < ALONE_SECONDS
            lanes = self._take_lanes(place, 1 if alone else min(workers, -(-total // samples)))

        refused: dict[int, tuple[int, MicroinferError]] = {}

        def work(lane: Lane) -> None:
            if not (keep_state and go_on):
                lane.restart()
            if lane.drain(queue):
                return
            for start, stop in queue.blocks(samples):
                try:
                    lane.run(x, y, start, stop, keep_state)
                except MicroinferError as error:
                    queue.stop.set()
                    refused[start] = stop, error

        try:
            in_threads(work, lanes, queue.stop)
        finally:
            with self._lock:
                self._seconds = min(lane.seconds for lane in lanes)
                self._lanes.setdefault(place, []).extend(lanes)
        if refused:  # blocks are handed out in order, and each that was is run: the first is the first of all
            start = min(refused)
            stop, error = refused[start]
            raise self._blame(error, x, y, start, stop) from error

    def _blame(
        self, error: MicroinferError, x: Sequence[Array], y: Sequence[Array], start: int, stop: int
    ) -> MicroinferError:
        """The error of the first sample of a block that has one, run by itself."""
        lane = self._lane(1)
        for position in range(start, stop):
            try:
                lane.run(x, y, position, position + 1)
            except MicroinferError as found:
                return type(error)(f"sample {position}: {found}")
        return error
