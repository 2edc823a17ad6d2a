"""The sections of the page, from its report: cards, operators and their kinds, rates, outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...parts.profile import Profile
from ...reports.run_report import RunReport, TensorReport
from .figures import COLOURS, THIN, interval, percent, printable, quantity, share
from .memory_map import MOST

if TYPE_CHECKING:
    pass


TOP = 5
RATES = ((10.0, "10 a second"), (1.0, "1 a second"), (1 / 60, "1 a minute"), (1 / 3600, "1 an hour"))


def figure_cards(report: RunReport) -> list[dict[str, Any]]:
    """The four figures that decide."""
    memory, time, energy = report.memory, report.time, report.energy
    ram = memory.arena_bytes + (memory.stack_bytes or 0) + (memory.globals_bytes or 0)
    ram += memory.framework_ram_bytes
    flash = memory.stored_bytes if memory.flash_bytes is None else memory.flash_bytes
    cards = [
        {
            "title": "RAM",
            "figure": f"{'≥ ' * memory.arena_unknown}{ram:,}",
            "unit": "bytes",
            "meter": (ram, memory.ram_room_bytes, percent(min(1.0, ram / max(1, memory.ram_room_bytes)))),
            "notes": _ram_notes(report),
        },
        {
            "title": "Flash",
            "figure": f"{flash:,}",
            "unit": "bytes",
            "meter": (
                flash,
                memory.part_flash_bytes,
                percent(min(1.0, flash / max(1, memory.part_flash_bytes))),
            ),
            "notes": [
                f"{'weights' if 'weights' in memory.counted else 'model'} {memory.stored_bytes:,}",
                f"code {memory.code_bytes:,}" if memory.code_bytes is not None else "code not counted",
                *_framework(memory.framework, memory.framework_flash_bytes),
                *([memory.say_firmware.removeprefix("; flash ")] if memory.say_firmware else []),
                *(["code provisional"] if memory.provisional and memory.code_bytes is not None else []),
            ],
        },
    ]
    provisional = [time.doubt] if time.doubt else []
    if time.ms is None or time.ms_low is None or time.ms_high is None:
        cards.append(
            {"title": "Time", "figure": "unknown", "unit": "", "notes": ["an operator has no price"]}
        )
    else:
        value, _, unit = quantity(time.ms / 1e3, "s").rpartition(THIN)
        notes = [
            f"{interval(time.ms_low / 1e3, time.ms_high / 1e3, 's')}, 90{THIN}%",
            f"{time.cycles:,} cycles",
            *_with_input(report),
            *_first(report),
        ]
        cards.append({"title": "Time", "figure": value, "unit": unit, "notes": [*notes, *provisional]})
    if energy is None:
        cards.append({"title": "Energy", "figure": "unknown", "unit": "", "notes": [_why_no_energy(report)]})
    else:
        value, _, unit = quantity(energy.microjoules * 1e-6, "J").rpartition(THIN)
        ends = interval(energy.microjoules_low * 1e-6, energy.microjoules_high * 1e-6, "J")
        notes = [f"{ends}, 90{THIN}%", f"{energy.supply_v:g} V, {quantity(energy.active_a, 'A')}"]
        assumed = ["provisional"] if energy.provisional else []
        cards.append({"title": "Energy", "figure": value, "unit": unit, "notes": [*notes, *assumed]})
    return cards


def _why_no_energy(report: RunReport) -> str:
    return "its time is not known" if report.time.ms is None else "its current is not known"


def _with_input(report: RunReport) -> list[str]:
    """What this run's data make of the time, where they make something of it."""
    seen = report.time_with_input
    if seen is None or seen.ms is None or seen.cycles == report.time.cycles:
        return []
    which = "first inference " * report.with_input_is_first
    return [f"{which}with this input {quantity(seen.ms / 1e3, 's')}"]


def _first(report: RunReport) -> list[str]:
    """What the first inference takes, where that is more than later ones."""
    first = report.time_first
    return [] if first is None or first.ms is None else [f"the first one {quantity(first.ms / 1e3, 's')}"]


def _ram_notes(report: RunReport) -> list[str]:
    memory = report.memory
    notes = [f"arena {'at least ' * memory.arena_unknown}{memory.arena_bytes:,}"]
    for what, count in (("stack", memory.stack_bytes), ("globals", memory.globals_bytes)):
        notes.append(f"{what} not counted" if count is None else f"{what} {count:,}")
    notes += _framework(memory.framework, memory.framework_ram_bytes)
    if memory.ram_high_bytes is not None and memory.ram_high_bytes > (memory.ram_bytes or 0):
        notes.append(f"up to {memory.ram_high_bytes:,} with what programs take of {memory.framework}")
    if memory.provisional:
        notes.append("provisional")
    return notes


