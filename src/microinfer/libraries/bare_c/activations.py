"""Softmax and rectifiers in C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...operators.softmax import SoftmaxGeometry, input_multiplier
from ..kernel import Kernel
from ..tflm_reference.activations import softmax_bounds
from .c_source import ByteArray, Parameters
from .call import Call, unsupported
from .lookup_tables import lookup_counts, lower_lookup, table_of
from .one_kernel import always, calls, one_kernel

if TYPE_CHECKING:
    from ...operators.relu import ElementwiseGeometry
    from ..kernel import Counts, Observed
    from .call import Place


def lower_softmax(place: Place) -> Sequence[Call]:
    from ...kernels import softmax as kernels

    g = place.step.geometry
    assert isinstance(g, SoftmaxGeometry)
    if g.input_dtype != "int8":
        raise unsupported(place.step, f"of {g.input_dtype} has no kernel in bare-c")
    multiplier, shift = input_multiplier(place.node, place.node.options["beta"])
    values = kernels.exponentials(multiplier, shift, g.diff_min)
    steps = min(-g.diff_min, 255) + 1
    table = ByteArray(f"{place.name}_exponentials", ((values[:steps].astype("<i4").tobytes(), ""),))
    parameters = Parameters(
        "mi_softmax_parameters",
        place.name,
        (
            ("rows", "uint16_t", g.rows),
            ("depth", "uint16_t", g.depth),
            ("steps", "uint16_t", steps),
            ("exponentials", "pointer", table.name),
        ),
    )
    function = "mi_softmax" if g.output_dtype == "int8" else "mi_softmax_int16"
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("softmax.c", function, arguments, (table, parameters))]


def softmax_counts(g: SoftmaxGeometry, seen: Observed) -> Counts:
    elements = g.rows * g.depth
    return {"call": 1, "rows": g.rows, "elements": elements, "exponentials": seen["exponentials"]}


def rectify_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    """A clamp where the scales are the same, else a table."""
    if g.rescales:
        return {"call": 1, "lookups": g.elements}
    return {"clip_call": 1, "clips": g.elements}


def rectify_functions(geometry: ElementwiseGeometry) -> tuple[str, ...]:
    return ("mi_lookup",) if geometry.rescales else ("mi_clip",)


def softmax_functions(geometry: SoftmaxGeometry) -> tuple[str, ...]:
    return ("mi_softmax_int16",) if geometry.output_dtype == "int16" else ("mi_softmax",)


def lower_rectify(place: Place) -> Sequence[Call]:
    """A clamp, where input and output have the same scale."""
    source, target = place.node.input(0), place.node.output(0)
    if (source.dtype, target.dtype) == ("int8", "int8") and not getattr(
        place.step.geometry, "rescales", True
    ):
        table = table_of(place)
        low, high = int(table.min()), int(table.max())
        if np.array_equal(table, np.clip(np.arange(-128, 128), low, high)):
            arguments = str(low), str(high), str(source.elements), place.input(0), place.output()
            return [Call("activations.c", "mi_clip", arguments)]
    return lower_lookup(place)


ELU = Kernel(variant=one_kernel, counts=lookup_counts, functions=calls("mi_lookup"), lower=lower_lookup)

HARD_SWISH = Kernel(
    variant=one_kernel, counts=lookup_counts, functions=calls("mi_lookup"), lower=lower_lookup
)

LEAKY_RELU = Kernel(
    variant=one_kernel, counts=lookup_counts, functions=calls("mi_lookup"), lower=lower_lookup
)

LOGISTIC = Kernel(variant=one_kernel, counts=lookup_counts, functions=calls("mi_lookup"), lower=lower_lookup)

RELU = Kernel(variant=one_kernel, counts=rectify_counts, functions=rectify_functions, lower=lower_rectify)

RELU6 = Kernel(variant=one_kernel, counts=rectify_counts, functions=rectify_functions, lower=lower_rectify)

SOFTMAX = Kernel(
    variant=one_kernel,
    counts=softmax_counts,
    functions=softmax_functions,
    bounds=softmax_bounds,
    needs_data=always,
    lower=lower_softmax,
)

TANH = Kernel(variant=one_kernel, counts=lookup_counts, functions=calls("mi_lookup"), lower=lower_lookup)
