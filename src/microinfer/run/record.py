"""What a run's data say about its price: how many elements took each branch of a kernel.

Prices differ by branch: a negative number is rescaled by other instructions than a positive one, a
saturated input of a sigmoid needs no exponential. Counted beside a run, over the arrays that went in
and came out; the counts bear the names of `firmware.events`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor, frexp
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..libraries.geometries import is_modelled
from ..model.tables import Tensor
from ..operators.arg_max import ArgMaxGeometry
from ..operators.logistic import ActivationGeometry
from ..operators.softmax import SoftmaxGeometry
from ..operators.spec import Array, Node, Step

__all__ = ["observe"]

Seen: TypeAlias = dict[str, int]
Arrays: TypeAlias = Sequence["Array | None"]
Find: TypeAlias = Callable[[Step, Arrays, Arrays], Seen]
_INPUTS, _OUTPUTS, _BOTH = "inputs", "outputs", "inputs and outputs"


def observe(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Counts of branches for one operator's inputs and outputs, in the tensors' own shapes and types.

    Empty where no branch depends on the data, or none is known to.
    """
    found = _OBSERVE.get(step.name)
    if found is None or not is_modelled(step.name, step.geometry):
        return {}
    find, integers = found
    if any(array is not None and not array.size for array in (*inputs, *outputs)):
        return {}
    looked_at = (*inputs, *outputs) if integers == _BOTH else inputs if integers == _INPUTS else outputs
    if any(array is not None and array.dtype.kind not in "iu" for array in looked_at):
        return {}
    return find(step, inputs, outputs)


def _centred(array: Array | None, tensor: Tensor | None) -> NDArray[np.int64]:
    """Stored values less their zero point."""
    assert array is not None
    assert tensor is not None
    return np.subtract(array, tensor.zero_point, dtype=np.int64)


def _count(mask: Any) -> int:
    return int(np.count_nonzero(mask))


