"""How often each loop of bare-c runs: the kernels in C that stand beside the host's.

They are the reference kernels' loops without their bounds tests, so the counts are the reference's.
"""

from __future__ import annotations

from .reference import COUNTS

__all__ = ["COUNTS"]
