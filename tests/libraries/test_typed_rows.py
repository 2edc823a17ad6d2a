"""Rows of the tables of kernel libraries: each takes the geometry of its operator, and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

from microinfer import load, prepare
from microinfer.libraries import LIBRARIES, cmsis_nn_variants, demand, reference_variants
from microinfer.libraries import tflm_cmsis_nn as cmsis_nn
from microinfer.libraries import tflm_reference as reference
from microinfer.libraries.events import bare_c, count, data_dependent, events
from microinfer.libraries.events import cmsis_nn as cmsis_nn_events
from microinfer.libraries.events import reference as reference_events
from microinfer.libraries.geometries import geometry_class, is_modelled
from microinfer.libraries.target import DEFAULT_TARGET, load_core
from microinfer.libraries.traffic import weight_traffic
from microinfer.libraries.variants import variant
from microinfer.operators.registry import row_names
from microinfer.operators.resolver import OpResolver
from microinfer.operators.spec import Geometry
from microinfer.timing.prices import load_costs, price
from microinfer.words.tables import CORES

from support.single_operators import OPERATORS, model_of

PAIRS = [(name, library) for name in OpResolver.builtin().names for library in LIBRARIES]
TABLES: dict[str, Mapping[str, Any]] = {
    "reference scratch": reference.SCRATCH,
    "reference persistent": reference.PERSISTENT,
    "cmsis-nn scratch": cmsis_nn.SCRATCH,
    "cmsis-nn persistent": cmsis_nn.PERSISTENT,
    "reference variants": reference_variants.REFERENCE,
    "cmsis-nn variants": cmsis_nn_variants.CMSIS_NN,
    "reference events": reference_events.COUNTS,
    "bare-c events": bare_c.COUNTS,
}


@dataclass(frozen=True, slots=True)
class Foreign(Geometry):
    """A user's operator under a builtin's name."""

    batch: int = 1


def own(name: str) -> Iterator[Geometry]:
    """Geometries of the builtin operator, as `prepare` makes them."""
    if name in OPERATORS:
        for step in prepare(load(model_of(OPERATORS[name]))):
            if step.name == name:
                yield step.geometry


def test_every_builtin_operator_has_its_class() -> None:
    assert row_names() == set(OpResolver.builtin().names)
    for name in sorted(row_names()):
        for geometry in own(name):
            assert type(geometry) is geometry_class(name)
            assert is_modelled(name, geometry)
    assert geometry_class("MY_OP") is None


@pytest.mark.parametrize(("name", "library"), PAIRS)
def test_a_geometry_of_another_class_is_unknown(name: str, library: str) -> None:
    for geometry in (Foreign(), Geometry()):
        assert demand(library, name, geometry, DEFAULT_TARGET) is None
        assert events(library, name, geometry, DEFAULT_TARGET) is None
        assert count(library, name, geometry, DEFAULT_TARGET) is None
        assert data_dependent(name, geometry) == {}
        chosen = variant(library, name, geometry, DEFAULT_TARGET)
        assert chosen == ("bare_c" if library == "bare-c" else "reference")
        assert weight_traffic(library, name, chosen, geometry).in_order == 0
        cost = price(name, geometry, load_costs(library, "cortex-m4"), library)
        assert (cost.cycles, cost.provisional) == (None, True)


@pytest.mark.parametrize(("name", "library"), PAIRS)
def test_its_own_geometry_is_known_on_every_core(name: str, library: str) -> None:
    for geometry in own(name):
        for core in CORES:
            if library.startswith("tflm") and load_core(core).pointer_bytes != 4:
                continue
            asked = demand(library, name, geometry, load_core(core))
            assert asked is not None
            assert asked.variant == variant(library, name, geometry, load_core(core))
            events(library, name, geometry, load_core(core))


@pytest.mark.parametrize("table", TABLES)
def test_rows_say_which_geometry_they_take(table: str) -> None:
    """mypy then holds what they read of it against the class."""
    for name, row in TABLES[table].items():
        first = next(iter(inspect.signature(row).parameters.values()))
        wanted = geometry_class(name)
        assert wanted is not None
        classes = str(first.annotation).split(" | ")
        assert wanted.__name__ in classes, (name, row)


def test_rows_of_internal_kernels_say_it_too() -> None:
    known = {name for name in map(geometry_class, row_names()) if name is not None}
    names = {one.__name__ for one in known}
    for row in cmsis_nn_events.COUNTS.values():
        first = next(iter(inspect.signature(row).parameters.values()))
        assert set(str(first.annotation).split(" | ")) <= names


def _slip(*_: object) -> tuple[int, ...]:
    return (Foreign().batch_size,)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "library"), [("CONV_2D", one) for one in LIBRARIES[:2]])
def test_a_slip_within_a_row_is_an_error(name: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (geometry,) = own(name)
    patched: tuple[tuple[Any, str, Callable[[], object]], ...] = (
        (reference, "PERSISTENT", lambda: demand(library, name, geometry, DEFAULT_TARGET)),
        (
            {"tflm-reference": reference, "tflm-cmsis-nn": cmsis_nn}[library],
            "SCRATCH",
            lambda: demand(library, name, geometry, DEFAULT_TARGET),
        ),
        (reference_events, "COUNTS", lambda: count("tflm-reference", name, geometry, DEFAULT_TARGET)),
    )
    for module, table, run in patched:
        with monkeypatch.context() as patch:
            patch.setattr(module, table, MappingProxyType({**getattr(module, table), name: _slip}))
            with pytest.raises(AttributeError, match="batch_size"):
                run()
