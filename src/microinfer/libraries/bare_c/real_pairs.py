"""Two real operands and one result, in C: soft on AVR, where what they take hangs on the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from ...operators.add import BinaryGeometry
from ..kernel import Inner, Kernel
from ..templates import typed
from .c_source import Parameters
from .call import Call
from .float_layers import bounds_fields, kernel_of
from .loop_counts import product
from .one_kernel import calls
from .pair_operands import broadcast_counts, operands

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Lower, Place

    Count: TypeAlias = Callable[[BinaryGeometry, Observed], Counts | None]

__all__ = ["NO_MORE", "lower_pairs", "pairs_counts", "with_reals"]

SOURCES = {"mi_prelu_float": "rescaled_pairs.c"}
"""Where a function is not beside the others."""
NO_MORE: Mapping[str, tuple[str, Lower]] = MappingProxyType({})


def pairs_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    return {"call": 1, **broadcast_counts(g), "elements": g.elements}


def scaled_counts(g: BinaryGeometry, seen: Observed) -> Counts:
    """Where integers have scales, with the long products of an element."""
    products = sum((Counter(product(shift)) for shift in g.shifts), Counter[str]())
    return {**pairs_counts(g, seen), **{event: g.elements * n for event, n in products.items()}}


def lower_pairs(function: str, bounded: bool) -> Lower:
    """`bounded`: by a fused activation, or by what a float holds."""

    def lower(place: Place) -> Sequence[Call]:
        shape, inputs, constants = operands(place, "float32")
        if bounded:
            fields = [(f"shape.{name}", kind, value) for name, kind, value in shape]
            kind, fields = "mi_pairs_float_parameters", [*fields, *bounds_fields(place)]
        else:
            kind, fields = "mi_broadcast", shape
        parameters = Parameters(kind, place.name, tuple(fields))
        arguments = f"&{place.name}", *inputs, place.output()
        return [Call(SOURCES.get(function, "real_pairs.c"), function, arguments, (*constants, parameters))]

    return lower


def with_reals(
    function: str,
    of_bytes: Lower,
    counts: Count,
    functions: Callable[[BinaryGeometry], tuple[str, ...]],
    bounded: bool = True,
    more: Mapping[str, tuple[str, Lower]] = NO_MORE,
) -> Kernel:
    """A kernel of int8 beside `function` of reals, and `more` functions by other types."""
    others = {"float32": (function, lower_pairs(function, bounded)), **more}

    def called(geometry: BinaryGeometry) -> tuple[str, ...]:
        return (others[geometry.dtype][0],) if geometry.dtype in others else functions(geometry)

    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, BinaryGeometry)
        return others[g.dtype][1](place) if g.dtype in others else of_bytes(place)

    return Kernel(
        variant=kernel_of,
        counts=counts,
        inner={typed("bare_c", dtype): Inner(scaled_counts) for dtype in others},
        functions=called,
        flash=(0, 1),
        lower=lower,
    )


FLOOR_MOD = Kernel(
    variant=kernel_of,
    counts=pairs_counts,
    functions=calls("mi_floor_modulo_float"),
    flash=(0, 1),
    lower=lower_pairs("mi_floor_modulo_float", bounded=False),
)