def _framework(title: str, bytes_: int) -> list[str]:
    return [f"{title} {bytes_:,}"] if bytes_ else []


def operator_rows(report: RunReport, colours: Any) -> list[dict[str, Any]]:
    total = report.time.cycles or sum(operator.cycles or 0 for operator in report.operators)
    most = max((operator.cycles_high or 0 for operator in report.operators), default=0)
    made = []
    dearest = sorted(report.operators, key=lambda operator: -(operator.cycles or 0))[:MOST]
    for operator in sorted(dearest, key=lambda operator: operator.index):
        known = None not in (operator.cycles, operator.cycles_low, operator.cycles_high)
        low, high = operator.cycles_low or 0, operator.cycles_high or 0
        made.append(
            {
                "index": operator.index,
                "name": printable(operator.operator),
                "variant": printable(operator.variant),
                "shape": ", ".join("×".join(map(str, shape)) or "scalar" for shape in operator.output_shapes),
                "macs": operator.macs,
                "scratch": operator.scratch_bytes,
                "cycles": operator.cycles,
                "share": share(operator.cycles or 0, total) if known else "",
                "bar": percent(operator.cycles or 0, most),
                "low": percent(low, most),
                "high": percent(high, most),
                "colour": colours.get(operator.operator, COLOURS - 1),
                "tip": f"{printable(operator.operator)} {operator.index}: {operator.cycles:,} cycles, "
                f"{low:,} to {high:,}"
                if known
                else "",
            }
        )
    return made


def kind_rows(report: RunReport, colours: Any) -> list[dict[str, Any]]:
    """Cycles, and so energy at a constant current, by kind of operator."""
    totals: dict[str, list[int]] = {}
    unpriced = {operator.operator for operator in report.operators if operator.cycles is None}
    for operator in report.operators:
        entry = totals.setdefault(operator.operator, [0, 0])
        entry[0] += operator.cycles or 0
        entry[1] += 1
    whole = sum(cycles for cycles, _ in totals.values())
    energy, start, made = report.energy, 0, []
    for kind, (cycles, count) in sorted(totals.items(), key=lambda item: (-item[1][0], item[0])):
        microjoules = energy.microjoules * cycles / whole if energy is not None and whole else None
        made.append(
            {
                "name": printable(kind),
                "count": count,
                "colour": colours.get(kind, COLOURS - 1),
                "start": percent(start, whole),
                "width": percent(cycles, whole),
                "share": "" if kind in unpriced else share(cycles, whole),
                "time": "unknown" if kind in unpriced else quantity(cycles / report.profile.clock_hz, "s"),
                "energy": None if microjoules is None else quantity(microjoules * 1e-6, "J"),
            }
        )
        start += cycles
    return made


def rate_rows(report: RunReport, profile: Profile) -> list[dict[str, Any]]:
    """Average power at some rates of inferences, where the currents of running and sleeping are known."""
    if report.time.ms is None or None in (profile.supply_v, profile.active, profile.sleep):
        return []
    assert profile.supply_v is not None
    assert profile.active is not None
    assert profile.sleep is not None
    made = []
    for rate, words in RATES:
        duty = rate * report.time.ms / 1e3
        if duty > 1:
            continue
        busy = duty * profile.active.typical * profile.supply_v
        idle = (1 - duty) * profile.sleep.typical * profile.supply_v
        made.append(
            {
                "rate": words,
                "power": quantity(busy + idle, "W"),
                "busy": percent(busy, busy + idle),
                "share": share(busy, busy + idle),
            }
        )
    return made


def output_row(tensor: TensorReport) -> dict[str, Any]:
    """The largest values with labels, where the output is a list of values."""
    values: Sequence[float | None] = tensor.values or ()
    listed = sum(size > 1 for size in tensor.shape) <= 1 and None not in values
    tops = []
    if listed and values:
        scale, zero = tensor.scale, tensor.zero_point
        real = [
            float(value or 0) if scale is None or zero is None else (float(value or 0) - zero) * scale
            for value in values
        ]
        order = sorted(range(len(real)), key=lambda i: (-real[i], i))[:TOP]
        most = max((abs(real[i]) for i in order), default=0.0)
        tops = [
            {
                "label": printable(tensor.labels[i]) if tensor.labels else f"[{i}]",
                "value": f"{real[i]:.4g}",
                "bar": percent(max(0.0, real[i]), most) if len(real) > 1 else "",
            }
            for i in order
        ]
    shape = "×".join(map(str, tensor.shape)) or "scalar"
    return {
        "name": printable(tensor.name),
        "dtype": tensor.dtype,
        "shape": shape,
        "crc32": tensor.crc32,
        "tops": tops,
    }
