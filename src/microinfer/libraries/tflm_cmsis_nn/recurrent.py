"""Layers that keep a state, of CMSIS-NN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ...operators.unidirectional_sequence_lstm import BIASES, HIDDEN, WEIGHTS
from ..fault import fails, other_bits
from ..kernel import Inner
from ..requests import INT32_BYTES, INT64_BYTES
from ..templates import typed
from ..tflm_reference import recurrent as reference
from ..tflm_reference.recurrent import lstm_buffer
from .other_types import other_type

if TYPE_CHECKING:
    from ...operators.spec import Step
    from ...operators.svdf import SvdfGeometry
    from ...operators.unidirectional_sequence_lstm import LstmGeometry
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target


FAST_COLUMNS = 512
"""Inputs that an int16 product sums in 32 bits, before it goes on in 64."""


def svdf_variant(geometry: SvdfGeometry, core: Core) -> str:
    if geometry.dtype == "float32":
        return typed("reference", geometry.dtype)
    return "svdf_s8" if geometry.state_dtype == "int8" else "svdf_state_s16_s8"


def lstm_variant(geometry: LstmGeometry, core: Core) -> str:
    return "lstm_s8" if geometry.dtype == "int8" else other_type(geometry.dtype, "lstm")


def lstm_scratch(geometry: LstmGeometry, core: Core) -> tuple[int, ...]:
    return (4 if geometry.dtype == "float32" else 3) * (lstm_buffer(geometry),)


def svdf_sums(geometry: SvdfGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return (INT32_BYTES * geometry.filters,) if core.mve and geometry.dtype == "int8" else ()


def lstm_persistent(geometry: LstmGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """Biases and what zero points add, for each of four gates and two products."""
    each = {"int8": INT32_BYTES, "int16": INT64_BYTES}.get(geometry.dtype)
    return () if each is None else 8 * (each * geometry.units,)


def svdf_counts(g: SvdfGeometry, seen: Observed) -> Counts:
    """Features by `arm_nn_vec_mat_mult_t_s8`, then the state over time, two or four steps at a time."""
    fours, ones = divmod(g.input_size, 4)
    pairs, odd = g.batch * (g.filters // 2), g.batch * (g.filters % 2)
    step = 2 if g.state_dtype == "int16" else 4
    filters = g.batch * g.filters
    return {
        "call": 1,
        "batches": g.batch,
        "moved_bytes": (filters * g.memory - 1) * (2 if step == 2 else 1),
        "pairs": pairs,
        "pair_fours": pairs * fours,
        "pair_ones": pairs * ones,
        "odd": odd,
        "odd_fours": odd * fours,
        "odd_ones": odd * ones,
        "filters": filters,
        "time_steps": filters * (g.memory // step),
        "time_ones": filters * (g.memory % step),
        "units": g.batch * g.units,
        "ranks": filters if g.rank > 1 else 0,
    }


def lstm_counts(g: LstmGeometry, seen: Observed) -> Counts:
    """Vector by matrix products, two outputs and four inputs at a time: four a step over the input, and
    four over the hidden state, which the first step does not have. Of int16 no more than 512 inputs are
    taken so."""
    runs, later = 4 * g.batch * g.time, 4 * g.batch * (g.time - 1)
    most = FAST_COLUMNS if g.dtype == "int16" else max(g.input_size, g.units)
    input_fours, unit_fours = min(g.input_size, most) // 4, min(g.units, most) // 4
    fours = runs * input_fours + later * unit_fours
    ones = runs * (g.input_size - 4 * input_fours) + later * (g.units - 4 * unit_fours)
    products = runs + later
    steps = g.time * (1 if g.time_major else g.batch)
    cells = g.batch * g.time
    return {
        "call": 1,
        "batches": g.batch,
        "steps": steps,
        "products": products,
        "cell_pairs": cells * (g.units // 2),
        "cell_odd": cells * (g.units % 2),
        "pairs": products * (g.units // 2),
        "pair_fours": fours * (g.units // 2),
        "pair_ones": ones * (g.units // 2),
        "odd": products * (g.units % 2),
        "odd_fours": fours * (g.units % 2),
        "odd_ones": ones * (g.units % 2),
    }


def svdf_faults(step: Step, g: SvdfGeometry, target: Target) -> Iterator[Fault]:
    """The state's values are not clamped to int8, and its zero point is not looked at."""
    if g.dtype == "float32":
        return
    source, features, state = step.node.inputs[0], step.node.inputs[1], step.node.inputs[4]
    if source is None or features is None or state is None:
        return
    if target.core.mve and features.data is None:
        yield fails(
            "AllocateTensors fails: with MVE TFLM sums up the features' weights, which are not constant"
        )
    if g.state_dtype != "int8":
        return
    if state.zero_point:
        yield other_bits(f"CMSIS-NN leaves out the state's zero point, {state.zero_point}")
        return
    if features.data is None:
        yield other_bits("CMSIS-NN wraps features that leave int8, the reference clamps them", certain=False)
        return
    weights = np.asarray(features.data, np.int64)
    ends = np.stack([weights * (end - source.zero_point) for end in (-128, 127)])
    scale = source.scale * features.scale / state.scale
    low, high = ends.min(0).sum(1).min() * scale, ends.max(0).sum(1).max() * scale
    if low < -128.5 or high >= 127.5:
        yield other_bits(
            f"CMSIS-NN wraps features that leave int8, the reference clamps them; here they can reach "
            f"{low:.0f} to {high:.0f}",
            certain=False,
        )


