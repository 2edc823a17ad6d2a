"""What the outputs of a layer can be, computed from its weights.

A sum of products is bounded by taking, for every weight, the input that makes its product greatest or
least: [-128 - zero point, 127 - zero point]. No input can leave the bounds, few reach them. What lies
within half of them is therefore certain, what lies beyond a limit is possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..deploy.survey import Survey
from ..model.tables import Tensor
from ..operators.far_zero_points import far_tensors
from ..operators.quantization import activation_range
from ..operators.registry import row
from ..operators.spec import Step, Weights
from ..operators.weights import unpacked
from ..words.dataclass import dataclass
from .subject import Subject

INT32_MAX = (1 << 31) - 1

Known: TypeAlias = dict[tuple[object, ...], "Bounds"]
"""Bounds by all that they hang on: layers that share their weights and scales share them."""


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


def bounds(step: Step, known: Known | None = None) -> Bounds | None:
    """None where the operator has no constant int8 or int4 weights."""
    node = step.node
    spec = row(node.operator.name)
    if spec is None or spec.weights is None or node.inputs[1] is None:
        return None
    layer = spec.weights
    source, weights, target = node.inputs[spec.data_input], node.inputs[1], node.outputs[0]
    bias = node.inputs[layer.bias] if len(node.inputs) > layer.bias else None
    if source is None or weights.data is None or weights.quantization is None or target.dtype != "int8":
        return None
    if far_tensors(node):
        return None
    if bias is not None and bias.data is None:
        return None
    activation = node.options["fused_activation_function"]
    ends = (source.scale, source.zero_point, target.scale, target.zero_point)
    key = (weights, bias, activation, layer, *ends)
    if known is not None and key in known:
        return known[key]
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
    bottom, top = activation_range(activation, target)
    reached = requantize(np.stack((least, most)), factors) + target.zero_point
    np.clip(reached, bottom, top, out=reached)
    peak = int(max(rows.max(initial=0), -int(rows.min(initial=0))))
    made = Bounds(least, most, factors, reached[0], reached[1], peak)
    if known is not None:
        known[key] = made
    return made


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


def bounded(subject: Subject) -> Iterator[tuple[Step, Bounds]]:
    """The layers that have bounds, with them."""
    return iter(_bounded(subject.deployment.survey))


@lru_cache(maxsize=2)
def _bounded(survey: Survey) -> tuple[tuple[Step, Bounds], ...]:
    """Once for all rules and all parts, as long as the model is the one that is being checked."""
    known: Known = {}
    found = ((step, bounds(step, known)) for step in survey.modelled)
    return tuple((step, made) for step, made in found if made is not None and made.least.size)
