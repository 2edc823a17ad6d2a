"""Flips in the arena: one bit changes while an operator runs, and the inference goes on.

The flip comes when the operator begins or when it has ended, one as often as the other: what it reads is
struck half of the time before it is read, and what it writes half of the time after it is written.

The arena is the device's, to the byte: whatever lives at a byte then has the flip. What TFLM keeps behind it
for itself, records with pointers, is not tried: nobody can tell what a device does with a wrong pointer.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

from ..deploy.deployment import Deployment
from ..errors import MicroinferError, TurnLimitError
from ..model.whole import whole
from ..operators.spec import Array
from ..run.machine import Machine
from ..run.storage import in_arena
from ..words.dataclass import dataclass
from .flip import Flip
from .specimen import Specimen

__all__ = ["ArenaFlips", "Strike"]


@dataclass(frozen=True, slots=True)
class Strike:
    """Where and when: bit `bit` of the arena's byte `byte`, before operator `step` of an inference, or, if
    `late`, behind it."""

    byte: int
    bit: int
    step: int
    sample: int
    inference: int
    late: bool = False


class ArenaFlips:
    """Tries flips of bits in the arena that the model works in."""

    def __init__(self, specimen: Specimen) -> None:
        interpreter = specimen.interpreter
        self._specimen = specimen
        self.plan = interpreter.bits_plan
        graph = whole(interpreter.model.subgraphs).graph
        self._graph, self._steps = graph, interpreter.steps
        self._storage = in_arena(graph, self.plan, interpreter.arena_size)
        self._machine = Machine(interpreter.model, interpreter.steps, self._storage, interpreter.max_turns)
        assert self._storage.arena is not None
        self._arena = np.frombuffer(self._storage.arena, np.uint8)
        self._head = self._arena[: self.plan.head_bytes]
        self.spans = self._spans()
        """(first byte, bytes) of what is tried: activations and scratch, and variables."""
        self.bits = 8 * sum(size for _, size in self.spans)
        self.weights, self.by_time = self._times(interpreter.deployment)
        self.outputs: list[Array] | None = None
        """Of the last flip, [1, *shape] each; None where the run did not end."""
        self._golden: dict[tuple[int, int], list[int]] = {}

    def _spans(self) -> tuple[tuple[int, int], ...]:
        head = self.plan.head_bytes
        found = [(0, head)] if head else []
        for index in self._storage.variables:
            found.append((self.plan.tensor_offsets[index], self._graph.tensors[index].size_bytes))
        found += list(self.plan.resource_places)
        return tuple((start, size) for start, size in found if size and (start >= head or start == 0))

    def _times(self, deployment: Deployment) -> tuple[Array, bool]:
        """The share of an inference that each operator takes; the same for all where one's is not known."""
        costs = deployment.costs if deployment.seconds is not None else ()
        cycles = [cost.cycles for cost in costs]
        if len(cycles) != len(self._steps) or not all(cycles) or not cycles:
            return np.full(len(self._steps), 1 / max(1, len(self._steps))), False
        made = np.array(cycles, float)
        return made / made.sum(), True

    def draw(self, seed: int, number: int) -> Strike:
        """Strike `number` of a campaign: any bit, at any time."""
        generator = np.random.default_rng([seed, 1, number])
        site = int(generator.integers(self.bits))
        step = int(generator.choice(len(self._steps), p=self.weights))
        sample = int(generator.integers(self._specimen.samples))
        inference = int(generator.integers(self._specimen.sequences or 1))
        late = bool(generator.integers(2))
        byte, bit = divmod(site, 8)
        for start, size in self.spans:
            if byte < size:
                return Strike(start + byte, bit, step, sample, inference, late)
            byte -= size
        raise AssertionError

    def try_(self, number: int, strike: Strike) -> Flip:
        """Run one sample with the flip."""
        golden = self._golden_outputs(strike.sample, strike.inference)
        repeated = 0
        why = ""
        outputs = None
        try:
            outputs, seen = self._run(strike.sample, strike)
        except TurnLimitError as error:
            outcome, changed, wrong, why = "endless", 0, 0, str(error)
        except MicroinferError as error:
            outcome, changed, wrong, why = "stopped", 0, 0, str(error)
        else:
            change = self._specimen.answers.judge(outputs, strike.sample)
            changed, wrong = change.changed, change.wrong
            outcome = "silent" if wrong else "benign" if changed else "masked"
            repeated = int(seen != golden[strike.step])
        self.outputs = outputs
        tensor, kind, start, item = self._living(strike)
        bit = 8 * ((strike.byte - start) % item) + strike.bit
        return Flip(
            number, "arena", strike.byte, strike.bit, kind, strike.step, tensor, bit, strike.sample,
            strike.inference, int(strike.late), outcome, changed, wrong, -1, repeated, why,
        )  # fmt: skip

    def _living(self, strike: Strike) -> tuple[int, str, int, int]:
        """(tensor, kind, first byte, bytes of an item) of what lives at a byte when an operator begins."""
        for index in self._storage.variables:
            start, tensor = self.plan.tensor_offsets[index], self._graph.tensors[index]
            if start <= strike.byte < start + tensor.size_bytes:
                return index, "state", start, max(1, tensor.size_bytes // max(1, tensor.elements))
        for start, size in self.plan.resource_places:
            if start <= strike.byte < start + size:
                return -1, "state", start, 1
        scopes = [scope for scope, step in enumerate(self.plan.scope_steps) if step == strike.step]
        scope = scopes[0] if scopes else -1
        for buffer in self.plan.buffers:
            if buffer.first <= scope <= buffer.last and 0 <= strike.byte - buffer.offset < buffer.size:
                if buffer.tensor is None:
                    return -1, "scratch", buffer.offset, 1
                tensor = self._graph.tensors[buffer.tensor]
                item = max(1, tensor.size_bytes // max(1, tensor.elements))
                made = (
                    buffer.first == scope and buffer.tensor in self._steps[strike.step].node.operator.outputs
                )
                return buffer.tensor, "output" if made else "activation", buffer.offset, item
        return -1, "free", 0, 1

    def _golden_outputs(self, sample: int, inference: int) -> list[int]:
        """CRC-32 of each operator's outputs in an inference without a flip."""
        if (sample, inference) not in self._golden:
            found: dict[int, int] = {}

            def after(position: int, _: int) -> None:
                found.setdefault(position, self._seen(position))

            self._feed(sample, inference)
            self._machine.run_watched(lambda _: None, after)
            self._golden[sample, inference] = [found.get(n, 0) for n in range(len(self._steps))]
        return self._golden[sample, inference]

    def _seen(self, position: int) -> int:
        arrays = [self._storage.arrays[tensor.index] for tensor in self._steps[position].node.outputs]
        found = 0
        for array in arrays:
            if array is not None:
                found = crc32(array.data, found)
        return found

    def _feed(self, sample: int, until: int) -> None:
        """From the start of the device to inference `until` of a sample, whose inputs are set."""
        self._head.fill(0)
        self._machine.restart()
        for inference in range(until):
            self._set(sample, inference)
            self._machine.run()
        self._set(sample, until)

    def _set(self, sample: int, inference: int) -> None:
        for index, x in zip(self._graph.inputs, self._specimen.x, strict=True):
            array = self._storage.arrays[index]
            assert array is not None
            given = x[sample] if self._specimen.sequences is None else x[sample][inference]
            np.copyto(array, given.reshape(array.shape))

    def _run(self, sample: int, strike: Strike) -> tuple[list[Array], int]:
        """The outputs, [1, *shape] each, and what the struck operator's own outputs were."""
        self._feed(sample, strike.inference)
        armed, seen = True, None

        def flip(position: int) -> None:
            nonlocal armed
            if armed and position == strike.step:
                armed = False
                self._arena[strike.byte] ^= 1 << strike.bit

        def before(position: int) -> None:
            if not strike.late:
                flip(position)

        def after(position: int, _: int) -> None:
            nonlocal seen
            if strike.late:
                flip(position)
            if seen is None and position == strike.step:
                seen = self._seen(position)

        self._machine.run_watched(before, after)
        for inference in range(strike.inference + 1, self._specimen.sequences or 1):
            self._set(sample, inference)
            self._machine.run()
        outputs = []
        for index, golden in zip(self._graph.outputs, self._specimen.answers.outputs, strict=True):
            array = self._storage.arrays[index]
            assert array is not None
            outputs.append(array.copy().reshape(1, *golden.shape[1:]))
        return outputs, seen or 0
