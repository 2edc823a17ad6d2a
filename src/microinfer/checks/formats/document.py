"""JSON: everything that a check found, as `microinfer.check/1`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..check_report import CheckReport, to_document

__all__ = ["render"]


def render(reports: Sequence[CheckReport]) -> str:
    return json.dumps(to_document(tuple(reports)), indent=2, allow_nan=False)
