"""Layers that keep a state, of CMSIS-NN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ..fault import fails, other_bits
from ..kernel import Inner
from ..requests import INT32_BYTES
from ..tflm_reference import recurrent as reference
from ..tflm_reference.recurrent import lstm_buffer

if TYPE_CHECKING:
    from ...operators.spec import Step
    from ...operators.svdf import SvdfGeometry
    from ...operators.unidirectional_sequence_lstm import LstmGeometry
    from ..fault import Fault
    from ..kernel import Counts, Observed
    from ..layout import StructLayout
    from ..target import Core, Target


def svdf_variant(geometry: SvdfGeometry, core: Core) -> str:
    return "svdf_s8" if geometry.state_dtype == "int8" else "svdf_state_s16_s8"


def lstm_variant(geometry: LstmGeometry, core: Core) -> str:
    return "lstm_s8"


def lstm_scratch(geometry: LstmGeometry, core: Core) -> tuple[int, ...]:
    return 3 * (lstm_buffer(geometry),)


def svdf_sums(geometry: SvdfGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return (INT32_BYTES * geometry.filters,) if core.mve else ()


def lstm_persistent(geometry: LstmGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    return 8 * (INT32_BYTES * geometry.units,)


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
    four over the hidden state, which the first step does not have."""
    runs, later = 4 * g.batch * g.time, 4 * g.batch * (g.time - 1)
    fours = runs * (g.input_size // 4) + later * (g.units // 4)
    ones = runs * (g.input_size % 4) + later * (g.units % 4)
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
    yield other_bits(
        "from the second run on CMSIS-NN starts with an empty state, the reference with the last run's: call "
        "Reset() between sequences, where both are the same",
        certain=False,
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
    inner=MappingProxyType({"lstm_s8": Inner(lstm_counts)}),
    faults=lstm_faults,
)
