"""What a kernel library says of an operator, by the library's name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from microinfer.libraries import events as library_events
from microinfer.libraries.demand import Demand
from microinfer.libraries.fault import Fault
from microinfer.libraries.kernel import Bounds
from microinfer.libraries.library import kernel_library
from microinfer.libraries.target import DEFAULT_TARGET, Target
from microinfer.libraries.traffic import WeightTraffic
from microinfer.operators.spec import Geometry, Step

NOTHING: Mapping[str, int] = MappingProxyType({})


def demand(library: str, name: str, geometry: Geometry, target: Target) -> Demand | None:
    return kernel_library(library).demand(name, geometry, target)


def variant(library: str, name: str, geometry: Geometry, target: Target) -> str:
    return kernel_library(library).variant(name, geometry, target)


def count(
    library: str, name: str, geometry: Geometry, target: Target, seen: Mapping[str, int] = NOTHING
) -> Mapping[str, float] | None:
    return kernel_library(library).count(name, geometry, target, seen)


def events(
    library: str, name: str, geometry: Geometry, target: Target, seen: Mapping[str, int] = NOTHING
) -> library_events.Events | None:
    return library_events.events(kernel_library(library), name, geometry, target, seen)


def data_dependent(name: str, geometry: Geometry) -> Mapping[str, Bounds]:
    """The counts that depend on the data in the reference kernels, with their bounds."""
    return kernel_library("tflm-reference").bounds(name, geometry)


def weight_traffic(library: str, name: str, variant: str, geometry: Geometry) -> WeightTraffic:
    return kernel_library(library).traffic(name, variant, geometry)


def faults_of(step: Step, library: str, target: Target = DEFAULT_TARGET) -> tuple[Fault, ...]:
    return kernel_library(library).faults(step, target)
