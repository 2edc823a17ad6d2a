"""Comparisons, logic and choices in C. Truth is a byte of 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...operators.add import BinaryGeometry
from ...operators.quantization import quantize_multiplier_smaller_than_one
from ...operators.select_v2 import SelectGeometry
from ..kernel import Kernel
from ..loops import BROADCAST_LOOPS, nested, nested_broadcast
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .float_layers import kernel_of
from .loop_counts import odometer
from .one_kernel import calls, one_kernel
from .pair_operands import in_flash, operands
from .real_functions import kernel_of as kernel_of_one
from .real_pairs import pairs_counts

if TYPE_CHECKING:
    from ...operators.relu import ElementwiseGeometry
    from ..kernel import Counts, Observed
    from .call import Constant, Lower, Place

LESS_BIT, EQUAL_BIT, GREATER_BIT, NEITHER_BIT = 1, 2, 4, 8


def lower_comparison(relation: int) -> Lower:
    """`relation` has a bit for each way in which two numbers can compare, where it holds."""

    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, BinaryGeometry)
        shape, inputs, constants = operands(place, g.dtype)
        fields = [(f"shape.{name}", kind, value) for name, kind, value in shape]
        fields.append(("relation", "uint8_t", relation))
        kind = "mi_compare_parameters"
        if g.dtype == "int8":
            tensors = place.node.input(0), place.node.input(1)
            factors = [quantize_multiplier_smaller_than_one(tensor.scale) for tensor in tensors]
            fields += [(f"zero_point_{i}", "int16_t", t.zero_point) for i, t in enumerate(tensors, 1)]
            fields += [(f"multiplier_{i}", "int32_t", factor) for i, (factor, _) in enumerate(factors, 1)]
            fields += [(f"shift_{i}", "int8_t", shift) for i, (_, shift) in enumerate(factors, 1)]
            kind = "mi_compare_int8_parameters"
        parameters = Parameters(kind, place.name, tuple(fields))
        arguments = f"&{place.name}", *inputs, place.output()
        return [Call("comparisons.c", f"mi_compare_{g.dtype}", arguments, (*constants, parameters))]

    return lower


def compared(geometry: BinaryGeometry) -> tuple[str, ...]:
    return (f"mi_compare_{geometry.dtype}",)


def _comparison(relation: int) -> Kernel:
    return Kernel(
        variant=kernel_of,
        counts=pairs_counts,
        functions=compared,
        flash=(0, 1),
        lower=lower_comparison(relation),
    )


def _logic(function: str) -> Kernel:
    def lower(place: Place) -> Sequence[Call]:
        shape, inputs, constants = operands(place, "bool")
        parameters = Parameters("mi_broadcast", place.name, tuple(shape))
        arguments = f"&{place.name}", *inputs, place.output()
        return [Call("comparisons.c", function, arguments, (*constants, parameters))]

    return Kernel(
        variant=kernel_of, counts=pairs_counts, functions=calls(function), flash=(0, 1), lower=lower
    )


def lower_not(place: Place) -> Sequence[Call]:
    arguments = str(place.node.input(0).elements), place.input(0), place.output()
    return [Call("comparisons.c", "mi_logical_not", arguments)]


def not_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def lower_select(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, SelectGeometry)
    loops = nested_broadcast(g.shapes[3], *g.shapes[:3])
    if len(loops) > BROADCAST_LOOPS:
        raise unsupported(place.step, f"broadcasts in {len(loops)} loops, bare-c has {BROADCAST_LOOPS}")
    full = nested(loops, BROADCAST_LOOPS)
    constants: list[Constant] = []
    inputs = []
    held = []
    for position in range(3):
        tensor = place.node.input(position)
        held.append(int(tensor.data is not None))
        if tensor.data is None:
            inputs.append(place.at(tensor))
        else:
            constants.append(ByteArray(f"{place.name}_input_{position}", ((tensor.data.tobytes(), ""),)))
            inputs.append(in_flash(constants[-1].name, tensor.dtype))
    parameters = Parameters(
        "mi_select_parameters",
        place.name,
        (
            ("size", "uint16_t", [loop[0] for loop in full]),
            ("stride", "uint16_t", [loop[1 + operand] for operand in range(3) for loop in full]),
            ("outer", "uint8_t", len(loops) - 1),
            ("item", "uint8_t", g.item_bytes),
            ("constant", "uint8_t", held),
        ),
    )
    arguments = f"&{place.name}", *inputs, place.output()
    return [Call("select.c", "mi_select", arguments, (*constants, parameters))]


def select_counts(g: SelectGeometry, seen: Observed) -> Counts:
    sizes = [size for size, *_ in nested_broadcast(g.shapes[3], *g.shapes[:3])]
    elements = 1
    for size in sizes:
        elements *= size
    return {"call": 1, **odometer(sizes[:-1]), "elements": elements, "bytes": elements * g.item_bytes}


EQUAL = _comparison(EQUAL_BIT)

GREATER = _comparison(GREATER_BIT)

GREATER_EQUAL = _comparison(GREATER_BIT | EQUAL_BIT)

LESS = _comparison(LESS_BIT)

LESS_EQUAL = _comparison(LESS_BIT | EQUAL_BIT)

LOGICAL_AND = _logic("mi_logical_and")

LOGICAL_NOT = Kernel(
    variant=kernel_of_one, counts=not_counts, functions=calls("mi_logical_not"), lower=lower_not
)

LOGICAL_OR = _logic("mi_logical_or")

NOT_EQUAL = _comparison(LESS_BIT | GREATER_BIT | NEITHER_BIT)

SELECT_V2 = Kernel(
    variant=one_kernel,
    counts=select_counts,
    functions=calls("mi_select"),
    flash=(0, 1, 2),
    lower=lower_select,
)
