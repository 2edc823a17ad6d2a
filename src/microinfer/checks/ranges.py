"""Rules about ranges, computed from the weights: overflow, saturation, steps that nothing can reach."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..words.printing import counted
from .bounds import INT32_MAX, bounded
from .finding import Trouble
from .reaches import inputs_reached, real_reach, representable
from .recipes import FULL_INTEGER
from .rule import rule
from .subject import Subject, label

HALF = 127
"""Steps of 255 below which more than one of 8 bits is lost."""
PRONE = 0.25
PRONE_OF_TWO = 1 / 16
"""Share of the reachable values that the output must be able to hold, of one input or of two."""


@rule("accumulator-overflow", "warning")
def accumulator_overflow(subject: Subject) -> Iterator[Trouble]:
    """A sum of products can leave 32 bits.

    The worst case over all inputs, the bias included, is beyond an int32, where the device wraps around:
    a large positive sum becomes a large negative one. It takes inputs that follow the signs of the
    weights, so it is possible rather than certain. Usually a bias with a far too small scale.
    """
    for step, found in bounded(subject):
        beyond = np.flatnonzero((found.most > INT32_MAX) | (found.least < -INT32_MAX - 1))
        if beyond.size:
            worst = max(int(found.most.max()), -int(found.least.min()))
            yield Trouble(
                step.node.operator.place,
                f"{beyond.size} of {counted(found.least.size, 'channel')} of "
                f"{label(step.node.operator)} can sum up to "
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
    for step, found in bounded(subject):
        shifts = np.maximum(np.frexp(found.factors)[1], 0)
        largest = np.maximum(np.abs(found.most), np.abs(found.least)).astype(np.float64)
        beyond = np.flatnonzero((shifts > 0) & (largest * np.exp2(shifts) > INT32_MAX))
        if beyond.size and largest.max() <= INT32_MAX:
            yield Trouble(
                step.node.operator.place,
                f"{beyond.size} of {counted(found.least.size, 'channel')} of "
                f"{label(step.node.operator)} are shifted "
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
    for step, found in bounded(subject):
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
    for step, found in bounded(subject):
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
        reach = real_reach(step.node)
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
    for step, found in bounded(subject):
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
    for step, found in bounded(subject):
        dead = np.flatnonzero(found.low == found.high)
        if 0 < dead.size < found.low.size:
            shown = ", ".join(map(str, dead[:5])) + (", ..." if dead.size > 5 else "")
            yield Trouble(
                step.node.operator.place,
                f"{dead.size} of {counted(found.low.size, 'channel')} of "
                f"{label(step.node.operator)} are constant "
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
        reach = real_reach(step.node)
        if reach is None or reach[1] <= reach[0]:
            continue
        target = step.node.outputs[0]
        low, high = representable(target)
        shared = max(0.0, min(high, reach[1]) - max(low, reach[0]))
        prone = PRONE if inputs_reached(step.node) == 1 else PRONE_OF_TWO
        if shared < prone * (reach[1] - reach[0]):
            yield Trouble(
                step.node.operator.place,
                f"the output of {label(step.node.operator)} ({target.name!r}) holds {low:.4g} to "
                f"{high:.4g}; its inputs can make {reach[0]:.4g} to {reach[1]:.4g}: most of that saturates",
                "quantise again, inputs and output with the same representative dataset",
                FULL_INTEGER,
                certain=False,
            )
