"""Every event that an operator counts has a price, or the operator says that it is a guess."""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import pytest

from microinfer.errors import ProfileError
from microinfer.libraries.events import Events
from microinfer.libraries.target import load_core
from microinfer.model.read import load
from microinfer.operators.prepare import prepare
from microinfer.operators.resolver import OpResolver
from microinfer.operators.spec import Geometry
from microinfer.timing import prices as cost
from microinfer.timing.event_prices import VariantPrice
from microinfer.timing.prices import load_costs, price

from support import single_operators
from support.arena_truth import read
from support.kernel_rows import events

ROOT = Path(__file__).resolve().parents[2]
LISTS = sorted(tuple(path.stem.split(".")) for path in (ROOT / "profiles" / "costs").glob("*.toml"))
EVERY_LIST = pytest.mark.parametrize(("library", "core"), LISTS)
PER_OPERATOR = 60
"""Shapes of an operator that are tried of each source."""


@cache
def geometries(library: str) -> tuple[tuple[str, Geometry], ...]:
    """Of every operator of the resolver, of shapes that were measured and of those that will be."""
    found: dict[tuple[str, Geometry], None] = {}
    made = [single_operators.model_of(make) for make in single_operators.OPERATORS.values()]
    for data in (*made, *(single.build() for single in read())):
        found.update(dict.fromkeys((step.name, step.geometry) for step in prepare(load(data))))
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        data, shapes = import_module("cortex_m_data"), import_module("avr_shapes")
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    seen: dict[str, int] = {}
    for sample in data.read_more() if library != "bare-c" else ():  # they lack what TFLM does not count
        seen[sample.operator] = seen.get(sample.operator, 0) + 1
        if seen[sample.operator] <= PER_OPERATOR:
            found[sample.operator, sample.geometry] = None
    for kernel in shapes.KERNELS:
        for number in range(PER_OPERATOR // 6):
            steps = prepare(load(shapes.model(kernel, number)))
            found.update(dict.fromkeys((step.name, step.geometry) for step in steps))
    return tuple(found)


def test_every_operator_of_the_resolver_is_tried() -> None:
    assert {name for name, _ in geometries("bare-c")} == set(OpResolver.builtin().names)


@EVERY_LIST
def test_every_event_has_a_price_or_says_that_it_has_none(library: str, core: str) -> None:
    table, target = load_costs(library, core), load_core(re.sub("-(o3|os|asserts).*", "", core))
    for name, geometry in geometries(library):
        counts = events(library, name, geometry, target)
        found = price(name, geometry, table, library, target=target)
        if found.cycles is None:
            assert found.note, name
            continue
        measured = table.prices.get((name, found.variant))
        if measured is None and counts and not any(counts.high.values()):
            assert found.cycles == 0, f"{name} {geometry}"
        elif measured is None or (counts and measured.unpriced(counts.low, counts.typical, counts.high)):
            assert found.provisional, f"{name} {geometry}"
            assert found.note, f"{name} {geometry}"


@pytest.mark.parametrize("library", ["tflm-reference", "tflm-cmsis-nn"])
@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7"])
def test_what_was_measured_is_priced_without_a_guess(library: str, core: str) -> None:
    table, target = load_costs(library, core), load_core(core)
    for single in read():
        (step,) = prepare(load(single.build()))
        assert not price(step.name, step.geometry, table, library, target=target).note, single.name


MEASURED = VariantPrice(
    MappingProxyType({"call": 900.0, "row_bytes": 2.0, "bytes": 3.0, "elements": 40.0, "sums": 0.0}),
    0.9, 1.1, 0.01, 0.02, 0.03, 20, 0.7, False,
)  # fmt: skip


def test_an_event_without_a_price_is_an_error() -> None:
    assert MEASURED.price({"call": 1, "elements": 2, "sums": 5, "unheard": 0}) == 980
    with pytest.raises(ProfileError, match="no price for event 'unheard'"):
        MEASURED.price({"call": 1, "unheard": 1})


def test_what_is_alike_stands_in() -> None:
    guessed = MEASURED.guessing(["copied_bytes", "negatives"])
    assert guessed.provisional
    assert guessed.price({"copied_bytes": 1}) == 3
    assert guessed.price({"negatives": 1}) == 40


def test_the_interval_holds_from_nothing_to_twice_the_guess() -> None:
    counts = {"call": 1.0, "copied_bytes": 1000.0}
    found = cost._priced("OP", "kernel", MEASURED, Events(counts, counts, counts), 1.0)
    assert (found.cycles, found.cycles_low, found.cycles_high) == (3900, 810, 7591)
    assert found.provisional
    assert found.note == "OP (kernel): no price was measured for copied_bytes; priced as what is alike"
