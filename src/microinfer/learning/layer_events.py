"""How often each piece of the learning layer's kernel runs: what is multiplied with prices."""

from __future__ import annotations

from .online_layer import OnlineGeometry

__all__ = ["LEARN", "PARTS", "PREDICT", "VARIANT", "layer_events"]

PREDICT, LEARN = "PREDICT", "LEARN"
PARTS = (PREDICT, LEARN)
VARIANT = "online_layer"


def layer_events(
    g: OnlineGeometry, zeros: float, impossible: float = 0, faultless: float = 0
) -> dict[str, dict[str, float]]:
    """Events of predicting one sample and of learning from it.

    Args:
        zeros: how many features are nought, at which a product in software is quick.
        impossible: how many classes have a probability of nought, of which no exponential is computed.
        faultless: how many outputs are just as they should be, so that their weights stay.
    """
    used = (g.inputs - zeros) * (g.outputs - faultless)
    return {
        PREDICT: {
            "call": 1,
            "features": g.inputs,
            "outputs": g.outputs,
            "classes": g.outputs if g.classes else 0,
            "exponentials": max(0, g.outputs - 1 - impossible) if g.classes else 0,
            "macs": (g.inputs - zeros) * g.outputs,
            "zero_macs": zeros * g.outputs,
        },
        LEARN: {
            "call": 1,
            "outputs": g.outputs,
            "targets": 0 if g.classes else g.outputs,
            "macs": used,
            "zero_macs": g.weights - g.outputs - used,
        },
    }
