"""TFLM's reference kernels of 2023 whose memory, or types, are not today's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..requests import INT32_BYTES
from ..tflm_reference import moving, reductions, shaping
from .lacking import lacking

if TYPE_CHECKING:
    from ...operators.concatenation import ConcatenationGeometry
    from ...operators.mean import ReduceGeometry
    from ..layout import StructLayout
    from ..target import Core


def concatenation_scales(g: ConcatenationGeometry, core: Core, layout: StructLayout) -> tuple[int, ...]:
    """Of int8 data the scales and zero points of all inputs."""
    return (INT32_BYTES * len(g.copy_bytes),) * 2 if g.dtype == "int8" else ()


def concatenation_temporaries(g: ConcatenationGeometry) -> str:
    return "i0 o0 i* o0 + + i*" if g.dtype == "int8" else "i0 o0 i* o0"


def sum_scratch(g: ReduceGeometry, core: Core) -> tuple[int, ...]:
    """Sums alone: axes and indices are on the stack."""
    return reductions.sum_scratch(g, core)[:1] if g.dtype in ("int8", "int16") else ()


CONCATENATION = replace(
    moving.CONCATENATION, temporaries=concatenation_temporaries, persistent=concatenation_scales
)
PACK = lacking(moving.PACK, "int16")
SLICE = lacking(shaping.SLICE, "bool")
TRANSPOSE = lacking(moving.TRANSPOSE, "int16")
UNPACK = lacking(moving.UNPACK, "int16")
MEAN = replace(reductions.MEAN, scratch=sum_scratch)
SUM = replace(reductions.SUM, scratch=sum_scratch)
