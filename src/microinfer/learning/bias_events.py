"""How often each piece of the kernels of learning biases runs: what is multiplied with prices."""

from __future__ import annotations

from .online_layer import OnlineGeometry
from .passages import Passage

__all__ = [
    "ASIDE",
    "FEATURES",
    "KINDS",
    "VARIANT",
    "aside_back_events",
    "aside_events",
    "backward_events",
    "features_events",
    "forward_events",
]

VARIANT = "biases"
FEATURES = "FEATURES_BACK"
KINDS = ("LAYER", "LARGEST", "LAYER_BACK", "AVERAGE_BACK", "LARGEST_BACK", FEATURES)
"""A layer and a pool of the largest forward, with what they keep; and what goes backwards."""
ASIDE = ("RESIDUAL", "RESIDUAL_BACK")
"""A lite residual forward, and a step of its weights."""
_BACK = {"layer": "LAYER_BACK", "average": "AVERAGE_BACK", "maximum": "LARGEST_BACK"}


def forward_events(one: Passage) -> tuple[str, dict[str, float]] | None:
    """The kind and events of a sample that is predicted; None where the operator runs as it does alone."""
    g = one.window
    if one.kind == "average":
        return None
    inside = g.vertical.inside * g.horizontal.inside
    if one.kind == "maximum":
        return "LARGEST", {
            "call": 1,
            "pixels": g.pixels,
            "outputs": g.outputs,
            "rows": g.output_c * g.output_w * g.vertical.inside,
            "taps": g.output_c * inside,
        }
    gathered = 0 if g.pointwise else g.pixels
    macs = g.outputs * g.taps * g.run
    return "LAYER", {
        "call": 1,
        "pixels": g.pixels,
        "gathered": gathered,
        "gathered_rows": gathered * g.kernel_h,
        "gathered_taps": gathered * g.taps,
        "gathered_bytes": gathered * g.taps * g.input_c,
        "outputs": g.outputs,
        "macs": macs if g.groups == 1 else 0,
        "macs_apart": 0 if g.groups == 1 else macs,
        "bits": g.outputs if one.above is not None else 0,
    }


def backward_events(one: Passage, taught: float) -> tuple[str, dict[str, float]]:
    """The kind and events of an operator backwards.

    Args:
        taught: how many outputs have a gradient.
    """
    g, through = one.window, int(one.through)
    share = taught / g.outputs
    rows = share * g.output_c * g.output_w * g.vertical.inside
    taps = share * g.output_c * g.vertical.inside * g.horizontal.inside
    events: dict[str, float] = {
        "call": 1,
        "inputs": through * g.inputs,
        "pixels": through * g.pixels,
        "outputs": g.outputs,
    }
    if one.kind == "maximum":
        return _BACK[one.kind], {"call": 1, "inputs": g.inputs, "outputs": g.outputs}
    if one.kind == "average":
        return _BACK[one.kind], events | {"rows": rows, "taps": taps}
    return _BACK[one.kind], events | {
        "bits": g.outputs if one.above is not None else 0,
        "channels": g.output_c,
        "taught": taught,
        "passed": through * g.outputs,
        "rows": through * rows,
        "taps": through * taps,
        "macs": through * taps * g.run,
    }


def features_events(g: OnlineGeometry) -> tuple[str, dict[str, float]]:
    """Of the gradient of the features."""
    return FEATURES, {"call": 1, "features": g.inputs, "macs": g.inputs * g.outputs}


def aside_events(one: Passage) -> tuple[str, dict[str, float]]:
    """Of the lite residual beside a layer, of a sample that is predicted."""
    g = one.window
    return ASIDE[0], {
        "call": 1,
        "averages": g.input_c,
        "sums": g.input_c * g.input_h * g.input_w,
        "channels": g.output_c,
        "macs": g.output_c * g.input_c,
    }


def aside_back_events(one: Passage, passed: float) -> tuple[str, dict[str, float]]:
    """Of a step of its weights.

    Args:
        passed: how many outputs the layer's activation does not clamp; all where it has none.
    """
    g = one.window
    return ASIDE[1], {
        "call": 1,
        "channels": g.output_c,
        "outputs": g.outputs,
        "bits": g.outputs if one.above is not None else 0,
        "taken": passed,
        "macs": g.output_c * g.input_c,
    }
