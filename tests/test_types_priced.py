"""Every type that the resolver accepts is priced by counts of its own kernel, or unknown: drawn from the
resolver itself."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest

from microinfer import ModelBuilder
from microinfer.cost import load_costs, price
from microinfer.firmware.geometries import GEOMETRIES
from microinfer.firmware.variants import variant
from microinfer.graph import Geometry, prepare
from microinfer.loader import load
from microinfer.ops import OpResolver
from microinfer.target import load_core
from single_operators import OPERATORS
from test_every_type import accepted

LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")
CORES = ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m0plus")
UNMEASURED: frozenset[tuple[str, str]] = frozenset()
"""Kernels that were not run."""


def geometries(name: str) -> list[Geometry]:
    return list({repr(step.geometry): step.geometry for step in accepted(name)}.values())


def test_every_operator_is_drawn() -> None:
    assert {*OPERATORS} | {"UNIDIRECTIONAL_SEQUENCE_LSTM"} == {*OpResolver.builtin().names} == {*GEOMETRIES}


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_accepted_type_is_priced_by_counts_of_its_own(name: str) -> None:
    for library, geometry in product(LIBRARIES, geometries(name)):
        for core in CORES:
            table, target = load_costs(library, core), load_core(core)
            chosen = variant(library, name, geometry, target)
            made = price(name, geometry, table, library, target=target)
            assert made.variant == chosen
            if (name, chosen) in UNMEASURED:
                assert made.provisional, geometry
                assert made.note, geometry
                continue
            assert made.cycles, geometry
            assert made.note == "", geometry
            if core == "cortex-m4":
                assert not made.provisional, geometry


def sizes(dtype: str, rows: int) -> dict[str, bytes]:
    """Models of every elementwise or moving operator that takes the type, over `rows` rows."""
    scale = {"scale": 0.05, "zero_point": 0} if dtype in ("int8", "int16") else {}
    made: dict[str, bytes] = {}
    pairs = ("add", "sub", "mul", "maximum", "minimum")
    singles: dict[str, Any] = {
        "pad": lambda b, x: b.pad(x, [(0, 0), (1, 1), (0, 0)]),
        "padv2": lambda b, x: b.padv2(x, [(0, 0), (1, 1), (0, 0)], 3),
        "concatenation": lambda b, x: b.concatenation([x, x], 1),
        "split": lambda b, x: b.split(x, 2, 1),
        "pack": lambda b, x: b.pack([x, x], 0),
        "strided_slice": lambda b, x: b.strided_slice(x, [0, 0, 1], [1, rows, 8]),
        "slice": lambda b, x: b.slice(x, [0, 0, 1], [1, rows, 7]),
        "cast": lambda b, x: b.cast(x, "int32"),
    }
    for name in (*pairs, *singles):
        b = ModelBuilder(name)
        x = b.input((1, rows, 8), dtype, **scale)
        if name in pairs:
            y = b.input((1, rows, 8), dtype, **scale)
            found = getattr(b, name)(x, y, **(scale if name in ("add", "sub", "mul") else {}))
        else:
            found = singles[name](b, x)
        b.output(*(found if isinstance(found, tuple) else (found,)))
        made[name] = b.build()
    return made


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("dtype", ["int8", "int16", "int32"])
def test_prices_grow_with_the_size(library: str, dtype: str) -> None:
    for core in CORES:
        table, target = load_costs(library, core), load_core(core)
        few, many = sizes(dtype, 20), sizes(dtype, 400)
        for name in few:
            taken = []
            for data in (few[name], many[name]):
                (step,) = prepare(load(data))
                found = price(step.name, step.geometry, table, library, target=target)
                assert found.cycles is not None, name
                taken.append(found.cycles)
            assert taken[1] > 3 * taken[0], (name, core, taken)


@pytest.mark.parametrize(
    ("name", "count", "cycles"),
    [("add", 1024, (34_000, 70_000)), ("add", 16384, (500_000, 1_100_000))],
)
def test_int16_sums_of_cmsis_nn_take_what_was_counted(name: str, count: int, cycles: tuple[int, int]) -> None:
    """It was a constant 1,081 at any size, where 34,389 to 546,358 are counted."""
    b = ModelBuilder(name)
    x, y = (b.input((1, count), "int16", scale=0.05, zero_point=0) for _ in range(2))
    b.output(b.add(x, y, scale=0.1, zero_point=0))
    (step,) = prepare(load(b.build()))
    found = price(step.name, step.geometry, load_costs("tflm-cmsis-nn", "cortex-m4"), "tflm-cmsis-nn")
    assert found.cycles is not None
    assert cycles[0] < found.cycles < cycles[1]


def test_a_kernel_is_named_by_its_type() -> None:
    """Of operators whose geometry tells a type, no two types share a kernel."""
    for name in OPERATORS:
        for geometry in geometries(name):
            told = {field.name for field in fields(geometry)}
            if "dtype" not in told:
                continue
            other = replace(geometry, dtype="int16" if geometry.dtype == "int32" else "int32")  # type: ignore[attr-defined, type-var]
            for library in LIBRARIES:
                target = load_core("cortex-m4")
                assert variant(library, name, geometry, target) != variant(library, name, other, target), name
