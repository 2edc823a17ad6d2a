"""Kernels over a grid of shapes: what this computer makes of them, and what a part would.

`grid` has the shapes, `measure` times and prices them, `knees` finds where more work takes less time.
"""

from __future__ import annotations

from .grid import Case, grid
from .knees import Knee, knees
from .measure import Host, Measurement, Modelled, Target, measure, prepare_case, targets

__all__ = [
    "Case",
    "Host",
    "Knee",
    "Measurement",
    "Modelled",
    "Target",
    "grid",
    "knees",
    "measure",
    "prepare_case",
    "targets",
]
