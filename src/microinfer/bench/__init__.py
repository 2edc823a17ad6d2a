"""Kernels over a grid of shapes: what this computer makes of them, and what a part would.

`grid` has the shapes, `measure` times and prices them, `knees` finds where more work takes less time,
`instruction_sets` says what this computer could do at most.
"""

from __future__ import annotations

from .grid import Case, grid
from .instruction_sets import InstructionSet, instruction_sets
from .knees import Knee, knees
from .measure import Host, Measurement, Modelled, Target, measure, prepare_case, targets

__all__ = [
    "Case",
    "Host",
    "InstructionSet",
    "Knee",
    "Measurement",
    "Modelled",
    "Target",
    "grid",
    "instruction_sets",
    "knees",
    "measure",
    "prepare_case",
    "targets",
]
