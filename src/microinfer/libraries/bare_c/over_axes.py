"""Parameters of the kernels in C that go over axes: what is kept, and what is reduced to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...operators.mean import ReduceGeometry
from ..loops import REDUCTION_AXES, nested, reduction_runs
from .c_source import Parameters, float_literal
from .call import Call, unsupported

if TYPE_CHECKING:
    from .call import Place

__all__ = ["over_axes"]


def over_axes(
    place: Place, function: str, divisor: int = 1, rescaling: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> Sequence[Call]:
    """The call of a kernel of mi_over_parameters; `rescaling`: bias, multiplier, shift and zero point."""
    g = place.step.geometry
    assert isinstance(g, ReduceGeometry)
    kept, reduced = reduction_runs(g)
    if max(len(kept), len(reduced)) > REDUCTION_AXES:
        raise unsupported(place.step, f"alternates over more than {REDUCTION_AXES} groups of axes")
    lists = [nested(runs, REDUCTION_AXES) for runs in (kept, reduced)]
    bias, multiplier, shift, zero_point = rescaling
    parameters = Parameters(
        "mi_over_parameters",
        place.name,
        (
            ("kept_size", "uint16_t", [size for size, _ in lists[0]]),
            ("kept_stride", "uint16_t", [step for _, step in lists[0]]),
            ("reduced_size", "uint16_t", [size for size, _ in lists[1]]),
            ("reduced_stride", "uint16_t", [step for _, step in lists[1]]),
            ("kept_outer", "uint8_t", max(0, len(kept) - 1)),
            ("reduced_outer", "uint8_t", max(0, len(reduced) - 1)),
            ("divisor", "float", float_literal(divisor)),
            ("bias", "int32_t", bias),
            ("multiplier", "int32_t", multiplier),
            ("shift", "int8_t", shift),
            ("zero_point", "int16_t", zero_point),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("extremes.c", function, arguments, (parameters,))]
