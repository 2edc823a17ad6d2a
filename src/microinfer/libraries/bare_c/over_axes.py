"""Parameters of the kernels in C that go over axes: what is kept, and what is reduced to one."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from ...operators.mean import ReduceGeometry
from ..loops import REDUCTION_AXES, nested, reduction_runs
from .c_source import Parameters, float_literal
from .call import Call, unsupported
from .loop_counts import odometer

if TYPE_CHECKING:
    from .call import Place

__all__ = ["axes_of", "axis_counts", "over_axes"]


def axes_of(place: Place, g: ReduceGeometry) -> tuple[tuple[str, str, int | Sequence[int]], ...]:
    """The fields with which parameters begin: sizes and steps of what is kept, and of what is reduced."""
    runs = reduction_runs(g)
    if max(map(len, runs)) > REDUCTION_AXES:
        raise unsupported(place.step, f"alternates over more than {REDUCTION_AXES} groups of axes")
    kept, reduced = (nested(each, REDUCTION_AXES) for each in runs)
    return (
        ("kept_size", "uint16_t", [size for size, _ in kept]),
        ("kept_stride", "uint16_t", [step for _, step in kept]),
        ("reduced_size", "uint16_t", [size for size, _ in reduced]),
        ("reduced_stride", "uint16_t", [step for _, step in reduced]),
        ("kept_outer", "uint8_t", max(0, len(runs[0]) - 1)),
        ("reduced_outer", "uint8_t", max(0, len(runs[1]) - 1)),
    )


def axis_counts(g: ReduceGeometry) -> tuple[dict[str, int], int]:
    """Events of an odometer over what is kept and, an output, of one over what is reduced; the outputs."""
    kept, reduced = ([size for size, _ in runs] for runs in reduction_runs(g))
    outputs = prod(kept)
    return {
        "call": 1,
        **odometer(kept[:-1], prefix="kept_"),
        **odometer(reduced[:-1], outputs, prefix="reduced_"),
        "elements": outputs * prod(reduced),
    }, outputs


def over_axes(
    place: Place, function: str, divisor: int = 1, rescaling: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> Sequence[Call]:
    """The call of a kernel of mi_over_parameters; `rescaling`: bias, multiplier, shift and zero point."""
    g = place.step.geometry
    assert isinstance(g, ReduceGeometry)
    bias, multiplier, shift, zero_point = rescaling
    parameters = Parameters(
        "mi_over_parameters",
        place.name,
        (
            *axes_of(place, g),
            ("divisor", "float", float_literal(divisor)),
            ("bias", "int32_t", bias),
            ("multiplier", "int32_t", multiplier),
            ("shift", "int8_t", shift),
            ("zero_point", "int16_t", zero_point),
        ),
    )
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("extremes.c", function, arguments, (parameters,))]
