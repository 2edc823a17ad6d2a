"""`[battery]` in `microinfer.toml`: what a device has beside its processor, and how it is used.

    [battery]
    rate = "1/min"                                # of inferences
    cell = ["2xAA", "2000mAh@3.0V"]               # or one
    active = "12mA"                               # currents and supply of the board as it was measured
    sleep = "5uA"
    supply = "3.3V"
    radio = "60mA,24B@250kbps,5%"                 # or a list, see `timing.peripherals`
    sensor = ["12uA", "650uA,10ms,1/s"]
    min-life = "1y"

`microinfer battery` and `microinfer.battery` take from it what they are not told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files.settings_file import find_settings, read_settings
from ..timing.battery_life import load_cell
from ..timing.peripherals import KINDS, Peripheral, parse_peripheral
from ..words.dataclass import dataclass
from ..words.quantities import parse_amount, parse_hours, parse_rate
from ..words.spelling import nearest_note

__all__ = ["BatterySettings", "choose_peripherals", "load_battery", "near_battery", "read_battery"]

KEYS = ("active", "cell", "min-life", "radio", "rate", "sensor", "sleep", "supply")


@dataclass(frozen=True, slots=True)
class BatterySettings:
    """What a `microinfer.toml` says about a battery: inferences a second, names of cells, amperes, volts,
    hours; None or empty where it does not say."""

    rate: float | None = None
    cells: tuple[str, ...] = ()
    active: float | None = None
    sleep: float | None = None
    supply: float | None = None
    min_hours: float | None = None
    radio: tuple[str, ...] = ()
    sensor: tuple[str, ...] = ()


def read_battery(table: dict[str, Any], path: Path) -> BatterySettings:
    """The section `[battery]` of a settings file.

    Raises:
        InputError: it has an unknown key or a wrong value; names file, key, what was found and wanted.
    """
    section = table.get("battery", {})
    if not isinstance(section, dict):
        raise InputError(f"{path}: key 'battery': found {section!r}, expected a table")
    for key in section:
        if key not in KEYS:
            raise InputError(
                f"{path}: key 'battery.{key}': unknown{nearest_note(key, KEYS)}, expected one of "
                f"{', '.join(KEYS)}"
            )

    def told(key: str) -> str:
        return f"{path}: key 'battery.{key}'"

    def one(key: str, read: Callable[[Any, str], float]) -> float | None:
        return read(section[key], told(key)) if key in section else None

    def amount(unit: str, example: str) -> Callable[[Any, str], float]:
        return lambda value, where: parse_amount(value, unit, example, where)

    def several(key: str) -> tuple[str, ...]:
        value = section.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
            raise InputError(f"{told(key)}: found {value!r}, expected text, or a list of text")
        return tuple(found)

    for cell in several("cell"):
        try:
            load_cell(cell)
        except InputError as error:
            raise InputError(f"{told('cell')}: {error}") from None
    for kind in KINDS:
        choose_peripherals(**{kind: several(kind)}, where=f"{path}: key 'battery.{{}}':")
    return BatterySettings(
        rate=one("rate", _rate),
        cells=several("cell"),
        active=one("active", amount("A", "12mA")),
        sleep=one("sleep", amount("A", "5uA")),
        supply=one("supply", amount("V", "3.3V")),
        min_hours=one("min-life", parse_hours),
        radio=several("radio"),
        sensor=several("sensor"),
    )


def near_battery(start: Path | None = None) -> BatterySettings:
    """That of the nearest `microinfer.toml`, from a folder (the current one) upwards; empty where none is.

    Raises:
        InputError: as for `read_battery`, or the file cannot be read.
    """
    path = find_settings(start)
    return BatterySettings() if path is None else load_battery(path)


def load_battery(path: Path) -> BatterySettings:
    """That of a settings file.

    Raises:
        InputError: as for `read_battery`, or the file cannot be read.
    """
    return read_battery(read_settings(path), path)


def choose_peripherals(
    radio: tuple[str, ...] = (), sensor: tuple[str, ...] = (), where: str = "{}"
) -> tuple[Peripheral, ...]:
    """Radios and sensors, read; `where` with the kind in it begins what is said of one that cannot be.

    Raises:
        InputError: one cannot be read.
    """
    return tuple(
        parse_peripheral(kind, text, where.format(kind))
        for kind, texts in zip(KINDS, (radio, sensor), strict=True)
        for text in texts
    )


def _rate(value: Any, where: str) -> float:
    try:
        return parse_rate(str(value))
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
