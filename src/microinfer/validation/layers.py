"""Layer by layer: how far the device is from real numbers, and what its 8 bits are used for.

Two noises are told apart. That of the layer alone: its outputs against its own float reference on the
very inputs that the device gave it. And that which has gathered up to there: against the float shadow of
the whole graph. The layer whose own noise is largest is where precision is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import UnsupportedError
from ..model.tables import ITEM_BYTES, Tensor
from ..operators.reals import real_range, real_values
from ..operators.spec import Array, Real, Step
from ..run.interpreter import Interpreter
from ..words.dataclass import dataclass, replace
from .shadow import Shadow, has_reference

__all__ = ["LayerReport", "Layers"]

CLEARLY_DB = 6.0
"""So much below the median, twice the noise, a layer stands out."""


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One operator's first output, over the samples that were looked at.

    Attributes:
        sqnr_db: signal to quantisation noise that has gathered up to here; None where there is no noise,
            or no float reference.
        own_sqnr_db: that of this operator alone, given the device's inputs.
        saturated: share of outputs whose real value lies beyond what the tensor can hold, by a step or more.
        unused: share of the stored type's values outside the least and the greatest that were seen.
        low, high: least and greatest stored value that was seen.
        stands_out: own_sqnr_db is the lowest, and 6 dB or more below the median of all layers.
    """

    index: int
    operator: str
    tensor: str
    shape: tuple[int, ...]
    sqnr_db: float | None
    own_sqnr_db: float | None
    saturated: float | None
    unused: float | None
    low: int | float | None
    high: int | float | None
    stands_out: bool = False


@dataclass(slots=True, eq=False)
class _Sums:
    signal: float = 0.0
    noise: float = 0.0
    own_signal: float = 0.0
    own_noise: float = 0.0
    saturated: int = 0
    elements: int = 0
    low: float = np.inf
    high: float = -np.inf


class Layers:
    """Runs samples through the device and its float shadow, and sums up by layer.

    Args:
        interpreter: of the model; its profile and library are taken over.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._device = Interpreter(
            interpreter.model,
            interpreter.profile,
            library=interpreter.library,
            release=interpreter.release,
            resolver=interpreter.resolver,
            preserve_all_tensors=True,
            contracts=interpreter.contracts,
        )
        self._steps = tuple(
            step
            for step in self._device.first_steps
            if step.node.outputs and all(tensor.dtype in ITEM_BYTES for tensor in step.node.outputs)
        )
        self._shadow, self._alone = Shadow(self._device.model), Shadow(self._device.model)
        self._sums = {step.index: _Sums() for step in self._steps}
        self.samples = 0

    def add(self, stored: Sequence[Array]) -> None:
        """One sample: stored numbers, an array an input.

        Raises:
            UnsupportedError: the device refuses the sample's data.
        """
        device, subgraph = self._device, self._device.subgraph
        device.restart()
        self._shadow.reset()
        self._alone.reset()
        values: dict[int, Real] = {}
        for index, array in zip(subgraph.inputs, stored, strict=True):
            tensor = subgraph.tensors[index]
            device.set_tensor(index, array.reshape(tensor.shape))
            values[index] = real_values(array.reshape(tensor.shape), tensor)
        device.invoke()
        with np.errstate(all="ignore"):
            for step in device.first_steps:
                if step.node.operator.place == device.ended_at:
                    break  # and nothing behind it ran
                if step.index in self._sums:
                    self._add_layer(step, self._sums[step.index], values)
                else:
                    self._follow(step, values)
        self.samples += 1

    def _held(self, step: Step) -> dict[int, Real]:
        """The device's own inputs, in real numbers."""
        return {
            t.index: real_values(self._device.tensor(t.index)(), t)
            for t in step.node.inputs
            if t is not None and not t.is_constant and not t.is_variable
        }

    def _follow(self, step: Step, values: dict[int, Real]) -> None:
        """An operator that is no layer: what it does to the state is done in both shadows."""
        made = self._reference(self._shadow, step, values)
        self._reference(self._alone, step, self._held(step))
        values.update(zip((t.index for t in step.node.outputs), made or (), strict=False))

    def _add_layer(self, step: Step, sums: _Sums, values: dict[int, Real]) -> None:
        held = self._held(step)
        outputs = [self._device.tensor(t.index)() for t in step.node.outputs]
        reals = [real_values(array, t) for array, t in zip(outputs, step.node.outputs, strict=True)]
        shadowed = self._reference(self._shadow, step, values)
        alone = self._reference(self._alone, step, held)
        target, stored, real = step.node.outputs[0], outputs[0], reals[0]
        if stored.size:
            sums.low, sums.high = min(sums.low, float(stored.min())), max(sums.high, float(stored.max()))
        sums.elements += stored.size
        if alone is not None:
            sums.own_signal += float((alone[0] ** 2).sum())
            sums.own_noise += float(((real - alone[0]) ** 2).sum())
            sums.saturated += _beyond(alone[0], target)
        if shadowed is not None:
            sums.signal += float((shadowed[0] ** 2).sum())
            sums.noise += float(((real - shadowed[0]) ** 2).sum())
        for tensor, made in zip(step.node.outputs, shadowed if shadowed is not None else reals, strict=True):
            values[tensor.index] = made

    @staticmethod
    def _reference(shadow: Shadow, step: Step, values: dict[int, Real]) -> list[Real] | None:
        if not has_reference(step.node):
            return None
        try:
            return shadow.operator(step.node, values)
        except UnsupportedError:
            return None

    def reports(self) -> tuple[LayerReport, ...]:
        """A row an operator, in order."""
        if not self.samples:
            return ()
        made = [_report(step, sums) for step, sums in zip(self._steps, self._sums.values(), strict=True)]
        known = [row.own_sqnr_db for row in made if row.own_sqnr_db is not None]
        if not known:
            return tuple(made)
        worst = min(known)
        marked = worst <= float(np.median(known)) - CLEARLY_DB
        return tuple(replace(row, stands_out=marked and row.own_sqnr_db == worst) for row in made)


def _beyond(real: Real, tensor: Tensor) -> int:
    held = real_range(tensor)
    if held is None:
        return 0
    return int(((real <= held[0] - tensor.scale) | (real >= held[1] + tensor.scale)).sum())


def _decibels(signal: float, noise: float) -> float | None:
    return 10.0 * float(np.log10(signal / noise)) if signal > 0 and noise > 0 else None


def _report(step: Step, sums: _Sums) -> LayerReport:
    tensor = step.node.outputs[0]
    referenced = has_reference(step.node) and sums.elements > 0
    low, high = _plain(sums.low, tensor), _plain(sums.high, tensor)
    unused = None
    if tensor.dtype in ("int8", "uint8", "int16") and low is not None and high is not None:
        levels = 1 << (16 if tensor.dtype == "int16" else 8)
        unused = 1.0 - (high - low + 1) / levels
    return LayerReport(
        step.index,
        step.name,
        tensor.name,
        tensor.shape,
        _decibels(sums.signal, sums.noise),
        _decibels(sums.own_signal, sums.own_noise),
        sums.saturated / sums.elements if referenced else None,
        unused,
        low,
        high,
    )


def _plain(value: float, tensor: Tensor) -> int | float | None:
    if not np.isfinite(value):
        return None
    return float(value) if tensor.dtype.startswith("float") else int(value)


def spread(samples: Sequence[Array]) -> Iterator[list[Array]]:
    """Samples one by one, from one array [n, ...] an input."""
    for row in zip(*samples, strict=True):
        yield list(row)
