"""What commands about parts, batteries, kernels and the zoo print as JSON: a type a kind."""

from __future__ import annotations

from typing import TypedDict

from ..bench.host import Computer
from ..bench.instruction_sets import InstructionSet
from ..bench.knees import Knee
from ..bench.measure import Host, Modelled
from ..parts.profile import Current, Memory, MemoryTiming
from ..reports.battery_draws import PowerDraw
from ..timing.energy import Span

__all__ = ["Battery", "Bench", "Calibrate", "Ops", "Profiles", "ShownProfile", "Warmup", "Zoo", "ZooExport"]


class Titled(TypedDict):
    name: str
    title: str


class BatteryModel(TypedDict):
    name: str


class BatteryPart(TypedDict):
    name: str
    core: str
    library: str
    release: str
    build: str


class BatteryCell(Titled):
    volts: float
    capacity_ah: Span
    self_discharge_per_year: float
    shelf_years: float | None
    boosted: bool | None
    drawn_a: Span | None
    hours: Span | None
    years: Span | None
    hours_asleep: float | None
    hours_busiest: float | None
    hours_without_self_discharge: float | None
    max_rate_per_s_for_a_year: float | None
    sure_rate_per_s_for_a_year: float | None


class Battery(TypedDict):
    model: BatteryModel
    profile: BatteryPart
    rate_per_s: float
    inference_ms: Span
    max_rate_per_s: float
    fast_enough: bool
    duty: float | None
    supply_v: float
    active_a: Current
    sleep_a: Current
    average_w: Span | None
    asleep_w: float | None
    busiest_w: float | None
    way_to_busiest: float | None
    draws: list[PowerDraw]
    max_rate_per_s_under_1_mw: float | None
    cells: list[BatteryCell]
    min_life_hours: float | None
    fits: bool
    shortfalls: list[str]
    good: bool
    warnings: list[str]
    provisional: list[str]


class BenchTarget(TypedDict):
    profile: str
    library: str


class BenchResult(TypedDict):
    kernel: str
    operator: str
    shape: str
    sweep: str
    varies: str
    size: int
    unit: str
    units: int
    bytes: int
    host: Host | None
    modelled: list[Modelled]


class Bench(TypedDict):
    computer: Computer | None
    release: str
    targets: list[BenchTarget]
    instruction_sets: list[InstructionSet]
    results: list[BenchResult]
    knees: list[Knee]


class CalibratePart(TypedDict):
    name: str
    library: str


class CalibrateOperator(TypedDict):
    operator: str
    measured_cycles: float
    predicted_cycles: float


class CalibrateHeld(TypedDict):
    model: str
    measured_s: float
    predicted_s: float
    error: float


class CalibrateSeconds(TypedDict):
    model: str
    typical: float
    low: float
    high: float


class Calibrate(TypedDict):
    model: BatteryModel
    profile: CalibratePart
    file: str
    factors: dict[str, float]
    ratio: float
    spread: float
    operators: list[CalibrateOperator]
    unpriced: list[str]
    held: list[CalibrateHeld]
    seconds: list[CalibrateSeconds]
    warnings: list[str]


class ListedProfile(Titled):
    kind: str
    core: str
    clock_hz: int
    ram_bytes: int
    arena_limit_bytes: int
    flash_bytes: int
    libraries: list[str]
    library: str


class Profiles(TypedDict):
    profiles: list[ListedProfile]


class ShownProfile(ListedProfile):
    pointer_bytes: int
    dsp: bool
    fpu: bool
    names: list[str]
    supply_v: float | None
    regulator: str
    current_of: str
    arena: str
    provisional: list[str]
    parents: list[str]
    path: str
    memories: list[Memory]
    timing: MemoryTiming
    active_a: Current | None
    sleep_a: Current | None
    factors: dict[str, dict[str, float]]
    sources: dict[str, str]


class Op(TypedDict):
    operator: str
    types: dict[str, list[str]]
    kernels: dict[str, list[str]]


class Ops(TypedDict):
    release: str
    operators: list[Op]


class Warmup(TypedDict):
    kernels: list[str]
    compiled: list[str]
    seconds: float
    folder: str | None


class ZooModel(Titled):
    trained: bool
    samples: int
    labels: list[str]


class Zoo(TypedDict):
    models: list[ZooModel]
    gallery: dict[str, str]


class ZooExport(TypedDict):
    name: str
    file: str
    bytes: int
