"""The version that stands beside an operator that is written, as its row tells it of types and options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..operators.registry import row
from ..operators.versions import Use

__all__ = ["operator_version"]


def operator_version(
    name: str, dtypes: Sequence[str | None], shapes: Sequence[tuple[int, ...]], options: Mapping[str, Any]
) -> int:
    """The version for an operator over inputs of these types (None: left out) and shapes."""
    spec = row(name)
    return 1 if spec is None else spec.versions.of(Use(dtypes, shapes, options), spec.data_input)
