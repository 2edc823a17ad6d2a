"""Every type that the resolver accepts is priced by counts of its own kernel, or unknown: drawn from the
resolver itself."""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from microinfer import InputError, ModelBuilder, ModelError
from microinfer.libraries.target import load_core
from microinfer.model.read import load
from microinfer.operators.example import Draw
from microinfer.operators.prepare import prepare
from microinfer.operators.registry import row, row_names
from microinfer.operators.resolver import OpResolver
from microinfer.operators.spec import Geometry
from microinfer.timing.prices import load_costs, price

from support.accepted_types import accepted
from support.kernel_rows import variant
from support.single_operators import OPERATORS

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("tflm-reference", "tflm-cmsis-nn")
CORES = ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m0plus")


def geometries(name: str) -> list[Geometry]:
    return list({repr(step.geometry): step.geometry for step in accepted(name)}.values())


def test_every_operator_is_drawn() -> None:
    assert {*OPERATORS} | {"UNIDIRECTIONAL_SEQUENCE_LSTM"} == {*OpResolver.builtin().names} == row_names()


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_accepted_type_is_priced_by_counts_of_its_own(name: str) -> None:
    for library, geometry in product(LIBRARIES, geometries(name)):
        for core in CORES:
            table, target = load_costs(library, core), load_core(core)
            chosen = variant(library, name, geometry, target)
            made = price(name, geometry, table, library, target=target)
            assert made.variant == chosen
            if (name, chosen) not in table.prices:  # not measured: told, and never a figure that is certain
                assert made.note, geometry
                assert made.provisional or made.cycles is made.cycles_low is made.cycles_high is None
                continue
            assert made.cycles, geometry
            assert made.note == "", geometry
            if core == "cortex-m4":
                assert not made.provisional, geometry


@pytest.mark.parametrize("name", sorted(row_names()))
def test_every_kernel_of_tflm_is_priced(name: str) -> None:
    """What the operators' own examples run, of all types, on every core that was counted. What was not
    measured itself is priced as what is alike, and provisional."""
    spec = row(name)
    assert spec is not None
    seen = set()
    for dtype, seed in product(("int8", "int16", "int32", "int64", "uint8", "bool", "float32"), range(3)):
        b = ModelBuilder(name)
        try:
            made = spec.example(Draw(b, np.random.default_rng(seed), dtype))
            b.output(*(made if isinstance(made, (tuple, list)) else (made,)))
            steps = prepare(load(b.build()))
        except (InputError, ModelError, ArithmeticError, LookupError, TypeError, ValueError):
            continue
        for step, library, core in product(steps, LIBRARIES, CORES):
            table, target = load_costs(library, core), load_core(core)
            made = price(step.name, step.geometry, table, library, target=target)
            assert made.cycles is not None or "hangs on the data" in made.note, (library, core)
            assert "not measured" not in made.note or made.provisional, (library, core)
            seen.add(step.name)
    assert name in seen


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
            assert taken[1] > 2 * taken[0], (name, core, taken)


def measurements() -> Any:
    """benchmarks/cortex_m_data.py."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return import_module("cortex_m_data")
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.mark.parametrize("library", LIBRARIES)
def test_intervals_hold_what_another_program_takes(library: str) -> None:
    """Kernels that were counted in a program of their own alone, where measured networks have them."""
    data = measurements()
    table, target = load_costs(library, "cortex-m4"), load_core("cortex-m4")
    alone = {
        (s.operator, variant(library, s.operator, s.geometry, target)) for s in data.read_more(data.TYPES)
    }
    _, networks = data.read(data.DATA)
    held = 0
    for sample in (one for operators in networks.values() for one in operators if one.library == library):
        made = price(sample.operator, sample.geometry, table, library, target=target)
        if (sample.operator, made.variant) in alone:
            assert made.cycles_low is not None
            assert made.cycles_high is not None
            assert made.cycles_low <= sample.cycles["cortex-m4"] <= made.cycles_high
            held += 1
    assert held


@pytest.mark.parametrize("library", LIBRARIES)
def test_intervals_hold_what_was_counted(library: str) -> None:
    """int16 ADD under CMSIS-NN was a constant 1,081 at any size, int16 PAD 586."""
    data = measurements()
    table, target = load_costs(library, "cortex-m4"), load_core("cortex-m4")
    held: dict[tuple[str, str], list[bool]] = {}
    for sample in data.read_more(data.TYPES):
        if sample.library != library:
            continue
        made = price(sample.operator, sample.geometry, table, library, seen=sample.seen, target=target)
        assert made.cycles is not None
        took = sample.cycles["cortex-m4"]
        assert made.cycles_low is not None
        assert made.cycles_high is not None
        held.setdefault((sample.operator, made.variant), []).append(
            made.cycles_low <= took <= made.cycles_high
        )
    assert len(held) > 170
    for kernel, inside in held.items():
        assert sum(inside) >= 0.8 * len(inside), kernel
    everything = [one for inside in held.values() for one in inside]
    assert sum(everything) >= 0.95 * len(everything)


ONE_FOR_ALL = {"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "ASSIGN_VARIABLE", "READ_VARIABLE", "SHAPE"}
"""Operators of which TFLM has one kernel for every type: a tensor's bytes whole, or its dimensions."""


def test_kernels_of_bytes_are_one_for_every_type() -> None:
    target = load_core("cortex-m4")
    for name, library in product(ONE_FOR_ALL & {*OPERATORS}, LIBRARIES):
        assert {variant(library, name, geometry, target) for geometry in geometries(name)} == {"reference"}


def test_types_share_no_kernel() -> None:
    """Of operators that are accepted in several types; where elements are moved, widths are what tells."""
    target = load_core("cortex-m4")
    for name, library in product({*OPERATORS} - ONE_FOR_ALL, LIBRARIES):
        kernels: dict[str, set[str]] = {}
        for geometry in geometries(name):
            if (dtype := getattr(geometry, "item_bytes", getattr(geometry, "dtype", None))) is not None:
                kernels.setdefault(variant(library, name, geometry, target), set()).add(str(dtype))
        assert all(len(dtypes) == 1 for dtypes in kernels.values()), (name, kernels)
