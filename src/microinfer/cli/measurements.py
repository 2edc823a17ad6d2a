"""What a board measured of several models, as `calibrate` is told it: logs, totals, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import open_model
from .compare import read_log
from .console import printable

if TYPE_CHECKING:
    from ..deploy.logs import Logged

__all__ = ["read_measurements"]


def read_measurements(
    model: str | None,
    logs: Sequence[str],
    totals: Sequence[tuple[str, float]],
    clock_hz: int,
    ticks_per_second: float | None = None,
    inferences: int | None = None,
) -> list[Logged]:
    """One entry a model, in order: its log's operators or times, and its totals.

    Args:
        model: whose a log is that names none.
        clock_hz: of the core, for a total in cycles.
        ticks_per_second, inferences: of the logs, where they do not say.

    Raises:
        InputError: a log or a model cannot be read, or a log has neither operators nor a time.
        UsageError: nobody says whose a log is.
    """
    from ..deploy.common import Common
    from ..deploy.logs import Logged
    from ..timing.profiler_log import parse_log
    from ..timing.total_text import parse_total

    if model is not None and not logs:
        raise click.UsageError("MODEL is whose --log is; name it in --total MODEL=TIME, too, or leave it out")
    seconds: dict[str, list[float]] = {}
    operators = {}
    for text in logs:
        whose, file = _apart(model, text)
        told = read_log(Path(file))
        if times := parse_total(told, clock_hz, inferences, ticks_per_second):
            seconds.setdefault(whose, []).extend(times)
        else:
            operators[whose] = parse_log(told)
    for whose, took in totals:
        seconds.setdefault(whose, []).append(took)
    names = dict.fromkeys((*operators, *seconds))
    stems = [Path(name).stem for name in names]
    return [
        Logged(
            printable(loaded.name if len(names) == 1 else name if stems.count(stem) > 1 else stem),
            Common(loaded),
            tuple(seconds.get(name, ())),
            operators.get(name, ()),
        )
        for name, stem, loaded in ((name, Path(name).stem, open_model(name)) for name in names)
    ]


def _apart(model: str | None, text: str) -> tuple[str, str]:
    """Whose log, and its file."""
    whose, named, file = text.rpartition("=")
    if named and whose and not Path(text).is_file():
        return whose, file
    if model is None:
        raise click.UsageError(f"--log {text}: whose is it? Name MODEL first, or --log MODEL={text}")
    return model, text
