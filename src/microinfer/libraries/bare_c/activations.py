"""Softmax and rectifiers in C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...operators.log_softmax import factors
from ...operators.rows import RowsGeometry
from ...operators.softmax import SoftmaxGeometry, input_multiplier
from ..kernel import Inner, Kernel
from ..templates import typed
from ..tflm_reference.activations import softmax_bounds
from .c_source import ByteArray, Parameters, float_literal
from .call import Call
from .float_layers import kernel_of
from .int16_activations import (
    lower_clipped,
    lower_rectified,
    lower_sigmoid,
    lower_sloped,
    lower_softmax_of_int16,
)
from .lookup_tables import lookup_counts, lower_lookup, table_of
from .norms import log_counts, log_functions, log_softmax, row_counts
from .one_kernel import calls, kernel_by_type

if TYPE_CHECKING:
    from ...operators.logistic import ActivationGeometry
    from ...operators.relu import ElementwiseGeometry
    from ..kernel import Counts, Observed
    from ..target import Core
    from .call import Lower, Place


def lower_softmax(place: Place) -> Sequence[Call]:
    from ...kernels.exponential import exponentials

    g = place.step.geometry
    assert isinstance(g, SoftmaxGeometry)
    if g.input_dtype == "float32":
        sizes = str(g.rows), str(g.depth), float_literal(place.node.options["beta"])
        return [Call("real_activations.c", "mi_softmax_float", (*sizes, place.input(0), place.output()))]
    if g.input_dtype == "int16":
        from ...kernels.softmax import tables

        return lower_softmax_of_int16(place, g, tables())
    multiplier, shift = input_multiplier(place.node, place.node.options["beta"])
    values = exponentials(multiplier, shift, g.diff_min)
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


def lower_log_softmax(place: Place) -> Sequence[Call]:
    from ...kernels.exponential import exponentials

    g = place.step.geometry
    assert isinstance(g, RowsGeometry)
    found = factors(place.node)[0] if g.dtype == "int8" else (0, 0)
    return log_softmax(place, g, exponentials(*found, g.diff_min))


def rectify_counts(g: ElementwiseGeometry, seen: Observed) -> Counts:
    """A clamp where the scales are the same, else a table."""
    if g.rescales:
        return {"call": 1, "lookups": g.elements}
    return {"clip_call": 1, "clips": g.elements}


def rectify_functions(geometry: ElementwiseGeometry) -> tuple[str, ...]:
    return ("mi_lookup",) if geometry.rescales else ("mi_clip",)


def softmax_functions(geometry: SoftmaxGeometry) -> tuple[str, ...]:
    if geometry.input_dtype != "int8":
        return ("mi_softmax_float" if geometry.input_dtype == "float32" else "mi_softmax_of_int16",)
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


_LOOKUP = calls("mi_lookup")


def _real_counts(g: Any, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements}


def _sigmoid_counts(g: ActivationGeometry, seen: Observed) -> Counts:
    """Shifts on AVR are loops; inputs that are shifted little mostly lie behind the table."""
    exact = g.elements * (g.shift == 0)
    return {"call": 1, "elements": g.elements, "bits": g.elements * g.shift, "exact": exact}


def _with_reals(
    function: str,
    lower: Lower = lower_lookup,
    counts: Callable[[Any, Observed], Counts] = lookup_counts,
    functions: Callable[[Any], tuple[str, ...]] = _LOOKUP,
    short: tuple[str, Lower] | None = None,
    short_counts: Callable[[Any, Observed], Counts] = _real_counts,
) -> Kernel:
    """Of int8 a table or a clamp, of reals the function; `short`: that of int16."""

    def called(geometry: Any) -> tuple[str, ...]:
        if short is not None and _is(geometry, "int16"):
            return (short[0],)
        return (function,) if _is(geometry, "float32") else functions(geometry)

    def either(place: Place) -> Sequence[Call]:
        if short is not None and _is(place.step.geometry, "int16"):
            return short[1](place)
        if not _is(place.step.geometry, "float32"):
            return lower(place)
        slope = ("alpha",) if function == "mi_leaky_relu_float" else ()
        options = (float_literal(place.node.options[name]) for name in slope)
        elements = str(place.node.input(0).elements)
        arguments = elements, *options, place.input(0), place.output()
        return [Call("real_activations.c", function, arguments)]

    return Kernel(
        variant=kernel_by_type,
        counts=counts,
        inner={"bare_c_float32": Inner(_real_counts), "bare_c_int16": Inner(short_counts)},
        functions=called,
        lower=either,
    )


OTHERS = ("float32", "int16")


def _is(geometry: Any, dtype: str) -> bool:
    return dtype in (getattr(geometry, "dtype", ""), getattr(geometry, "input_dtype", ""))


def real_softmax_counts(g: SoftmaxGeometry, seen: Observed) -> Counts:
    """The largest of a row is an exponential of 0, which is soon told."""
    elements = g.rows * g.depth
    return {"call": 1, "rows": g.rows, "elements": elements, "exponentials": elements - g.rows}


def softmax_kernel(geometry: SoftmaxGeometry, core: Core) -> str:
    return typed("bare_c", geometry.input_dtype)


def hangs_on_data(geometry: SoftmaxGeometry) -> bool:
    """An exponential of a byte is looked up, where it is not 0; of reals all are computed."""
    return geometry.input_dtype == "int8"


ELU = _with_reals("mi_elu_float")

HARD_SWISH = _with_reals("mi_hard_swish_float")

LEAKY_RELU = _with_reals("mi_leaky_relu_float", short=("mi_rescale_int16", lower_sloped))

LOGISTIC = _with_reals(
    "mi_logistic_float",
    short=("mi_logistic_int16", lower_sigmoid("mi_logistic_int16", (0,))),
    short_counts=_sigmoid_counts,
)

LOG_SOFTMAX = Kernel(
    variant=kernel_of,
    counts=row_counts,
    inner={"bare_c_float32": Inner(log_counts)},
    functions=log_functions,
    lower=lower_log_softmax,
)

RELU = _with_reals(
    "mi_relu_float",
    lower_rectify,
    rectify_counts,
    rectify_functions,
    short=("mi_rescale_int16", lower_rectified),
)

RELU6 = _with_reals(
    "mi_relu6_float",
    lower_rectify,
    rectify_counts,
    rectify_functions,
    short=("mi_rescale_int16", lower_clipped),
)

SOFTMAX = Kernel(
    variant=softmax_kernel,
    counts=softmax_counts,
    inner={f"bare_c_{dtype}": Inner(real_softmax_counts) for dtype in OTHERS},
    functions=softmax_functions,
    bounds=softmax_bounds,
    needs_data=hangs_on_data,
    lower=lower_softmax,
)

TANH = _with_reals(
    "mi_tanh_float",
    short=("mi_tanh_int16", lower_sigmoid("mi_tanh_int16", (0, 1))),
    short_counts=_sigmoid_counts,
)
