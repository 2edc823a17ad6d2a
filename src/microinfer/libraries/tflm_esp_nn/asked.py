"""What the operators with kernels of ESP-NN ask of the arena, beside what TFLM's own ask.

Convolutions and SOFTMAX keep the index of a buffer beside TFLM's structure. On an ESP32 and an ESP32-C3, with
the generic kernels, convolutions take no scratch and a SOFTMAX of int8 takes four bytes for each element of
its second dimension; on an ESP32-S3 the scratch of convolutions changes with ESP-NN's version and is not
known. Source: esp-tflite-micro, tensorflow/lite/micro/kernels/esp_nn, and esp-nn, src/.
"""

from __future__ import annotations

from dataclasses import replace

from ...operators.spec import Geometry
from ..demand import Demand
from ..target import Target

__all__ = ["ASKED"]

CONVOLUTIONS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D"})
INDEXED = CONVOLUTIONS | {"SOFTMAX"}
INDEX_BYTES = 4
VECTOR_CORES = frozenset({"xtensa-lx7"})
"""Cores for which ESP-NN has convolutions of their own."""


def _asked_by(name: str, geometry: Geometry, target: Target, base: Demand) -> Demand | None:
    """The demand of an operator whose like TFLM's own kernel makes; None where it is not known."""
    if name not in INDEXED:
        return base
    if name in CONVOLUTIONS and _types(geometry) == {"int8"} and target.core.name in VECTOR_CORES:
        return None
    first, *others = base.init_bytes
    found = replace(base, init_bytes=(first + INDEX_BYTES, *others))
    if name == "SOFTMAX" and _types(geometry) == {"int8"}:
        if getattr(geometry, "rows", 0) != 1:
            return None
        found = replace(found, scratch_bytes=(*found.scratch_bytes, 4 * getattr(geometry, "depth", 0)))
    return found


def _types(geometry: Geometry) -> set[str]:
    names = ("dtype", "input_dtype", "output_dtype")
    return {getattr(geometry, name) for name in names if hasattr(geometry, name)}


ASKED = dict.fromkeys(
    (*INDEXED, "ADD", "AVERAGE_POOL_2D", "FULLY_CONNECTED", "MAX_POOL_2D", "MUL"), _asked_by
)
