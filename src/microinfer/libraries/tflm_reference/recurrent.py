"""Layers that keep a state, of TFLM's reference kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...model.tables import ITEM_BYTES
from ..kernel import Kernel
from ..requests import INT32_BYTES
from ..software_float import ARITHMETIC
from ..templates import typed
from ..traffic import WeightTraffic

if TYPE_CHECKING:
    from ...operators.svdf import SvdfGeometry
    from ...operators.unidirectional_sequence_lstm import LstmGeometry
    from ..kernel import Counts, Observed
    from ..target import Core


def svdf_variant(geometry: SvdfGeometry, core: Core) -> str:
    return typed("reference", geometry.state_dtype)


def svdf_scratch(geometry: SvdfGeometry, core: Core) -> tuple[int, ...]:
    """Sums of filters, and of units unless the output itself has room for them."""
    sums = INT32_BYTES * geometry.batch * geometry.filters
    return (sums,) if geometry.dtype == "float32" else (sums, INT32_BYTES * geometry.batch * geometry.units)


def lstm_buffer(geometry: LstmGeometry) -> int:
    """One buffer of the state's shape, int16 or float32 as the cell is."""
    return (4 if geometry.dtype == "float32" else 2) * geometry.batch * geometry.units


def lstm_scratch(geometry: LstmGeometry, core: Core) -> tuple[int, ...]:
    return 4 * (lstm_buffer(geometry),)


def svdf_counts(g: SvdfGeometry, seen: Observed) -> Counts:
    """The state moves on by one, takes the features in, and is weighed over time."""
    filters = g.batch * g.filters
    wide = ITEM_BYTES[g.state_dtype]
    return {
        "call": 1,
        "batches": g.batch,
        "moved_bytes": (filters * g.memory - 1) * wide,
        "filters": filters,
        "feature_macs": filters * g.input_size,
        "time_macs": filters * g.memory,
        "units": g.batch * g.units,
        "ranks": filters,
    }


def lstm_counts(g: LstmGeometry, seen: Observed) -> Counts:
    """Four gates a step: two matrix products each, then activations and the cell's update."""
    steps = g.time * (1 if g.time_major else g.batch)
    cells = g.batch * g.time * g.units
    return {
        "call": 1,
        "steps": steps,
        "cells": cells,
        "input_macs": 4 * cells * g.input_size,
        "hidden_macs": 4 * cells * g.units,
    }


def svdf_traffic(g: SvdfGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs)


def lstm_traffic(g: LstmGeometry) -> WeightTraffic:
    return WeightTraffic(g.macs)


SVDF = Kernel(
    temporaries="i0 i1 i2 i3 i4 o0",
    scratch=svdf_scratch,
    variant=svdf_variant,
    counts=svdf_counts,
    traffic=svdf_traffic,
    software=ARITHMETIC,
    hybrid="weights_feature->type != kTfLiteFloat32 (9 != 1), where 9 is {weights}:",
)

UNIDIRECTIONAL_SEQUENCE_LSTM = Kernel(
    temporaries="i* o0",
    scratch=lstm_scratch,
    counts=lstm_counts,
    traffic=lstm_traffic,
    software=ARITHMETIC,
    hybrid="TFLM says nothing and takes the {weights} weights for FLOAT32, and the bytes behind them, too:",
)
