"""Which architecture is best under budgets: proposals are measured first, and those that keep to them scored.

`SearchSpec` says what, `Exploration` does what the store has not, `conclude` chooses.
"""

from __future__ import annotations

from .exploration import Exploration, SearchProgress, SearchWatch
from .search_report import SearchReport, conclude
from .search_spec import SearchSpec, read_search, search_of
from .trial import Trial

__all__ = [
    "Exploration",
    "SearchProgress",
    "SearchReport",
    "SearchSpec",
    "SearchWatch",
    "Trial",
    "conclude",
    "read_search",
    "search_of",
]
