"""Flips in flash: the model with one bit changed, on all samples, from the start of the device.

A flip that a single operator sees has that operator bound anew, and nothing else: its geometry, which memory
and work hang on, is as before. Any other flip has the whole file loaded, prepared and planned again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..deploy.common import Common
from ..deploy.deployment import deploy
from ..deploy.survey import unsized_types
from ..errors import ArenaError, FormatError, MicroinferError, Reason, TurnLimitError, UnsupportedError
from ..libraries.target import DEFAULT_TARGET
from ..model.read import load
from ..model.tables import Model, Operator, Tensor
from ..model.whole import whole
from ..operators.short_window import SHORT
from ..operators.spec import Array
from ..run.batch import BATCH_LIBRARY, Batch
from ..run.interpreter import Interpreter
from ..run.storage import in_arena
from ..words.dataclass import replace
from .alteration import alteration
from .flash_map import FlashMap, flash_map
from .flip import Flip
from .rig import Rig, can_be_rigged
from .specimen import Specimen, run_all

__all__ = ["FlashFlips"]

CERTAIN = frozenset({Reason.COUNT, Reason.FIXED_SCALE, Reason.NO_KERNEL})
"""What TFLM's own Prepare refuses. Of other reasons it checks some, and computes something with the rest."""


class FlashFlips:
    """Tries flips of a model's bits in flash."""

    def __init__(self, specimen: Specimen) -> None:
        interpreter = specimen.interpreter
        self._specimen, self._interpreter = specimen, interpreter
        self._model: Model = interpreter.model
        self.map: FlashMap = flash_map(self._model, interpreter.steps, interpreter.library)
        self._tensors = whole(self._model.subgraphs).graph.tensors
        self._rigs = self._make_rigs()
        self._alone: dict[int, bool] = {}
        self.rebuilt = 0
        """Flips for which everything was prepared again."""
        self.outputs: list[Array] | None = None
        """Of the last flip, one array [n, ...] an output of the model; None where nothing ran to its end."""

    def _make_rigs(self) -> tuple[Rig, Rig] | None:
        interpreter, model = self._interpreter, self._model
        if not can_be_rigged(model, interpreter.steps) or self._specimen.sequences is not None:
            return None
        fused, release = interpreter.contracts, interpreter.release
        storage = in_arena(model.subgraphs[0], interpreter.bits_plan, interpreter.arena_size)
        single = Rig(model, interpreter.steps, storage, 1, fused, release)
        if single.remembers:
            return None
        batch = Batch(
            interpreter.deployment,
            interpreter.steps,
            interpreter.arena_size,
            fused,
            interpreter.max_turns,
            None,
        )
        batch.samples_at_once(self._specimen.samples, 1)
        if batch.widened is None:
            return single, single
        samples, wide, steps = batch.widened
        plan = Common(wide, steps=steps).expect_plan(BATCH_LIBRARY, DEFAULT_TARGET)
        room = in_arena(wide.subgraphs[0], plan, plan.head_bytes)
        return single, Rig(wide, steps, room, samples, fused, release)

    @property
    def bits(self) -> int:
        return 8 * self.map.size

    def try_(self, number: int, site: int) -> Flip:
        """Flip bit `site` of all, and run every sample."""
        byte, bit = divmod(site, 8)
        outcome, outputs, why = self._flipped(byte, bit)
        region = self.map.region(byte)
        changed = wrong = 0
        right = -1
        if outputs is not None:
            change = self._specimen.answers.judge(outputs)
            changed, wrong = change.changed, change.wrong
            right = -1 if change.right is None else change.right
            outcome = "silent" if wrong else "benign" if changed else "masked"
        elif outcome == "masked":
            outputs = self._specimen.answers.outputs
            right = -1 if self._specimen.answers.right is None else self._specimen.answers.right
        self.outputs = outputs
        place = region.kind, region.step, region.tensor, region.bit_in_item(byte, bit)
        return Flip(number, "flash", byte, bit, *place, -1, 0, 0, outcome, changed, wrong, right, 0, why)

    def _flipped(self, byte: int, bit: int) -> tuple[str, list[Array] | None, str]:
        """(outcome, outputs, why); where there are outputs they decide."""
        if self.map.is_file and self._is_unread(byte):
            return "masked", None, ""
        holding = self.map.holding(byte)
        if holding and (not self.map.is_file or self._is_data_alone(byte)):
            found = self._rebound({i: self._with_flip(i, at, bit) for i, at in holding}, {})
            if found is not None:
                return found
        if not self.map.is_file:
            return "cannot-tell", None, "another program would be generated for these numbers"
        data = bytearray(self._model.data)
        data[byte] ^= 1 << bit
        return self._reloaded(bytes(data))

    def _is_unread(self, byte: int) -> bool:
        """Zero points are 64 bits in the file and 32 on the device, and of a constant's no kernel looks at
        another than the first. Source: micro_allocator.cc of TFLM 90b983c2, and its kernels."""
        region = self.map.region(byte)
        if region.kind != "zero-points":
            return False
        number, within = divmod(byte - region.start, 8)
        return within >= 4 or (number > 0 and self._tensors[region.tensor].is_constant)

    def _with_flip(self, index: int, at: int, bit: int) -> Tensor:
        tensor = self._tensors[index]
        assert tensor.data is not None
        data = tensor.data.copy()
        data.reshape(-1).view(np.uint8)[at] ^= 1 << bit
        data.flags.writeable = False
        return replace(tensor, data=data)

    def _is_data_alone(self, byte: int) -> bool:
        """Whether the loader reads nothing but numbers in the region of a byte: it finds the same graph where
        all of them are inverted."""
        region = self.map.region(byte)
        if region.start not in self._alone:
            data = np.frombuffer(self._model.data, np.uint8).copy()
            data[region.start : region.start + region.size] ^= 0xFF
            try:
                other = alteration(self._model, load(data.tobytes()))
            except MicroinferError:
                other = None
            own = {index for index, _ in self.map.holding(region.start)}
            self._alone[region.start] = (
                other is not None and not other.operators and other.tensors.keys() <= own
            )
        return self._alone[region.start]

    def _rebound(
        self, tensors: dict[int, Tensor], operators: dict[int, Operator]
    ) -> tuple[str, list[Array] | None, str] | None:
        """What comes of a few operators that are bound anew; None where that would not do."""
        if self._rigs is None:
            return None
        single, wide = self._rigs
        try:
            if single.altered(tensors, operators) is None:
                return None
            steps = wide.altered(tensors, operators)
        except UnsupportedError:
            return None
        if steps is None:
            return None
        try:
            return "", wide.run(self._specimen.x, steps, tensors), ""
        except TurnLimitError as error:
            return "endless", None, str(error)
        except MicroinferError as error:
            return "stopped", None, str(error)

    def _reloaded(self, data: bytes) -> tuple[str, list[Array] | None, str]:
        try:
            model = load(data)
        except FormatError as error:
            return "cannot-tell", None, f"TFLM reads a damaged file without a look: {error}"
        except UnsupportedError as error:
            return "cannot-tell", None, str(error)
        release = self._interpreter.release
        if (unsized := unsized_types(model, release)) and not unsized_types(self._model, release):
            return "refused", None, str(unsized[0])
        if (place := _cut_off(model)) and not _cut_off(self._model):
            return "cannot-tell", None, f"{place}: an option beyond 16 bits, which TFLM may cut off"
        altered = alteration(self._model, model)
        if altered is not None:
            if not altered:
                return "masked", None, ""
            found = self._rebound(dict(altered.tensors), dict(altered.operators))
            if found is not None:
                return found
        self.rebuilt += 1
        return self._rebuilt(model)

    def _rebuilt(self, model: Model) -> tuple[str, list[Array] | None, str]:
        own = self._interpreter
        deployment = deploy(model, own.profile, own.library, own.release)
        if deployment.survey.refusals:
            refusal = deployment.survey.refusals[0]
            certain = deployment.refused and refusal.error.reason in CERTAIN
            return "refused" if certain else "cannot-tell", None, str(refusal.error)
        if new := [line for line in deployment.stopped if line not in own.deployment.stopped]:
            return "cannot-tell", None, new[0]
        try:
            other = Interpreter(
                model,
                own.profile,
                library=own.library,
                release=own.release,
                arena_size=own.arena_size,
                contracts=own.contracts,
                max_turns=own.max_turns,
            )
        except ArenaError as error:
            return "refused", None, str(error)
        except MicroinferError as error:
            return "cannot-tell", None, str(error)
        if _faces(own) != _faces(other):
            return "cannot-tell", None, "the model takes or gives other tensors than the application expects"
        if other.overlaps and not own.overlaps:
            return "cannot-tell", None, other.overlaps[0]
        try:
            return "", run_all(other, self._specimen.x, self._specimen.sequences), ""
        except TurnLimitError as error:
            return "endless", None, str(error)
        except MicroinferError as error:
            return "stopped", None, str(error)


def _faces(interpreter: Interpreter) -> Sequence[tuple[tuple[int, ...], str]]:
    graph = interpreter.subgraph
    return [(graph.tensors[i].shape, graph.tensors[i].dtype) for i in (*graph.inputs, *graph.outputs)]


def _cut_off(model: Model) -> str:
    """The place of an operator with an option beyond 16 bits, "" where there is none."""
    for graph in model.subgraphs:
        for operator in graph.operators:
            numbers = (value for value in operator.options.values() if isinstance(value, int))
            if any(number not in SHORT for number in numbers):
                return operator.place
    return ""
