"""The verbs that answer without running a model: check, plan, battery."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar, overload

from ..checks import CheckReport, open_source
from ..checks import check as check_source
from ..checks.budgets import expect_boards, expect_models
from ..checks.limits import read_limits
from ..checks.settings import CheckSettings, load_settings, near_settings, parse_resolver
from ..errors import InputError, ModelError
from ..reports.battery_report import BatteryReport, choose_cells, make_battery_report
from ..reports.battery_settings import BatterySettings, choose_peripherals, load_battery, near_battery
from ..reports.plan_report import PlanReport, make_plan_report
from ..reports.shared_plan import SharedPlan, make_shared_plan
from ..words.quantities import parse_amount, parse_bytes, parse_hours, parse_rate
from ..zoo.source import open_model
from .given import Amount, Build, Part, Release, Size, Source, listed, part_of, release_of

__all__ = ["battery", "check", "plan"]

T = TypeVar("T")


def check(
    model: Source,
    part: Part | None = None,
    library: str | None = None,
    release: Release | None = None,
    *,
    build: Build | None = None,
    max_latency: Amount | None = None,
    max_energy: Amount | None = None,
    max_arena: Size | None = None,
    max_flash: Size | None = None,
    max_stack: Size | None = None,
    resolver: int | str | Iterable[str] | None = None,
    disable: Iterable[str] = (),
    strict: bool | None = None,
    config: str | os.PathLike[str] | bool = True,
) -> CheckReport:
    """Will it run? Everything that can be said about a model on a part before it is flashed.

    What is left out is taken from the nearest `microinfer.toml`, as `microinfer check` does.

    Args:
        model: path, bytes, Model, or a name of the zoo.
        part: part or board, by name, path or Profile; default a Cortex-M4.
        library: kernel library; default the part's own.
        release: of TFLM, by name or commit; default, for every verb, that of `microinfer.toml`, else 2026-08,
            whose bits the truth files hold; 2026-10 is that of the pip package tflite-micro.
        build: how the firmware is compiled, "O2", "O3" or "Os", perhaps with ",strings" or ",asserts" behind
            it; default as the part's common toolchain does.
        max_latency, max_energy: budgets of one inference, "50ms" or 0.05, "2mJ" or 0.002.
        max_arena, max_flash, max_stack: budgets in bytes, 16384 or "16k".
        resolver: room of the firmware's op resolver, or the names of its operators.
        disable: names of rules that are left out.
        strict: warnings fail, too.
        config: another settings file than the nearest `microinfer.toml`; False for none.

    Raises:
        InputError: no such file, library or rule, or an amount that cannot be read.
        ProfileError: no such part.

    A file that cannot be read is a finding.
    """
    try:
        source = open_source(open_model(model), model if isinstance(model, str) else "")
    except ModelError:
        source = open_source(model if not isinstance(model, bytearray | memoryview) else bytes(model))
    settings = _told(config, near_settings, load_settings, CheckSettings)
    room = settings.resolver
    if resolver is not None:
        names = str(resolver) if isinstance(resolver, str | int) else ",".join(resolver)
        room = parse_resolver(names, "resolver")
    chosen = part_of(
        _only_part(settings) if part is None else part, settings.build if build is None else build
    )
    expect_boards(settings.budgets, [chosen])
    expect_models(settings.budgets, [(source.model, source.path)], str(Path(settings.path).parent))
    base = settings.limits_on(source.model, source.path, chosen)
    limits = read_limits(max_latency, max_energy, max_arena, max_flash, max_stack, base=base, option="max_")
    return check_source(
        source,
        chosen,
        settings.library if library is None else library,
        release=settings.release if release is None else release,
        limits=limits,
        resolver=room,
        disable=(*settings.disable, *listed(disable)),
        strict=settings.strict if strict is None else strict,
    )


def _told(
    config: str | os.PathLike[str] | bool,
    near: Callable[[], T],
    load: Callable[[Path], T],
    none: Callable[[], T],
) -> T:
    """The settings of the nearest file, of another, or none."""
    if isinstance(config, bool):
        return near() if config else none()
    return load(Path(config))


def _only_part(settings: CheckSettings) -> str:
    if len(settings.profiles) > 1:
        found = ", ".join(settings.profiles)
        raise InputError(f"{settings.path}: key 'check.profile': found {found}; a call is of one: give part=")
    return next(iter(settings.profiles), "cortex-m4")


@overload
def plan(
    model: Source,
    part: Part = ...,
    library: str | None = ...,
    release: Release | None = ...,
    *,
    build: Build | None = ...,
    arena_size: Size | None = ...,
    fold: bool = ...,
    optimise: bool = ...,
) -> PlanReport: ...


@overload
def plan(
    model: list[Any] | tuple[Source, ...],
    part: Part = ...,
    library: str | None = ...,
    release: Release | None = ...,
    *,
    build: Build | None = ...,
    arena_size: Size | None = ...,
) -> SharedPlan: ...


def plan(
    model: Source | list[Any] | tuple[Source, ...],
    part: Part = "cortex-m4",
    library: str | None = None,
    release: Release | None = None,
    *,
    build: Build | None = None,
    arena_size: Size | None = None,
    fold: bool = False,
    optimise: bool = False,
) -> PlanReport | SharedPlan:
    """The tensor arena of a model: who lives where and when, and how large it has to be.

    Args:
        model: as for `check`; a list or tuple of several shares one arena, in this order.
        part, library, release, build: as for `check`.
        arena_size: the arena that the firmware has; default the smallest that works.
        fold: compute first what hangs on shapes alone.
        optimise: search for a better plan than TFLM's own; `gained` is then the file that has it.

    Raises:
        ModelError: the model cannot be read, or not be planned.
        InputError, ProfileError: as for `check`; or `fold` or `optimise` of several models.
    """
    size = None if arena_size is None else parse_bytes(arena_size, "arena_size")
    if isinstance(model, (list, tuple)):
        if not model:
            raise InputError("model: found an empty list, expected one model or several")
        if fold or optimise:
            raise InputError("fold and optimise take one model, not a list; plan each by itself")
        models = [open_model(one) for one in model]
        chosen = part_of(part, build)
        return make_shared_plan(models, chosen, library, release=release_of(release), arena_size=size)
    return make_plan_report(
        open_model(model),
        part_of(part, build),
        library,
        release=release_of(release),
        arena_size=size,
        folds=fold,
        optimises=optimise,
    )


def battery(
    model: Source,
    part: Part = "cortex-m4",
    library: str | None = None,
    release: Release | None = None,
    *,
    build: Build | None = None,
    rate: Amount | None = None,
    cell: str | Iterable[str] = (),
    capacity: Amount | None = None,
    voltage: Amount | None = None,
    self_discharge: float | None = None,
    active: Amount | None = None,
    sleep: Amount | None = None,
    supply: Amount | None = None,
    radio: str | Iterable[str] = (),
    sensor: str | Iterable[str] = (),
    min_life: Amount | None = None,
    config: str | os.PathLike[str] | bool = True,
) -> BatteryReport:
    """How long a battery lasts when a model runs at a rate and the board sleeps in between.

    What is left out is taken from `[battery]` of the nearest `microinfer.toml`, as `microinfer battery` does.

    Args:
        model, part, library, release, build: as for `check`.
        rate: inferences a second, or "10/min", "every 5s"; default 1/s.
        cell: one or several, such as "cr2032", "2xAA", "2000mAh@3.7V"; default a CR2032.
        capacity, voltage: a battery of your own, in ampere-hours and volts, or "225mAh", "3V".
        self_discharge: percent that is lost in a year; default the cell's.
        active, sleep, supply: the board's currents and voltage, in A and V, or "12mA", "5uA", "3.3V".
        radio, sensor: what draws beside the board, one or several: "60mA,4ms,10/min", "60mA,24B@250kbps,5%"
            with a share of the inferences, "12uA" always, "1mA,5%" of the time.
        min_life: hours that are asked for, or "30d", "1y"; `good` answers.
        config: another settings file than the nearest `microinfer.toml`; False for none.

    Raises:
        ModelError, ProfileError: as for `check`.
        InputError: an amount that cannot be read, or a time or current that is not known.
    """

    def amount(value: Amount | None, unit: str, example: str, where: str) -> float | None:
        return None if value is None else parse_amount(value, unit, example, where)

    settings = _told(config, near_battery, load_battery, BatterySettings)
    own = capacity is not None or voltage is not None
    cells = choose_cells(
        listed(cell) or (() if own else settings.cells),
        amount(capacity, "Ah", "225mAh", "capacity"),
        amount(voltage, "V", "3.7V", "voltage"),
        self_discharge,
    )
    return make_battery_report(
        open_model(model),
        part_of(part, build),
        library,
        settings.rate or 1.0 if rate is None else parse_rate(str(rate)),
        cells,
        release=release_of(release),
        active=amount(active, "A", "12mA", "active") or settings.active,
        sleep=amount(sleep, "A", "5uA", "sleep") or settings.sleep,
        supply=amount(supply, "V", "3.3V", "supply") or settings.supply,
        min_hours=settings.min_hours if min_life is None else parse_hours(min_life, "min_life"),
        peripherals=choose_peripherals(
            tuple(listed(radio)) or settings.radio, tuple(listed(sensor)) or settings.sensor
        ),
    )
