"""The roofline chart: work by cycle over work by byte, for this computer and for each target.

A point is a shape. It cannot lie above the roof: how many MACs a cycle the core can do at best, and how
many bytes a cycle its memory can give. How far below it lies is what the kernel library leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, log10

from ..bench.grid import KERNELS
from ..bench.measure import Measurement, Target
from ..errors import InputError
from ..parts.profile import Profile
from ..words.dataclass import dataclass
from .svg import COLOURS, document, shown, text, upright

__all__ = ["draw_roofline"]


COLUMNS, PANEL_WIDTH, PANEL_HEIGHT = 2, 470, 330
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 40, 44
HEAD, LEGEND = 40, 30


@dataclass(frozen=True, slots=True)
class _Panel:
    """Points as (kernel, work by byte, height, label); the roof is `flat`, and `slope` times work by byte."""

    title: str
    unit: str
    points: tuple[tuple[str, float, float, str], ...]
    flat: float
    slope: float
    roof: str


def draw_roofline(results: Sequence[Measurement], targets: Sequence[Target], bandwidth: float | None) -> str:
    """SVG text that stands alone: a panel for this computer, where it was timed, and one a target.

    Args:
        bandwidth: bytes by second that this computer copies; None where it was not measured.

    Raises:
        InputError: nothing that multiplies was measured.
    """
    multiplying = [result for result in results if result.unit == "MAC"]
    if not multiplying:
        raise InputError("no kernel that multiplies was measured: there is nothing for a roofline chart")
    panels = [] if bandwidth is None else [_of_host(multiplying, bandwidth)]
    panels += [
        panel
        for column, (profile, library) in enumerate(targets)
        if (panel := _of_target(multiplying, column, profile, library)).points
    ]
    families = [kernel for kernel in KERNELS if any(r.case.kernel == kernel for r in multiplying)]
    return _document(panels, families)


def _of_host(results: Sequence[Measurement], bandwidth: float) -> _Panel:
    points = tuple(
        (result.case.kernel, result.intensity, result.host.giga_per_second, _label(result))
        for result in results
        if result.host is not None
    )
    best = max((height for _, _, height, _ in points), default=1.0)
    roof = f"best kernel {best:.3g} GMAC/s; cache copies {bandwidth / 1e9:.3g} GB/s"
    return _Panel("this computer, one thread", "GMAC/s", points, best, bandwidth / 1e9, roof)


def _of_target(results: Sequence[Measurement], column: int, profile: Profile, library: str) -> _Panel:
    points = []
    for result in results:
        cycles = result.modelled[column].cycles_per_unit
        if cycles:
            points.append((result.case.kernel, result.intensity, 1 / cycles, _label(result)))
    peak = profile.target.core.peak
    if peak is None:
        raise InputError(f"no roof is known for {profile.core}; its core's file needs a table [peak]")
    return _Panel(
        f"{profile.name}, {library}", "MAC / cycle", tuple(points), peak.macs, peak.bytes, peak.reason
    )


def _label(result: Measurement) -> str:
    return f"{result.case.kernel} {result.case.name}"


def _document(panels: Sequence[_Panel], families: Sequence[str]) -> str:
    columns = min(COLUMNS, len(panels))
    width = columns * PANEL_WIDTH
    height = HEAD + ceil(len(panels) / columns) * PANEL_HEIGHT + LEGEND
    parts = [text(width / 2, 26, "Work by time over work by byte moved", "middle", 16)]
    for number, panel in enumerate(panels):
        x, y = number % columns * PANEL_WIDTH, HEAD + number // columns * PANEL_HEIGHT
        parts.append(f"<g transform='translate({x} {y})'>{_draw(panel, families)}</g>")
    for number, family in enumerate(families):
        left = (number + 0.5) * width / len(families) - 40
        parts.append(f"<circle cx='{left:.1f}' cy='{height - 14}' r='4' fill='{_colour(family, families)}'/>")
        parts.append(text(left + 9, height - 10, family, "start", 12))
    return document(parts, "Roofline", width, height)


def _colour(family: str, families: Sequence[str]) -> str:
    return COLOURS[families.index(family) % len(COLOURS)]


def _draw(panel: _Panel, families: Sequence[str]) -> str:
    ridge = panel.flat / panel.slope
    across, x_ends = _axis([*(x for _, x, _, _ in panel.points), ridge / 2], LEFT, PANEL_WIDTH - RIGHT)
    heights = [y for _, _, y, _ in panel.points]
    up, y_ends = _axis([*heights, panel.flat], PANEL_HEIGHT - BOTTOM, TOP)
    bottom, right = PANEL_HEIGHT - BOTTOM, PANEL_WIDTH - RIGHT
    parts = [text((LEFT + right) / 2, 18, panel.title, "middle", 13)]
    for power in _powers(*x_ends):
        parts.append(f"<path d='M{across(power):.1f} {TOP}V{bottom}' stroke='#e2e2e2'/>")
        parts.append(text(across(power), bottom + 15, f"{power:g}", "middle", 11))
    for power in _powers(*y_ends):
        parts.append(f"<path d='M{LEFT} {up(power):.1f}H{right}' stroke='#e2e2e2'/>")
        parts.append(text(LEFT - 6, up(power) + 4, f"{power:g}", "end", 11))
    parts.append(_roof(panel, across, up, x_ends, y_ends))
    for family, x, y, label in panel.points:
        parts.append(
            f"<circle cx='{across(x):.1f}' cy='{up(y):.1f}' r='2.6' fill='{_colour(family, families)}' "
            f"fill-opacity='0.7'><title>{shown(label)}: {y:.3g} {panel.unit}</title></circle>"
        )
    parts.append(text(LEFT + 4, TOP - 6, panel.roof, "start", 10))
    parts.append(text((LEFT + right) / 2, bottom + 34, "MACs / byte moved", "middle", 11))
    parts.append(upright(14, (TOP + bottom) / 2, panel.unit, 11))
    return "\n".join(parts)


def _roof(
    panel: _Panel,
    across: Callable[[float], float],
    up: Callable[[float], float],
    x_ends: tuple[float, float],
    y_ends: tuple[float, float],
) -> str:
    """From where the slope enters the panel, up to the ridge, and flat from there."""
    left, right = x_ends
    start = min(max(left, y_ends[0] / panel.slope), right)
    ridge = min(max(start, panel.flat / panel.slope), right)
    corners = [(start, min(panel.flat, start * panel.slope)), (ridge, min(panel.flat, ridge * panel.slope))]
    corners.append((right, min(panel.flat, right * panel.slope)))
    line = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in corners)
    return f"<polyline points='{line}' fill='none' stroke='#555' stroke-width='1.5' stroke-dasharray='5 3'/>"


def _axis(
    values: Sequence[float], start: float, end: float
) -> tuple[Callable[[float], float], tuple[float, float]]:
    """A logarithmic axis from `start` to `end` in pixels, and its ends: a little beyond the values."""
    low, high = min(values) / 1.3, max(values) * 1.3
    span = log10(high) - log10(low)
    return lambda value: start + (log10(value) - log10(low)) / span * (end - start), (low, high)


def _powers(low: float, high: float) -> list[float]:
    """Ticks of 1, 2 and 5 times powers of ten, of 1 alone where the axis is long."""
    steps = (1.0, 2.0, 5.0) if log10(high / low) < 2 else (1.0,)
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    found = (step * 10.0**power for power in powers for step in steps)
    return [value for value in found if low <= value <= high]
