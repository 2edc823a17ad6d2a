"""The ranks that CMSIS-NN takes."""

from __future__ import annotations

RANK = 4
"""Dimensions that CMSIS-NN's shapes have."""
