"""Rules about ranges, computed from the weights: overflow, saturation, steps that nothing can reach.

A sum of products is bounded by taking, for every weight, the input that makes its product greatest or
least: [-128 - zero point, 127 - zero point]. No input can leave the bounds, few reach them. What lies
within half of them is therefore certain, what lies beyond a limit is possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.tables import Tensor
from ..operators.quantization import activation_range
from ..operators.reach import after_activation
from ..operators.registry import row
from ..operators.spec import Node, Step, Weights
from ..operators.weights import unpacked
from .finding import Trouble
from .recipes import FULL_INTEGER
from .rule import rule
from .subject import Subject, label

INT32_MAX = (1 << 31) - 1
HALF = 127
"""Steps of 255 below which more than one of 8 bits is lost."""
PRONE = 0.25
PRONE_OF_TWO = 1 / 16
"""Share of the reachable values that the output must be able to hold, of one input or of two."""


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Of one operator, for every output channel: least and greatest sum, int64; real factor to the output.

    `low`, `high`: stored outputs that can be reached, int64. `weights_peak`: greatest stored magnitude.
    """

    least: NDArray[np.int64]
    most: NDArray[np.int64]
    factors: NDArray[np.float64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    weights_peak: int


def bounds(step: Step) -> Bounds | None:
    """None where the operator has no constant int8 or int4 weights."""
    return _bounds(step.node)


@lru_cache(maxsize=1024)
def _bounds(node: Node) -> Bounds | None:
    spec = row(node.operator.name)
    if spec is None or spec.weights is None or node.inputs[1] is None:
        return None
    layer = spec.weights
    source, weights, target = node.inputs[spec.data_input], node.inputs[1], node.outputs[0]
    bias = node.inputs[layer.bias] if len(node.inputs) > layer.bias else None
    if source is None or weights.data is None or weights.quantization is None or target.dtype != "int8":
        return None
    if bias is not None and bias.data is None:
        return None
    stored = unpacked(weights.data, weights)
    if layer.channels:
        rows, axis = stored.reshape(-1, weights.shape[-1]), 0
    else:
        rows, axis = stored.reshape(weights.shape[0], -1), 1
    if layer.zero_point and weights.zero_point and not weights.quantization.per_channel:
        rows = rows.astype(np.int16) - np.int16(weights.zero_point)
    above = np.maximum(rows, 0).sum(axis, dtype=np.int64)
    below = rows.sum(axis, dtype=np.int64) - above
    low, high = -128 - source.zero_point, 127 - source.zero_point
    start: Any = 0 if bias is None or bias.data is None else bias.data.reshape(-1).astype(np.int64)
    least, most = above * low + below * high + start, above * high + below * low + start
    factors = np.broadcast_to(_factors(source, weights, target, layer), least.shape)
    bottom, top = activation_range(node.options["fused_activation_function"], target)

    def output(sums: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.clip(requantize(sums, factors) + target.zero_point, bottom, top)

    peak = int(max(rows.max(initial=0), -int(rows.min(initial=0))))
    return Bounds(least, most, factors, output(least), output(most), peak)


def _factors(source: Tensor, weights: Tensor, target: Tensor, layer: Weights) -> NDArray[np.float64]:
    """Input scale x weight scale / output scale, in the precision in which TFLM prepares the operator."""
    assert weights.quantization is not None
    scales = weights.quantization.scale
    if layer.zero_point and not weights.quantization.per_channel:
        return (np.float32(source.scale) * scales).astype(np.float64) / target.scale
    return source.scale * scales.astype(np.float64) / target.scale


def requantize(sums: NDArray[np.int64], factors: NDArray[np.float64]) -> NDArray[np.int64]:
    """Sums, within 32 bits, times factors, rounded as `MultiplyByQuantizedMultiplier` of TFLM does it."""
    fractions, shifts = np.frexp(factors)
    multipliers = np.floor(fractions * (1 << 31) + 0.5).astype(np.int64)
    full = multipliers == 1 << 31
    multipliers, shifts = np.where(full, 1 << 30, multipliers), np.where(full, shifts + 1, shifts)
    multipliers = np.where(shifts < -31, 0, multipliers)
    left, right = np.clip(shifts, 0, 31), np.clip(-shifts, 0, 31)
    limits = INT32_MAX >> left
    products = (np.clip(sums, -limits, limits) << left) * multipliers
    doubled = products + np.where(products >= 0, 1 << 30, 1 - (1 << 30))
    high = np.where(doubled >= 0, doubled >> 31, -(-doubled >> 31))
    masks = (np.int64(1) << right) - 1
    made: NDArray[np.int64] = (high >> right) + ((high & masks) > (masks >> 1) + (high < 0))
    return made


def _bounded(subject: Subject) -> Iterator[tuple[Step, Bounds]]:
    for step in subject.steps:
        found = bounds(step)
        if found is not None and found.least.size:
            yield step, found


@rule("accumulator-overflow", "warning")
def accumulator_overflow(subject: Subject) -> Iterator[Trouble]:
    """A sum of products can leave 32 bits.

    The worst case over all inputs, the bias included, is beyond an int32, where the device wraps around:
    a large positive sum becomes a large negative one. It takes inputs that follow the signs of the
    weights, so it is possible rather than certain. Usually a bias with a far too small scale.
    """
    for step, found in _bounded(subject):
        beyond = np.flatnonzero((found.most > INT32_MAX) | (found.least < -INT32_MAX - 1))
        if beyond.size:
            worst = max(int(found.most.max()), -int(found.least.min()))
            yield Trouble(
                step.node.operator.place,
                f"{beyond.size} of {found.least.size} channels of {label(step.node.operator)} can sum up to "
                f"{worst:,}, beyond the {INT32_MAX:,} of an int32, first in channel {beyond[0]}",
                "look at the bias and the scale of the weights of these channels; quantise the layer again",
                certain=False,
            )


@rule("requantisation-overflow", "warning")
def requantisation_overflow(subject: Subject) -> Iterator[Trouble]:
    """A sum can leave 32 bits when it is rescaled.

    Where input scale x weight scale / output scale is 1 or more, kernels shift the sum left before they
    multiply, without a check: what leaves 32 bits wraps, and an output that should saturate at 127 jumps
    to the other end. The output's scale is too fine for what the layer computes.
    """
    for step, found in _bounded(subject):
        shifts = np.maximum(np.frexp(found.factors)[1], 0)
        largest = np.maximum(np.abs(found.most), np.abs(found.least)).astype(np.float64)
        beyond = np.flatnonzero((shifts > 0) & (largest * np.exp2(shifts) > INT32_MAX))
        if beyond.size and largest.max() <= INT32_MAX:
            yield Trouble(
                step.node.operator.place,
                f"{beyond.size} of {found.least.size} channels of {label(step.node.operator)} are shifted "
                f"left by up to {int(shifts.max())} bits before they are rescaled, and can leave 32 bits",
                "quantise again with a representative dataset that makes this output as large as it gets",
                FULL_INTEGER,
                certain=False,
            )


@rule("wasted-weight-range", "warning")
def wasted_weight_range(subject: Subject) -> Iterator[Trouble]:
    """Weights use half of their 8 bits or less.

    The largest stored weight is below 64 where 127 could be: a bit or more of precision is lost for
    nothing. The scale was not taken from these weights: they were edited, pruned or clipped after
    calibration, or a tool wrote a default.
    """
    for step, found in _bounded(subject):
        weights = step.node.inputs[1]
        limit = 7 if weights is not None and weights.dtype == "int4" else HALF
        if 0 < found.weights_peak <= limit // 2:
            lost = int(np.log2(limit / found.weights_peak))
            yield Trouble(
                step.node.operator.place,
                f"the weights of {label(step.node.operator)} reach {found.weights_peak} of {limit}: {lost} "
                f"of {8 if limit == HALF else 4} bits are never used",
                "quantise the weights again, from their own largest magnitude",
            )


@rule("wasted-output-range", "warning")
def wasted_output_range(subject: Subject) -> Iterator[Trouble]:
    """An output can reach less than half of the numbers that its scale provides.

    Whatever the input, at most 127 of the 255 steps are ever taken, so a bit or more of precision is lost
    for nothing: the scale is too coarse, or a ReLU leaves the lower half of a symmetric range empty.
    Calibrate with data that looks like the real one, and let the activation be fused.
    """
    for step, found in _bounded(subject):
        low, high = int(found.low.min()), int(found.high.max())
        if low < high <= low + HALF:
            yield Trouble(
                step.node.operator.place,
                f"the output of {label(step.node.operator)} ({step.node.outputs[0].name!r}) can reach {low} "
                f"to {high} only, {high - low + 1} of 256 numbers, whatever the input",
                "quantise again with a representative dataset; the layer's scale is "
                f"{255 / (high - low):.2g} times too coarse",
                FULL_INTEGER,
            )
    for step in subject.steps:
        reach = _reach(step.node)
        if reach is not None and (width := reach[1] - reach[0]) > 0:
            target = step.node.outputs[0]
            if width < target.scale * HALF:
                yield Trouble(
                    step.node.operator.place,
                    f"the output of {label(step.node.operator)} ({target.name!r}) can span {width:.4g} only, "
                    f"where its scale provides {target.scale * 255:.4g}",
                    "quantise again with a representative dataset: the output's scale is "
                    f"{target.scale * 255 / width:.2g} times too coarse",
                    FULL_INTEGER,
                )


@rule("constant-output", "warning")
def constant_output(subject: Subject) -> Iterator[Trouble]:
    """An operator gives the same numbers whatever its input.

    Every channel's bounds round to one number: the layer is dead, and so is what feeds it. Either the
    scales are wrong, or training killed the layer.
    """
    for step, found in _bounded(subject):
        if (found.low == found.high).all():
            yield Trouble(
                step.node.operator.place,
                f"{label(step.node.operator)} gives the same output for every input: its sums, rescaled, all "
                "round or saturate to one number a channel",
                "check the scales of input, weights and output, and the layer's training",
                FULL_INTEGER,
            )


@rule("dead-channels", "note")
def dead_channels(subject: Subject) -> Iterator[Trouble]:
    """Channels of a layer give the same number whatever the input.

    Their weights are zero, or too small for the output's scale, or a ReLU cuts off all they can reach.
    They cost flash, memory and time like any other: prune them.
    """
    for step, found in _bounded(subject):
        dead = np.flatnonzero(found.low == found.high)
        if 0 < dead.size < found.low.size:
            shown = ", ".join(map(str, dead[:5])) + (", ..." if dead.size > 5 else "")
            yield Trouble(
                step.node.operator.place,
                f"{dead.size} of {found.low.size} channels of {label(step.node.operator)} are constant "
                f"({shown})",
                "prune them, and what reads them, before conversion",
            )


@rule("saturating-scale", "warning")
def saturating_scale(subject: Subject) -> Iterator[Trouble]:
    """An output holds far less than its inputs can make.

    Less than a quarter, or a sixteenth for sums and products, whose inputs seldom peak together: what is
    beyond saturates. With inputs that were calibrated on the same data as the output the ranges agree much
    better, so one of them was not, or was edited.
    """
    for step in subject.steps:
        reach = _reach(step.node)
        if reach is None or reach[1] <= reach[0]:
            continue
        target = step.node.outputs[0]
        low, high = _representable(target)
        shared = max(0.0, min(high, reach[1]) - max(low, reach[0]))
        prone = PRONE if _inputs_reached(step.node) == 1 else PRONE_OF_TWO
        if shared < prone * (reach[1] - reach[0]):
            yield Trouble(
                step.node.operator.place,
                f"the output of {label(step.node.operator)} ({target.name!r}) holds {low:.4g} to "
                f"{high:.4g}; its inputs can make {reach[0]:.4g} to {reach[1]:.4g}: most of that saturates",
                "quantise again, inputs and output with the same representative dataset",
                FULL_INTEGER,
                certain=False,
            )


def _representable(tensor: Tensor) -> tuple[float, float]:
    """Real values of a quantised int8 tensor; those that are there, if it is a constant."""
    low, high = -128, 127
    if tensor.data is not None and tensor.data.size:
        low, high = int(tensor.data.min()), int(tensor.data.max())
    return (low - tensor.zero_point) * tensor.scale, (high - tensor.zero_point) * tensor.scale


def _inputs_reached(node: Node) -> int:
    spec = row(node.operator.name)
    return 0 if spec is None or spec.reach is None else spec.reach.inputs


def _reach(node: Node) -> tuple[float, float] | None:
    """Real values that an operator without weights can make of what its inputs can hold."""
    spec = row(node.operator.name)
    if spec is None or spec.reach is None:
        return None
    count = spec.reach.inputs
    inputs = node.inputs[:1] if count == 1 else node.inputs
    given = [tensor for tensor in inputs if tensor is not None]
    if any(t is None or t.dtype != "int8" or t.quantization is None for t in (*inputs, *node.outputs)):
        return None
    if len(given) != count:
        return None
    low, high = spec.reach.find(node, tuple(map(_representable, given)))
    return after_activation(low, high, node.options.get("fused_activation_function", "NONE"))
