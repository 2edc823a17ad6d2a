"""The version that the TensorFlow Lite converter would write beside an operator.

A runtime that registers fewer versions than a file asks for refuses it, so the lowest version that
covers the types and options in use is the right one. TFLM looks at no version at all.
Source: the converter's own files and TensorFlow Lite's `tools/versioning/op_version.cc`.
"""

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
