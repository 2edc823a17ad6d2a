"""Many models on many parts: every pair a row, done once and kept.

`Specification` says what, `Campaign` does what the `Store` has not, with a `Crew`; `summarise` chooses.
"""

from __future__ import annotations

from .assignments import Guards
from .campaign import Campaign, Progress
from .crew import Alone, Crew
from .hiring import hire
from .row_budgets import Budgets
from .specification import Specification, read_specification, specification_of
from .store import Store
from .summary import MEASURES, NamedRow, SweepReport, summarise
from .sweep_row import SweepRow
from .tabulation import write_csv, write_parquet

__all__ = [
    "MEASURES",
    "Alone",
    "Budgets",
    "Campaign",
    "Crew",
    "Guards",
    "NamedRow",
    "Progress",
    "Specification",
    "Store",
    "SweepReport",
    "SweepRow",
    "hire",
    "read_specification",
    "specification_of",
    "summarise",
    "write_csv",
    "write_parquet",
]