def _sums(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Operators that rescale a sum: its sign shows in the output, unless an activation hides it."""
    node, values = step.node, _centred(outputs[0], step.node.outputs[0])
    hidden = node.operator.options.get("fused_activation_function", 0) in {1, 3}
    return {"negative_sums": _count(values <= 0 if hidden else values < 0)}


def _elements(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    return {"negatives": _count(_centred(inputs[0], step.node.inputs[0]) < 0)}


def _both(
    node: Node, inputs: Arrays, outputs: Arrays
) -> tuple[NDArray[np.int64], NDArray[np.int64], float, float]:
    shape = node.outputs[0].shape
    first, second = node.inputs[0], node.inputs[1]
    return (
        np.broadcast_to(_centred(inputs[0], first), shape),
        np.broadcast_to(_centred(inputs[1], second), shape),
        first.scale if first is not None else 0.0,
        second.scale if second is not None else 0.0,
    )


def _add(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    a, b, scale_a, scale_b = _both(step.node, inputs, outputs)
    sums = a * scale_a + (b * scale_b if step.name == "ADD" else b * -scale_b)
    return {
        "negatives": _count(a < 0) + _count(b < 0),
        "negative_sums": _count(sums < 0),
    }


def _prelu(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    x, alpha, _, _ = _both(step.node, inputs, outputs)
    return {"negatives": _count(x < 0), "negative_sums": _count((x < 0) & (alpha > 0))}


def _arg_max(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """How often a larger value takes the place of the largest so far; of ARG_MIN a smaller one."""
    geometry = step.geometry
    assert isinstance(geometry, ArgMaxGeometry)
    values = _centred(inputs[0], step.node.inputs[0])
    pick = np.minimum if step.name == "ARG_MIN" else np.maximum
    largest = pick.accumulate(values, axis=geometry.axis)
    return {"replacements": _count(np.diff(largest, axis=geometry.axis))}


def _comparison(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    a, b, _, _ = _both(step.node, inputs, outputs)
    return {"negatives": _count(a < 0) + _count(b < 0)}


def _mul(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    a, b, _, _ = _both(step.node, inputs, outputs)
    return {"negative_sums": _count(a * b < 0)}


def _activation(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """The exponential multiplies once for each set bit of its argument's quarters."""
    geometry = step.geometry
    assert isinstance(geometry, ActivationGeometry)
    tensor = step.node.inputs[0]
    x = _centred(inputs[0], tensor)
    if geometry.dtype != "int8" or tensor is None:
        return {}
    evaluated = abs(x) < geometry.radius
    steps = 4 if step.name == "LOGISTIC" else 8
    quarters = np.ceil(abs(x[evaluated]) * (tensor.scale * steps)).astype(np.int64) - 1
    unset = sum(_count(~quarters >> position & 1) for position in range(6))
    return {
        "saturated_high": _count(x >= geometry.radius),
        "exponentials": _count(evaluated),
        "negative_exponentials": _count(evaluated & (x < 0)),
        "unset_bits": unset,
    }


def _softmax(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """The exponential multiplies once for each bit that is set in its argument's seven upper bits."""
    geometry = step.geometry
    assert isinstance(geometry, SoftmaxGeometry)
    tensor = step.node.inputs[0]
    if geometry.input_dtype != "int8" or inputs[0] is None or tensor is None:
        return {}
    rows = inputs[0].reshape(geometry.rows, geometry.depth).astype(np.int64)
    difference = rows - rows.max(axis=1, keepdims=True)
    evaluated = difference[difference >= geometry.diff_min]
    fraction, exponent = frexp(min(step.node.options.get("beta", 1.0) * tensor.scale * 2**26, 2.0**31 - 1))
    right = min(31 - exponent, 62)
    half = 1 << (right - 1) if right else 0
    values = (evaluated * floor(fraction * 2**31 + 0.5) + half) >> right
    within = (values & 0xFFFFFF) - (1 << 24)
    bits = ((within - values) >> 24) & 0x7F
    unset = sum(_count(~bits >> position & 1) for position in range(7))
    return {"exponentials": len(evaluated), "unset_bits": unset}


def _hard_swish(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Values go to a scale on which 3.0 is 32768 by a shift, to the left if the input's scale is coarse;
    only there can they saturate."""
    tensor = step.node.inputs[0]
    scale = tensor.scale if tensor is not None else 1.0
    x = _centred(inputs[0], tensor)
    left = frexp(scale / 128 / 3 * 32768)[1] > 0
    unclipped = (abs(x * scale) < 3) if left else np.zeros(x.shape, bool)
    return {
        "negatives": _count(x < 0),
        "shifted_left": x.size * left,
        "negatives_shifted_left": _count(x < 0) * left,
        "unclipped": _count(unclipped),
        "unclipped_negatives": _count(unclipped & (x < 0)),
    }


def _average(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    return {"negative_sums": 0 if outputs[0] is None else _count(outputs[0] < 0)}


def _dequantize(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Software floating point is quicker where the significand is that of a power of two.

    It normalises a number within its highest byte bit by bit, and a product of small significands once more.
    """
    source = step.node.inputs[0]
    centred = _centred(inputs[0], source)
    x = abs(centred)
    fractions, exponents = np.frexp(x.astype(np.float64))
    scale = frexp(source.scale)[0] if source is not None else 0.0
    return {
        "full_significands": _count(x & (x - 1)),
        "nonzeros": _count(x),
        "negatives": _count(centred < 0),
        "normalised_bits": int(np.sum(-exponents % 8)),
        "normalised_products": _count((x > 0) & (fractions * scale < 0.5)),
    }


def _quantize(step: Step, inputs: Arrays, outputs: Arrays) -> Seen:
    """Of integers their signs. Of floats, what the loops of a division in software, of its truncation and of
    the fraction that is left go through: bytes and bits to shift."""
    target, x = step.node.outputs[0], inputs[0]
    if x is None or target is None or x.dtype.kind != "f":
        return _elements(step, inputs, outputs)
    with np.errstate(all="ignore"):
        quotients = abs(np.nan_to_num(x / np.float32(target.scale)).astype(np.float64))
    usual = quotients[(quotients >= 1) & (quotients < 131072)]
    whole = np.floor(usual)
    fractions = usual - whole
    exponents = np.frexp(usual)[1]
    right = 24 - exponents
    cancelled = np.where(fractions > 0, exponents - np.frexp(fractions)[1], 0)
    return {
        "negatives": _count(x < 0),
        "zeros": _count(x == 0),
        "whole_quotients": _count(fractions == 0),
        "truncations": usual.size,
        "truncated_bytes": int(np.sum(right // 8)),
        "truncated_bits": int(np.sum(right % 8)),
        "cancelled_bits": int(np.sum(cancelled)),
    }


_OBSERVE: Mapping[str, tuple[Find, str]] = MappingProxyType(
    {
        "ADD": (_add, _BOTH),
        "ARG_MAX": (_arg_max, _BOTH),
        "ARG_MIN": (_arg_max, _BOTH),
        "AVERAGE_POOL_2D": (_average, _BOTH),
        "BATCH_MATMUL": (_sums, _BOTH),
        "CONV_2D": (_sums, _BOTH),
        "DEPTHWISE_CONV_2D": (_sums, _BOTH),
        "DEQUANTIZE": (_dequantize, _INPUTS),
        "EQUAL": (_comparison, _INPUTS),
        "FULLY_CONNECTED": (_sums, _BOTH),
        "GREATER": (_comparison, _INPUTS),
        "GREATER_EQUAL": (_comparison, _INPUTS),
        "HARD_SWISH": (_hard_swish, _BOTH),
        "LEAKY_RELU": (_elements, _BOTH),
        "LESS": (_comparison, _INPUTS),
        "LESS_EQUAL": (_comparison, _INPUTS),
        "LOGISTIC": (_activation, _BOTH),
        "MEAN": (_sums, _BOTH),
        "MUL": (_mul, _BOTH),
        "NOT_EQUAL": (_comparison, _INPUTS),
        "PRELU": (_prelu, _BOTH),
        "QUANTIZE": (_quantize, _OUTPUTS),
        "RELU": (_elements, _BOTH),
        "SOFTMAX": (_softmax, _BOTH),
        "SUB": (_add, _BOTH),
        "SUM": (_sums, _BOTH),
        "TANH": (_activation, _BOTH),
        "TRANSPOSE_CONV": (_sums, _BOTH),
    }
)
"""Operator to how it is looked at, and which of its arrays must hold integers."""