def lstm_faults(step: Step, g: LstmGeometry, target: Target) -> Iterator[Fault]:
    """The hidden state is where the output is, and nothing of it is kept from one run to the next."""
    if g.dtype == "float32":
        return
    if g.dtype == "int16":
        yield from lstm_int16_faults(step, g, target)
    yield other_bits(
        "from the second run on CMSIS-NN starts with an empty state, the reference with the last run's: call "
        "Reset() between sequences, where both are the same",
        certain=False,
    )


def lstm_int16_faults(step: Step, g: LstmGeometry, target: Target) -> Iterator[Fault]:
    hidden = step.node.inputs[HIDDEN]
    if hidden is not None and hidden.zero_point:
        yield other_bits(
            f"CMSIS-NN leaves the hidden state out of the first step, the reference takes its zero for "
            f"{-hidden.zero_point}, as the zero point says"
        )
    if not target.core.mve:
        return
    for position in BIASES:
        bias, weights = step.node.inputs[position], step.node.inputs[position - BIASES.start + WEIGHTS.start]
        if bias is None or bias.data is None or weights is None or weights.data is None:
            continue
        far = np.abs(np.asarray(bias.data, np.int64))
        sums = np.abs(np.asarray(weights.data[:, :FAST_COLUMNS], np.int64)).sum(axis=1) << 15
        if (largest := int((far + sums).max(initial=0))) >= 1 << 31:
            yield other_bits(
                f"CMSIS-NN with MVE keeps bias and sum of inputs[{position}] in 32 bits, and they can reach "
                f"{largest:,}",
                certain=int(far.max(initial=0)) >= 1 << 31,
            )


SVDF = replace(
    reference.SVDF,
    persistent=svdf_sums,
    variant=svdf_variant,
    inner=MappingProxyType({"svdf_s8": Inner(svdf_counts), "svdf_state_s16_s8": Inner(svdf_counts)}),
    faults=svdf_faults,
)

UNIDIRECTIONAL_SEQUENCE_LSTM = replace(
    reference.UNIDIRECTIONAL_SEQUENCE_LSTM,
    persistent=lstm_persistent,
    scratch=lstm_scratch,
    variant=lstm_variant,
    inner=MappingProxyType({"lstm_s8": Inner(lstm_counts), "lstm_s16": Inner(lstm_counts)}),
    faults=lstm_faults,
)
