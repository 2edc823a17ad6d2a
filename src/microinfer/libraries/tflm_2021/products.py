"""Matrix products of CMSIS-NN in 2021: FULLY_CONNECTED, row by row whatever its rank, and with one scale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..tflm_cmsis_nn import products as today

if TYPE_CHECKING:
    from ...operators.fully_connected import FullyConnectedGeometry
    from ..target import Core


def fully_connected_variant(geometry: FullyConnectedGeometry, core: Core) -> str:
    found = today.fully_connected_variant(geometry, core)
    return "vec_mat" if found in ("conv_1x1_fast", "vec_mat_per_ch") else found


FULLY_CONNECTED = replace(today.FULLY_CONNECTED, variant=fully_connected_variant)
