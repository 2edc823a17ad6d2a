"""Rows of the tables of kernel libraries: each takes the geometry of its operator, and nothing else."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType, UnionType
from typing import get_args

import pytest

from microinfer import load, prepare
from microinfer.libraries import library as libraries
from microinfer.libraries.kernel import Kernel, faultless
from microinfer.libraries.library import is_modelled, kernel_libraries, kernel_library
from microinfer.libraries.target import DEFAULT_TARGET, load_core
from microinfer.operators.registry import row, row_names
from microinfer.operators.resolver import OpResolver
from microinfer.operators.spec import Geometry
from microinfer.timing.prices import load_costs, price
from microinfer.words.toml_tables import CORES

from support.kernel_rows import count, data_dependent, demand, events, variant, weight_traffic
from support.single_operators import OPERATORS, model_of

LIBRARIES = tuple(library.name for library in kernel_libraries() if not library.carried)
PAIRS = [(name, library) for name in OpResolver.builtin().names for library in LIBRARIES]
TAKE_GEOMETRY = (
    "persistent",
    "scratch",
    "variant",
    "counts",
    "bounds",
    "traffic",
    "levels",
    "needs_data",
    "functions",
)


@dataclass(frozen=True, slots=True)
class Foreign(Geometry):
    """A user's operator under a builtin's name."""

    batch: int = 1


def class_of(name: str) -> type[Geometry]:
    found = row(name)
    assert found is not None
    return found.geometry


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
            assert type(geometry) is class_of(name)
            assert is_modelled(name, geometry)
    assert row("MY_OP") is None


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


def functions(kernel: Kernel) -> Iterator[tuple[str, Callable[..., object]]]:
    """What a row says, and how it says it, but for what takes any geometry at all."""
    for field in TAKE_GEOMETRY:
        yield field, getattr(kernel, field)
    for name, inner in kernel.inner.items():
        yield f"counts of {name}", inner.counts
        yield f"traffic of {name}", inner.traffic


def classes_of(function: Callable[..., object], annotation: object) -> list[str]:
    """Names in an annotation; where it is one that stands for several, theirs."""
    alias = getattr(sys.modules[function.__module__], str(annotation), None)
    if isinstance(alias, UnionType):
        return [one.__name__ for one in get_args(alias)]
    return str(annotation).split(" | ")


@pytest.mark.parametrize("library", LIBRARIES)
def test_rows_say_which_geometry_they_take(library: str) -> None:
    """mypy then holds what they read of it against the class, and the class is that of the operator's row."""
    for name, kernel in kernel_library(library).kernels.items():
        for field, function in functions(kernel):
            if function is None:
                continue
            first = next(iter(inspect.signature(function).parameters.values()))
            classes = classes_of(function, first.annotation)
            assert classes == ["Any"] or class_of(name).__name__ in classes, (name, field)
        if kernel.faults is not faultless:
            second = list(inspect.signature(kernel.faults).parameters.values())[1]
            assert class_of(name).__name__ in classes_of(kernel.faults, second.annotation), name


def test_every_row_is_of_an_operator_that_there_is() -> None:
    for library in kernel_libraries():
        assert set(library.kernels) <= row_names()
        assert library.base is None or set(library.base.kernels) <= set(library.kernels)
    assert set(kernel_library("tflm-reference").kernels) == row_names()


def _slip(*_: object) -> tuple[int, ...]:
    return (Foreign().batch_size,)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "library"), [("CONV_2D", one) for one in LIBRARIES[:2]])
def test_a_slip_within_a_row_is_an_error(name: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (geometry,) = own(name)
    broken = {
        "persistent": lambda: demand(library, name, geometry, DEFAULT_TARGET),
        "scratch": lambda: demand(library, name, geometry, DEFAULT_TARGET),
        "variant": lambda: variant(library, name, geometry, DEFAULT_TARGET),
        "bounds": lambda: events(library, name, geometry, DEFAULT_TARGET),
        "counts": lambda: count("tflm-reference", name, geometry, DEFAULT_TARGET),
    }
    rows = kernel_library(library).kernels
    for field, run in broken.items():
        with monkeypatch.context() as patch:
            slipped = MappingProxyType({**rows, name: replace(rows[name], inner={}, **{field: _slip})})
            patch.setattr(libraries, "_kernels", lambda _, slipped=slipped: slipped)
            with pytest.raises(AttributeError, match="batch_size"):
                run()


NO_DATA = {
    **dict.fromkeys(("CALL_ONCE", "IF", "WHILE"), "calls a subgraph, whose operators have the types"),
    "VAR_HANDLE": "gives a handle",
}
"""Operators whose geometry has no data type, since none of the data pass through them, and why."""


def test_the_data_type_stands_in_every_geometry() -> None:
    found = {
        name
        for name, spec in ((name, row(name)) for name in row_names())
        if spec is not None and not any("dtype" in field.name for field in dataclasses.fields(spec.geometry))
    }
    assert found == NO_DATA.keys()
