"""CAST: numbers of one type as those of another.

Specification: int8, int16, int32, uint32, float32 or bool to int8, int16, int32, uint32 or float32, as C
converts: integers keep their low bits, floats lose their fraction. Releases since October 2026 cast to bool
as well: whatever is not 0, and what is no number, is true. Quantisation plays no part. A float outside the
other type's range has no defined result in C, and builds of TFLM differ there: its package for a
host ends at the other type's own bounds; a device at those of 32 bits, whose low ones are then kept, at any
level of optimisation; `_SIGNED` and `_UNSIGNED` have them. Source: TFLM, micro/kernels/cast.cc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..words.dataclass import dataclass
from .add import plain, read_only
from .batching import always
from .constants import INTEGERS, Values, expect_integers
from .example import Draw
from .lookup_table import expect_same_elements
from .real_elementwise import only
from .spec import Array, Bind, Geometry, Node, Prepared, Real, Reals, Run, Spec, since

FROM = ("int8", "int16", "int32", "uint32", "float32", "bool")
TO = ("int8", "int16", "int32", "uint32", "float32")
SINCE = {"2026-10": dict.fromkeys(FROM, ("bool",))}
WHOLE = ("float32", "bool")
"""What takes any float32 as it is: nothing of it is open in C."""

_LEAST, _MOST, _ALL = -(1 << 31), (1 << 31) - 1, (1 << 32) - 1
_SIGNED = {
    "arm": (_LEAST, _MOST, 0, 0),
    "armv6-m": (_LEAST, _MOST, _MOST, _LEAST),
    "riscv": (_LEAST, _MOST, _MOST, _LEAST),
}
_UNSIGNED = {"arm": (0, _ALL, 0, 0), "armv6-m": (_LEAST, _ALL, _MOST, _LEAST), "riscv": (0, _ALL, _ALL, 0)}
"""The least and the largest, and what becomes of no numbers, with the sign bit clear and set, by OPEN_IN_C.
Counted under QEMU on a Cortex-M4, M33, M3, M0+ and on RV32IMC. gcc's library for ARMv6-M makes unsigned
numbers by way of signed ones, so that negative ones wrap."""


@dataclass(frozen=True, slots=True)
class CastGeometry(Geometry):
    """`elements` of one type to another."""

    elements: int
    input_dtype: str
    output_dtype: str


def prepare(node: Node) -> Prepared:
    node.expect_counts(1, 1)
    source = node.input(0, *FROM)
    target = node.output(0, *since(TO, SINCE, source.dtype, node.release))
    elements = expect_same_elements(node, source, target)
    geometry = CastGeometry(elements, source.dtype, target.dtype)
    if source.dtype != "float32" or target.dtype in WHOLE:
        return Prepared(geometry, bind)
    limits = np.iinfo(target.dtype)
    devices = _UNSIGNED if target.dtype == "uint32" else _SIGNED
    return Prepared(
        geometry,
        bounded((int(limits.min), int(limits.max), 0, 0)),
        open_in_c={name: bounded(bounds) for name, bounds in devices.items()},
    )


def bounded(bounds: tuple[int, int, int, int]) -> Bind:
    """Floats lose their fraction and end at bounds; then they are as the output has them."""

    def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
        from ..kernels.casts import bounded_cast

        x, y = inputs[0], outputs[0]
        assert x is not None
        return bounded_cast(y.dtype.name).bind(read_only(x.reshape(-1)), y.reshape(-1), *map(float, bounds))

    return bind


def bind(inputs: Sequence[Array | None], outputs: Sequence[Array]) -> Run:
    from ..kernels.casts import cast
    from ..kernels.data_movement import copy

    x = inputs[0]
    assert x is not None
    flat, y = plain(x.reshape(-1)), plain(outputs[0].reshape(-1))
    if flat.dtype == y.dtype:
        return copy(flat, y)
    return cast(flat.dtype.name, y.dtype.name).bind(read_only(flat), y)


def in_reals(node: Node, inputs: Reals) -> Real:
    """Stored numbers pass from type to type, whatever they stood for."""
    source, target = node.inputs[0], node.outputs[0]
    assert source is not None
    x = only(inputs)
    stored = x / source.scale + source.zero_point if source.quantization is not None else x
    if target.quantization is not None:
        return (stored - target.zero_point) * target.scale
    if target.dtype == "bool":
        return np.asarray(stored != 0, np.float64)
    return np.trunc(stored) if source.dtype == "float32" and target.dtype != "float32" else stored


def converts(node: Node) -> tuple[float, float] | None:
    """Floats between these are cast the same way everywhere; None where none become integers."""
    source, target = node.inputs[0], node.outputs[0]
    if source is None or source.dtype != "float32" or target.dtype in WHOLE:
        return None
    limits = np.iinfo(target.dtype)
    return float(limits.min) - 1.0, float(limits.max) + 1.0


def example(d: Draw) -> Any:
    return d.b.cast(d.image(), d.pick("int32", "int16", "float32"))


def evaluate(node: Node, values: Values) -> Values:
    expect_integers(values[:1])
    if node.outputs[0].dtype not in INTEGERS:
        raise ValueError("not integers")
    return [values[0].astype(node.outputs[0].dtype)]


SPEC = Spec(
    "CAST",
    prepare=prepare,
    geometry=CastGeometry,
    types=dict.fromkeys(FROM, TO),
    types_since=SINCE,
    batch=always,
    shapes="passes",
    in_reals=in_reals,
    example=example,
    evaluate=evaluate,
    converts=converts,
)
