"""Real numbers that an operator without weights can make of what its inputs can hold."""

from __future__ import annotations

from .spec import Node, Reach

__all__ = ["CLAMPED_ABOVE", "OF_DIFFERENCE", "OF_PRODUCT", "OF_SUM", "PASSING", "after_activation"]

Ends = tuple[float, float]
CLAMPED_ABOVE = frozenset({"RELU6", "RELU_N1_TO_1"})
"""Fused activations at whose upper end values are meant to gather."""

PASSING = Reach(1, lambda node, ends: ends[0])
OF_SUM = Reach(2, lambda node, ends: (ends[0][0] + ends[1][0], ends[0][1] + ends[1][1]))
OF_DIFFERENCE = Reach(2, lambda node, ends: (ends[0][0] - ends[1][1], ends[0][1] - ends[1][0]))


def _product(node: Node, ends: tuple[Ends, ...]) -> Ends:
    corners = [one * other for one in ends[0] for other in ends[1]]
    return min(corners), max(corners)


OF_PRODUCT = Reach(2, _product)


def after_activation(low: float, high: float, activation: str) -> Ends:
    """What a ReLU leaves of a range."""
    if activation in {"RELU", "RELU6"}:
        low = max(low, 0.0)
        high = max(high, low)
    if activation == "RELU6":
        high = min(high, 6.0)
    return low, max(low, high)
