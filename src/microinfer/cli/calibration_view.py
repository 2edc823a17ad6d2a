"""What `microinfer calibrate` shows: factors, how well they fit, and what a check says then."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..libraries.library import kernel_library
from ..words.printing import brief_interval
from .console import printable, quantity, show, table

if TYPE_CHECKING:
    from ..deploy.logs import Logged
    from ..parts.profile import Profile
    from ..timing.board_calibration import Calibration
    from ..timing.energy import Span

__all__ = ["calibration_content", "said_then", "show_calibration"]


def said_then(
    given: Sequence[Logged], written: Profile, library: str, release: str | None
) -> list[tuple[str, Span]]:
    """Seconds of each model as the written profile has them, which is what a check then uses."""
    from ..deploy.deployment import deploy

    found = ((one.name, deploy(one.model, written, library, release).seconds) for one in given)
    return [(name, seconds) for name, seconds in found if seconds is not None]


def calibration_content(made: Calibration, output: Path, ends: Sequence[tuple[str, Span]]) -> dict[str, Any]:
    clock = made.profile.clock_hz
    return {
        "model": {"name": made.model},
        "profile": {"name": made.profile.name, "library": made.library},
        "file": str(output),
        "factors": made.factors,
        "ratio": made.ratio,
        "spread": made.spread,
        "operators": [
            {"operator": p.operator, "measured_cycles": p.measured, "predicted_cycles": p.predicted}
            for p in made.points
        ],
        "unpriced": list(made.unpriced),
        "held": [
            {
                "model": one.model,
                "measured_s": one.measured / clock,
                "predicted_s": one.predicted / clock,
                "error": one.error,
            }
            for one in made.held
        ],
        "seconds": [
            {"model": name, "typical": span.typical, "low": span.low, "high": span.high}
            for name, span in ends
        ],
    }


def show_calibration(
    made: Calibration, output: Path, title: str, doubts: Sequence[str], ends: Sequence[tuple[str, Span]]
) -> None:
    from rich.text import Text

    made_by = made.learned_from
    file = printable(str(output))
    show(
        Text(f"{printable(title)}, learned from {made_by}", style="bold"),
        "",
        *([_left_out(made), ""] if made.held else []),
        *([_factors(made), ""] if made.points else []),
        *_notes(made, ends),
        *(Text.assemble(("warning  ", "yellow"), printable(doubt)) for doubt in doubts),
        "",
        f"written: {file}, which -p takes by its path",
    )


def _left_out(made: Calibration) -> Any:
    """Each model, and what the others say of it."""
    clock = made.profile.clock_hz
    rows = table(
        "model", "operators took", "by the others", "off", right=("operators took", "by the others", "off")
    )
    for one in made.held:
        figures = (quantity(cycles / clock, "s") for cycles in (one.measured, one.predicted))
        rows.add_row(printable(one.model), *figures, f"{one.error:+.1%}")
    return rows


def _factors(made: Calibration) -> Any:
    kinds = table("operator", "log", made.profile.name, "factor", right=("log", made.profile.name, "factor"))
    clock = made.profile.clock_hz
    for kind in sorted({point.operator for point in made.points}):
        points = [point for point in made.points if point.operator == kind]
        measured, predicted = sum(p.measured for p in points), sum(p.predicted for p in points)
        kinds.add_row(
            printable(kind),
            quantity(measured / clock, "s"),
            quantity(predicted / clock, "s"),
            f"{measured / predicted:.3f}",
        )
    return kinds


def _notes(made: Calibration, ends: Sequence[tuple[str, Span]]) -> list[str]:
    short = kernel_library(made.library).short
    whole = "All together" if made.held else f"The whole of {made.model or 'model'}"
    notes = [
        f"{whole} took {made.ratio:.2f} times as long as {made.profile.name} says of the {short} kernels; "
        "other operators get this factor."
    ]
    why = "leaving out one model at a time" if made.held else "how far the operators are apart"
    figures = "; ".join(
        f"{printable(name)} {brief_interval(span.typical, span.low, span.high, 's')}" for name, span in ends
    )
    notes.append(f"What every command says with it now, from {why}: {figures}.")
    if made.unpriced:
        notes.append(f"Without a price, and left out: {', '.join(made.unpriced)}")
    return notes
