"""What is found along axes in C: the largest and the least, where they stand, running sums; and sums of
several tensors and casts, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from ...operators.add_n import SumGeometry, added_zero_points, output_factor
from ...operators.arg_max import ArgMaxGeometry
from ...operators.cast import CastGeometry
from ...operators.cumsum import LEFT_SHIFT, CumsumGeometry
from ...operators.mean import ReduceGeometry
from ...operators.quantization import quantize_multiplier_smaller_than_one
from ..kernel import Kernel
from .c_source import Parameters
from .call import Call
from .float_layers import kernel_of
from .one_kernel import calls, one_kernel
from .over_axes import axis_counts, over_axes

if TYPE_CHECKING:
    from ..kernel import Counts, Observed
    from .call import Place

SUFFIX = {"int8": "int8", "float32": "float"}
CODES = {name: code for code, name in enumerate(
    ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "bool")
)}  # fmt: skip
"""Types as mi_cast has them."""


def _columns(shape: Sequence[int], axis: int) -> tuple[int, int, int]:
    return prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])


def _where(least: bool) -> Kernel:
    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, ArgMaxGeometry)
        outer, count, inner = _columns(g.input_shape, g.axis)
        parameters = Parameters(
            "mi_where_parameters",
            place.name,
            (
                ("outer", "uint16_t", outer),
                ("count", "uint16_t", count),
                ("inner", "uint16_t", inner),
                ("least", "uint8_t", int(least)),
            ),
        )
        arguments = f"&{place.name}", place.input(0), place.output()
        return [Call("extremes.c", functions(g)[0], arguments, (parameters,))]

    def functions(g: ArgMaxGeometry) -> tuple[str, ...]:
        return (f"mi_where_{SUFFIX[g.dtype]}",)

    def counts(g: ArgMaxGeometry, seen: Observed) -> Counts:
        outer, count, inner = _columns(g.input_shape, g.axis)
        outputs = outer * inner
        return {"call": 1, "outer": outer, "outputs": outputs, "compared": outputs * (count - 1)}

    return Kernel(variant=kernel_of, counts=counts, functions=functions, lower=lower)


def _extreme(name: str) -> Kernel:
    def functions(g: ReduceGeometry) -> tuple[str, ...]:
        return (f"mi_{name}_{SUFFIX[g.dtype]}",)

    def lower(place: Place) -> Sequence[Call]:
        g = place.step.geometry
        assert isinstance(g, ReduceGeometry)
        return over_axes(place, functions(g)[0])

    return Kernel(variant=kernel_of, counts=over_counts, functions=functions, lower=lower)


def over_counts(g: ReduceGeometry, seen: Observed) -> Counts:
    events, outputs = axis_counts(g)
    return {**events, "outputs": outputs}


def lower_all(place: Place) -> Sequence[Call]:
    return over_axes(place, "mi_all")


def lower_cumsum(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, CumsumGeometry)
    outer, count, inner = _columns(g.shape, g.axis)
    source, target = place.node.input(0), place.node.output(0)
    fields: list[tuple[str, str, int | str | Sequence[int]]] = [
        ("columns.outer", "uint16_t", outer),
        ("columns.count", "uint16_t", count),
        ("columns.inner", "uint16_t", inner),
        ("columns.exclusive", "uint8_t", int(g.exclusive)),
        ("columns.reverse", "uint8_t", int(g.reverse)),
    ]
    kind = "mi_running_sum_parameters"
    if g.dtype == "int8":
        factor = 2 * source.scale / ((1 << LEFT_SHIFT) * target.scale)
        multiplier, shift = quantize_multiplier_smaller_than_one(factor)
        kind = "mi_running_sum_int8_parameters"
        fields += [
            ("multiplier", "int32_t", multiplier),
            ("shift", "int8_t", shift),
            ("zero_point_in", "int8_t", source.zero_point),
            ("zero_point", "int8_t", target.zero_point),
        ]
    parameters = Parameters(kind, place.name, tuple(fields))
    arguments = f"&{place.name}", place.input(0), place.output()
    return [Call("running_sums.c", cumsum_functions(g)[0], arguments, (parameters,))]


def cumsum_functions(g: CumsumGeometry) -> tuple[str, ...]:
    return (f"mi_running_sum_{SUFFIX[g.dtype]}",)


def cumsum_counts(g: CumsumGeometry, seen: Observed) -> Counts:
    outer, count, inner = _columns(g.shape, g.axis)
    return {"call": 1, "columns": outer * inner, "elements": outer * count * inner}


def lower_add_n(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, SumGeometry)
    terms = range(len(place.node.inputs))
    (function,) = add_n_functions(g)
    kind = "float" if g.dtype == "float32" else "int8_t"
    listed = ", ".join(place.input(position) for position in terms)
    inputs = f"(const {kind} *const[]){{{listed}}}"
    if g.dtype == "float32":
        arguments: tuple[str, ...] = str(g.elements), str(len(terms)), inputs, place.output()
        return [Call("running_sums.c", function, arguments)]
    multiplier, right = output_factor(place.node)
    parameters = Parameters(
        "mi_add_n_parameters",
        place.name,
        (
            ("count", "uint16_t", g.elements),
            ("terms", "uint8_t", len(terms)),
            ("bias", "int32_t", -added_zero_points(place.node)),
            ("multiplier", "int32_t", multiplier),
            ("shift", "int8_t", -right),
            ("zero_point", "int8_t", place.node.output(0).zero_point),
        ),
    )
    arguments = f"&{place.name}", inputs, place.output()
    return [Call("running_sums.c", function, arguments, (parameters,))]


def add_n_functions(g: SumGeometry) -> tuple[str, ...]:
    return (f"mi_add_n_{SUFFIX[g.dtype]}",)


def add_n_counts(g: SumGeometry, seen: Observed) -> Counts:
    return {"call": 1, "elements": g.elements, "terms": g.elements * g.inputs}


def lower_cast(place: Place) -> Sequence[Call]:
    g = place.step.geometry
    assert isinstance(g, CastGeometry)
    codes = str(CODES[g.input_dtype]), str(CODES[g.output_dtype])
    return [Call("casts.c", "mi_cast", (str(g.elements), *codes, place.input(0), place.output()))]


def cast_counts(g: CastGeometry, seen: Observed) -> Counts:
    """One loop for all types: what is read, what is written, and what changes between wholes and reals."""
    real = [dtype == "float32" for dtype in (g.input_dtype, g.output_dtype)]
    made = {(False, True): "reals", (True, False): "wholes"}.get((real[0], real[1]), "kept")
    from_, to = f"from_{g.input_dtype}", f"to_{g.output_dtype}"
    return {"call": 1, from_: g.elements, to: g.elements, made: g.elements}


ADD_N = Kernel(variant=kernel_of, counts=add_n_counts, functions=add_n_functions, lower=lower_add_n)

ARG_MAX = _where(least=False)

ARG_MIN = _where(least=True)

CAST = Kernel(variant=one_kernel, counts=cast_counts, functions=calls("mi_cast"), lower=lower_cast)

CUMSUM = Kernel(variant=kernel_of, counts=cumsum_counts, functions=cumsum_functions, lower=lower_cumsum)

REDUCE_ALL = Kernel(variant=kernel_of, counts=over_counts, functions=calls("mi_all"), lower=lower_all)

REDUCE_MAX = _extreme("largest")

REDUCE_MIN = _extreme("least")
